/* Errors on request, in the shapes of the real ones: see reply.h. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#define INVALID "invalid_request_error"

/* What a rate-limit fault says to wait if nothing else is asked for. */
#define DEFAULT_RETRY_AFTER 0.1

static const struct {
	enum sim_kind kind;
	unsigned status;
	const char *type;
	const char *code;
	const char *message;
} errors[] = {
    {SIM_400, 400, INVALID, NULL, "Invalid request, simulated."},
    {SIM_401, 401, INVALID, "invalid_api_key",
	"Incorrect API key provided: sk-simul****************ated. You can "
	"find your API key at https://platform.openai.com/account/"
	"api-keys."},
    {SIM_403, 403, INVALID, "unsupported_country_region_territory",
	"Country, region, or territory not supported"},
    {SIM_404, 404, INVALID, "model_not_found",
	"The model does not exist or you do not have access to it."},
    {SIM_408, 408, "timeout", NULL, "Request timed out, simulated."},
    {SIM_409, 409, INVALID, NULL,
	"The resource was changed by another request, simulated."},
    {SIM_413, 413, INVALID, NULL, "Request body too large, simulated."},
    {SIM_422, 422, INVALID, NULL, "Unable to process the request, simulated."},
    {SIM_429, 429, "tokens", "rate_limit_exceeded",
	"Rate limit reached, simulated."},
    {SIM_TOOLARGE, 429, "tokens", "rate_limit_exceeded",
	"Request too large, simulated."},
    {SIM_500, 500, "server_error", NULL,
	"The server had an error while processing your request. Sorry "
	"about that!"},
    {SIM_503, 503, "server_error", NULL,
	"The engine is currently overloaded, please try again later"},
    {SIM_504, 504, "server_error", NULL, "Gateway timeout, simulated."},
    {SIM_529, 529, "overloaded_error", NULL, "Overloaded"},
    {SIM_QUOTA, 429, "insufficient_quota", "insufficient_quota",
	"You exceeded your current quota, please check your plan and "
	"billing details. For more information on this error, read the "
	"docs: https://platform.openai.com/docs/guides/error-codes/"
	"api-errors."},
    {SIM_CONTEXT, 400, INVALID, "context_length_exceeded",
	"This model's maximum context length is 16 tokens. However, your "
	"messages resulted in more. Please reduce the length of the "
	"messages."},
    {SIM_SLOWDOWN, 503, "service_unavailable_error", "slow_down", "Slow Down"},
    {SIM_CUSTOM, 200, "simulated_error", NULL, "Simulated."},
    {SIM_MISREAD, 400, INVALID, "bad_marker", ""},
};

/* A proxy's page in place of the API's answer. */
static void
bad_gateway(struct sim_reply *r)
{
	r->status = 502;
	r->type = "text/html";
	sim_text_adds(&r->body,
	    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
	    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
	    "</body>\r\n</html>\r\n");
}

static void
redirect(struct sim_reply *r, const char *where)
{
	r->status = 307;
	sim_reply_header(r, "location", "%s", where ? where : "/v1/redirected");
}

/* The limits a fault claims are made up, the wait is as ordered. */
static void
rate_limit(struct sim_reply *r, const struct sim_orders *o,
    const struct sim_request *req)
{
	int64_t tokens = (int64_t)req->prompt_tokens;
	double wait = o->retry_after >= 0 ? o->retry_after
	              : o->arg            ? strtod(o->arg, NULL)
	                                  : DEFAULT_RETRY_AFTER;
	struct sim_verdict v = {
	    .over = o->kind == SIM_TOOLARGE ? SIM_TOO_LARGE : SIM_OVER_TOKENS,
	    .limit = o->kind == SIM_TOOLARGE ? tokens - 1 : tokens + 100,
	    .used = tokens + 100,
	    .requested = tokens,
	    .wait_us = (int64_t)(wait * 1e6),
	};

	sim_reply_over(r, &v, req->model);
}

/* The marker's own words go before the kind's. */
static void
from_table(struct sim_reply *r, const struct sim_orders *o, size_t i)
{
	struct sim_error why = {0};

	sim_error_set(&why, errors[i].status, errors[i].type, NULL,
	    errors[i].code, "%s", errors[i].message);
	if (o->message) {
		why.message.len = 0;
		sim_text_adds(&why.message, o->message);
	}
	if (o->type)
		why.type = o->type;
	if (o->code)
		why.code = o->code;
	sim_reply_error(r, &why);
	sim_error_free(&why);
}

/* What ORDERS say beyond their kind; WAIT: also how long to wait. */
static void
refine(struct sim_reply *r, const struct sim_orders *o, bool wait)
{
	if (o->status)
		r->status = o->status;
	if (o->body) {
		r->body.len = 0;
		sim_text_adds(&r->body, o->body);
	}
	if (wait && o->retry_after >= 0)
		sim_reply_retry_after(r, o->retry_after);
}

bool
sim_reply_fault(struct sim_reply *r, const struct sim_orders *o,
    const struct sim_request *req)
{
	bool wait = true;

	if (o->kind == SIM_502) {
		bad_gateway(r);
	} else if (o->kind == SIM_REDIRECT) {
		redirect(r, o->arg);
	} else if ((o->kind == SIM_429 || o->kind == SIM_TOOLARGE) &&
		   !o->message && !o->type && !o->code) {
		rate_limit(r, o, req);
		wait = o->kind == SIM_TOOLARGE;
	} else {
		size_t i, n = sizeof(errors) / sizeof(*errors);

		for (i = 0; i < n && errors[i].kind != o->kind; i++)
			;
		if (i == n)
			return false;
		from_table(r, o, i);
	}
	refine(r, o, wait);
	return true;
}
