/* A request in, a reply out: see service.h. */
#include "service.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define INVALID "invalid_request_error"

/* How much of a prompt the journal shows. */
#define SHOWN 60

void
sim_service_init(struct sim_service *s, const struct sim_options *o)
{
	*s = (struct sim_service){.options = o};
	sim_limiter_init(
	    &s->limiter, o->rpm, o->tpm, o->minute_us, o->fixed_windows);
}

void
sim_service_free(struct sim_service *s)
{
	sim_journal_clear(&s->journal);
	sim_attempts_free(&s->attempts);
}

void
sim_service_reset(struct sim_service *s)
{
	const struct sim_options *o = s->options;

	sim_journal_clear(&s->journal);
	sim_attempts_free(&s->attempts);
	sim_limiter_init(
	    &s->limiter, o->rpm, o->tpm, o->minute_us, o->fixed_windows);
}

static char *
copy(const char *s)
{
	return s ? sim_strdup(s) : NULL;
}

static struct sim_record *
note(struct sim_service *s, const struct sim_incoming *in, int64_t now)
{
	struct sim_record *r = sim_journal_add(&s->journal, now);

	r->method = copy(in->method);
	r->path = copy(in->path);
	r->idempotency_key = copy(in->idempotency_key);
	r->organization = copy(in->organization);
	r->project = copy(in->project);
	r->user_agent = copy(in->user_agent);
	r->authorization = in->authorization != NULL;
	return r;
}

/* The beginning of the prompt, as a C string. */
static char *
beginning(const struct sim_text *prompt)
{
	struct sim_text t = {0};
	size_t len = prompt->len;

	if (len > SHOWN)
		len = sim_utf8_floor(prompt->data, SHOWN);
	sim_text_add(&t, prompt->data, len);
	for (size_t i = 0; i < len; i++) {
		if (!t.data[i])
			t.data[i] = ' ';
	}
	return t.data;
}

/* "sk-abcde********wxyz": what OpenAI shows of a key it does not know. */
static void
mask(struct sim_text *out, const char *key)
{
	size_t len = strlen(key), head = 8, tail = 4;

	if (len < 2 * (head + tail))
		head = tail = 0;
	sim_text_add(out, key, head);
	for (size_t i = head; i < len - tail; i++)
		sim_text_adds(out, "*");
	sim_text_adds(out, key + len - tail);
}

/* False: 401 is in WHY. */
static bool
authorized(const struct sim_options *o, const char *authorization,
    struct sim_error *why)
{
	struct sim_text masked = {0};
	const char *key = authorization;

	if (!key || strncasecmp(key, "Bearer ", 7) != 0 || !key[7]) {
		sim_error_set(why, 401, INVALID, NULL, NULL,
		    "You didn't provide an API key. You need to provide your "
		    "API key in an Authorization header using Bearer auth "
		    "(i.e. Authorization: Bearer YOUR_KEY).");
		return false;
	}
	key += 7;
	if (!o->key || !strcmp(o->key, key))
		return true;
	mask(&masked, key);
	sim_error_set(why, 401, INVALID, NULL, "invalid_api_key",
	    "Incorrect API key provided: %s. You can find your API key at "
	    "https://platform.openai.com/account/api-keys.",
	    masked.data);
	sim_text_free(&masked);
	return false;
}

static void
list_models(struct sim_reply *reply)
{
	static const char *const models[] = {"gpt-3.5-turbo", "gpt-4", "gpt-4o",
	    "gpt-4o-mini", "gpt-4.1", "gpt-5", "gpt-5-mini", "o3-mini"};
	const char *comma = "";

	sim_text_adds(&reply->body, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++) {
		sim_text_addf(&reply->body,
		    "%s\n{\"id\":\"%s\",\"object\":\"model\",\"created\":"
		    "1700000000,\"owned_by\":\"openai-sim\"}",
		    comma, models[i]);
		comma = ",";
	}
	sim_text_adds(&reply->body, "\n]}\n");
}

/* Headers that markers ask for, "NAME: VALUE" each. */
static void
marker_headers(struct sim_reply *reply, const struct sim_orders *o)
{
	for (size_t i = 0; i < SIM_MARKER_HEADERS && o->headers[i]; i++) {
		const char *colon = strchr(o->headers[i], ':');
		size_t len = (size_t)(colon - o->headers[i]);

		reply->extra_names[i] = sim_strndup(o->headers[i], len);
		sim_reply_header(reply, reply->extra_names[i], "%s",
		    colon + 1 + strspn(colon + 1, " "));
	}
}

static void
answer(struct sim_service *s, const struct sim_request *req,
    const struct sim_orders *o, struct sim_record *r, struct sim_reply *reply)
{
	struct sim_manner manner = s->options->manner;
	struct sim_answer a;

	if (o->tokens > 0)
		manner.tokens = (size_t)o->tokens;
	if (o->thought > 0)
		manner.thought = (size_t)o->thought;
	if (o->cached > 0)
		manner.cached = (size_t)o->cached;
	sim_answer_make(&a, req, &manner);
	sim_answer_spoil(&a, req, o->kind);
	sim_answer_print(&a, req, sim_hash(req->hash, &r->seq, sizeof(r->seq)),
	    time(NULL), &reply->body);
	if (o->kind == SIM_BADJSON)
		reply->body.len -= reply->body.len / 3;
	else if (o->kind == SIM_EMPTY)
		reply->body.len = 0;
	sim_reply_shape(reply, o);
	/* What hangs, hangs up or is not done did not get so far. */
	if (reply->shape != SIM_NEVER && reply->shape != SIM_CLOSED &&
	    !a.status)
		r->completion_tokens = a.tokens;
	sim_answer_free(&a);
}

static void
delay(const struct sim_service *s, const struct sim_orders *o,
    const struct sim_record *r, struct sim_reply *reply)
{
	uint64_t h = sim_hash(r->hash, &r->attempt, sizeof(r->attempt));

	h = sim_hash(h, &s->options->seed, sizeof(s->options->seed));
	reply->delay_ms = o->latency_ms;
	if (o->latency_ms < 0)
		reply->delay_ms = s->options->latency_ms +
		                  (long)(sim_uniform(h) *
					 (double)(s->options->jitter_ms + 1));
	reply->hold = o->hold;
}

/* What becomes of a good request that is within the limits. */
static void
treat(struct sim_service *s, const struct sim_request *req,
    struct sim_record *r, struct sim_reply *reply)
{
	const struct sim_fault *fault;
	struct sim_orders o;

	r->attempt = sim_attempts_next(&s->attempts, r->hash);
	sim_marker_read(&o, req->prompt.data, req->prompt.len, r->attempt);
	fault = sim_faults_draw(
	    &s->options->faults, s->options->seed, r->hash, r->attempt);
	/* Too late to be early. */
	if (fault && fault->kind != SIM_EARLY && o.kind == SIM_NONE) {
		o.kind = fault->kind;
		o.arg = copy(fault->arg);
		o.hold = o.hold || fault->kind == SIM_HOLD;
	}
	r->fault = sim_kind_name(o.kind);
	if (!*r->fault && o.hold)
		r->fault = sim_kind_name(SIM_HOLD);
	if (!sim_reply_fault(reply, &o, req))
		answer(s, req, &o, r, reply);
	marker_headers(reply, &o);
	delay(s, &o, r, reply);
	sim_orders_free(&o);
}

static void
gauge_headers(struct sim_service *s, int64_t now, struct sim_reply *reply)
{
	struct sim_gauge requests = sim_limiter_requests(&s->limiter, now);
	struct sim_gauge tokens = sim_limiter_tokens(&s->limiter, now);
	struct sim_text t = {0};

	sim_reply_header(
	    reply, "x-ratelimit-limit-requests", "%" PRId64, requests.limit);
	sim_reply_header(
	    reply, "x-ratelimit-limit-tokens", "%" PRId64, tokens.limit);
	sim_reply_header(reply, "x-ratelimit-remaining-requests", "%" PRId64,
	    requests.remaining);
	sim_reply_header(reply, "x-ratelimit-remaining-tokens", "%" PRId64,
	    tokens.remaining);
	sim_duration(&t, requests.reset_us);
	sim_reply_header(reply, "x-ratelimit-reset-requests", "%s", t.data);
	t.len = 0;
	sim_duration(&t, tokens.reset_us);
	sim_reply_header(reply, "x-ratelimit-reset-tokens", "%s", t.data);
	sim_text_free(&t);
}

/* POST to one of the two APIs. */
static void
complete(struct sim_service *s, const struct sim_incoming *in, enum sim_api api,
    struct sim_record *r, struct sim_reply *reply)
{
	int64_t now = r->received_us;
	struct sim_request req;
	struct sim_error why;

	if (!sim_request_parse(&req, api, in->body, in->len, &why)) {
		sim_reply_error(reply, &why);
	} else {
		struct sim_verdict v = sim_limiter_take(
		    &s->limiter, now, (int64_t)req.prompt_tokens);

		r->hash = req.hash;
		r->prompt = beginning(&req.prompt);
		r->prompt_tokens = req.prompt_tokens;
		if (v.over == SIM_WITHIN) {
			treat(s, &req, r, reply);
		} else {
			r->fault = "limit";
			sim_reply_over(reply, &v, req.model);
		}
		gauge_headers(s, now, reply);
	}
	r->model = copy(req.model);
	sim_request_free(&req);
	sim_error_free(&why);
}

/* Which API a path is of; false if of none, with WHY set. */
static bool
route(const struct sim_incoming *in, enum sim_api *api, struct sim_error *why)
{
	if (!strcmp(in->path, "/v1/chat/completions")) {
		*api = SIM_CHAT;
	} else if (!strcmp(in->path, "/v1/responses")) {
		*api = SIM_RESPONSES;
	} else {
		sim_error_set(why, 404, INVALID, NULL, NULL,
		    "Invalid URL (%s %s)", in->method, in->path);
		return false;
	}
	if (!strcmp(in->method, "POST"))
		return true;
	sim_error_set(why, 405, INVALID, NULL, "method_not_supported",
	    "Not allowed to %s on %s. (HINT: Perhaps you meant to use a "
	    "different HTTP method?)",
	    in->method, in->path);
	return false;
}

struct sim_record *
sim_service_take(struct sim_service *s, const struct sim_incoming *in,
    int64_t now, struct sim_reply *reply)
{
	struct sim_record *r = note(s, in, now);
	struct sim_error why = {0};
	enum sim_api api;

	sim_reply_init(reply);
	sim_reply_header(reply, "x-request-id", "req_%016" PRIx64 "%08" PRIx64,
	    sim_hash(SIM_HASH_START, in->body, in->len), r->seq);
	if (!authorized(s->options, in->authorization, &why))
		sim_reply_error(reply, &why);
	else if (!strcmp(in->path, "/v1/models") && !strcmp(in->method, "GET"))
		list_models(reply);
	else if (!route(in, &api, &why))
		sim_reply_error(reply, &why);
	else
		complete(s, in, api, r, reply);
	sim_reply_header(
	    reply, "openai-processing-ms", "%ld", reply->delay_ms + 1);
	sim_error_free(&why);
	return r;
}

struct sim_record *
sim_service_early(struct sim_service *s, const struct sim_incoming *in,
    int64_t now, struct sim_reply *reply)
{
	const struct sim_fault *fault = sim_faults_draw(
	    &s->options->faults, s->options->seed, 0, s->journal.n + 1);
	struct sim_error why = {0};
	struct sim_record *r;

	if (!fault || fault->kind != SIM_EARLY)
		return NULL;
	r = note(s, in, now);
	r->fault = sim_kind_name(SIM_EARLY);
	sim_reply_init(reply);
	sim_error_set(&why, 503, "server_error", NULL, NULL,
	    "Not now, and your request was not even read.");
	sim_reply_error(reply, &why);
	sim_error_free(&why);
	return r;
}

void
sim_service_answer(struct sim_service *s, const struct sim_reply *reply,
    struct sim_record *r, int64_t now)
{
	sim_journal_answered(&s->journal, r, now);
	if (reply->shape != SIM_NEVER && reply->shape != SIM_CLOSED)
		r->status = reply->status;
	if (r->status != 200 || !r->completion_tokens)
		return;
	r->billed = true;
	sim_limiter_charge(&s->limiter, now, (int64_t)r->completion_tokens);
}
