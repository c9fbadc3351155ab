/* An answer as the body of a response, for each API: see answer.h. */
#include "answer.h"

#include <inttypes.h>
#include <string.h>

/* The names of the same figures in the two APIs. */
struct usage_names {
	const char *input;
	const char *output;
	const char *input_details;
	const char *output_details;
};

static void
print_usage(const struct sim_answer *a, const struct sim_request *req,
    const struct usage_names *names, struct sim_text *out)
{
	size_t input = req->prompt_tokens, output = a->tokens;

	if (a->usage == SIM_USAGE_NONE)
		return;
	if (a->usage == SIM_USAGE_BAD) {
		sim_text_addf(out,
		    ",\"usage\":{\"%s\":-5,\"%s\":1e300,\"total_tokens\":"
		    "\"many\"}",
		    names->input, names->output);
		return;
	}
	if (a->usage == SIM_USAGE_LIE)
		input = output = 1;
	sim_text_addf(out,
	    ",\"usage\":{\"%s\":%zu,\"%s\":%zu,\"total_tokens\":%zu,"
	    "\"%s\":{\"cached_tokens\":%zu},\"%s\":{\"reasoning_tokens\":%zu}}",
	    names->input, input, names->output, output, input + output,
	    names->input_details, a->cached, names->output_details,
	    a->reasoning);
}

static void
print_text(const struct sim_answer *a, bool wanted, struct sim_text *out)
{
	if (wanted)
		sim_text_quote(out, a->text.data, a->text.len);
	else
		sim_text_adds(out, "null");
}

static void
print_chat(const struct sim_answer *a, const struct sim_request *req,
    uint64_t id, time_t now, struct sim_text *out)
{
	static const struct usage_names names = {"prompt_tokens",
	    "completion_tokens", "prompt_tokens_details",
	    "completion_tokens_details"};

	sim_text_addf(out,
	    "{\"id\":\"chatcmpl-%016" PRIx64 "\",\"object\":"
	    "\"chat.completion\",\"created\":%lld,\"model\":",
	    id, (long long)now);
	sim_text_quote(out, req->model, strlen(req->model));
	sim_text_adds(out, ",\"choices\":[{\"index\":0,\"message\":{"
			   "\"role\":\"assistant\",\"content\":");
	print_text(a, !a->no_content, out);
	sim_text_adds(out, ",\"refusal\":");
	print_text(a, a->refusal, out);
	if (a->tool_call)
		sim_text_addf(out,
		    ",\"tool_calls\":[{\"id\":\"call_%016" PRIx64 "\","
		    "\"type\":\"function\",\"function\":{\"name\":\"look_up\","
		    "\"arguments\":\"{}\"}}]",
		    id);
	sim_text_addf(out,
	    ",\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"%s\"}]",
	    a->finish);
	print_usage(a, req, &names, out);
	sim_text_adds(out,
	    ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_sim\"}");
}

/* The output items: a message, and what goes wrong with one. */
static void
print_output(const struct sim_answer *a, uint64_t id, struct sim_text *out)
{
	bool whole = strcmp(a->finish, "length") != 0 &&
	             strcmp(a->finish, "content_filter") != 0;
	bool message = whole || a->text.len;

	if (a->reasoning)
		sim_text_addf(out,
		    "{\"id\":\"rs_%016" PRIx64 "\",\"type\":\"reasoning\","
		    "\"summary\":[]}%s",
		    id, message ? "," : "");
	if (a->tool_call) {
		sim_text_addf(out,
		    "{\"type\":\"function_call\",\"id\":\"fc_%016" PRIx64 "\","
		    "\"call_id\":\"call_%016" PRIx64 "\",\"name\":\"look_up\","
		    "\"arguments\":\"{}\",\"status\":\"completed\"}",
		    id, id);
		return;
	}
	if (!message)
		return;
	sim_text_addf(out,
	    "{\"type\":\"message\",\"id\":\"msg_%016" PRIx64 "\",\"status\":"
	    "\"%s\",\"role\":\"assistant\",\"content\":[",
	    id, whole ? "completed" : "incomplete");
	if (a->refusal) {
		sim_text_adds(out, "{\"type\":\"refusal\",\"refusal\":");
		print_text(a, true, out);
		sim_text_adds(out, "}");
	} else if (!a->no_content) {
		sim_text_adds(out, "{\"type\":\"output_text\",\"text\":");
		print_text(a, true, out);
		sim_text_adds(out, ",\"annotations\":[]}");
	}
	sim_text_adds(out, "]}");
}

/* Neither text nor usage in a response that has not come to that. */
static void
print_undone(const struct sim_answer *a, struct sim_text *out)
{
	sim_text_addf(out, "\"%s\",\"error\":%s,\"incomplete_details\":null",
	    a->status,
	    strcmp(a->status, "failed") ? "null"
					: "{\"code\":\"server_error\","
					  "\"message\":\"The model failed to "
					  "generate a response.\"}");
	sim_text_adds(out, ",\"output\":[],\"usage\":null");
}

static void
print_done(const struct sim_answer *a, const struct sim_request *req,
    uint64_t id, struct sim_text *out)
{
	static const struct usage_names names = {"input_tokens",
	    "output_tokens", "input_tokens_details", "output_tokens_details"};
	const char *reason = NULL;

	if (!strcmp(a->finish, "length"))
		reason = "max_output_tokens";
	else if (!strcmp(a->finish, "content_filter"))
		reason = "content_filter";
	if (reason)
		sim_text_addf(out,
		    "\"incomplete\",\"error\":null,"
		    "\"incomplete_details\":{\"reason\":\"%s\"}",
		    reason);
	else
		sim_text_adds(out, "\"completed\",\"error\":null,"
				   "\"incomplete_details\":null");
	sim_text_adds(out, ",\"output\":[");
	print_output(a, id, out);
	sim_text_adds(out, "]");
	print_usage(a, req, &names, out);
}

static void
print_response(const struct sim_answer *a, const struct sim_request *req,
    uint64_t id, time_t now, struct sim_text *out)
{
	sim_text_addf(out,
	    "{\"id\":\"resp_%016" PRIx64 "\",\"object\":\"response\","
	    "\"created_at\":%lld,\"model\":",
	    id, (long long)now);
	sim_text_quote(out, req->model, strlen(req->model));
	sim_text_adds(out, ",\"status\":");
	if (a->status)
		print_undone(a, out);
	else
		print_done(a, req, id, out);
	sim_text_adds(out, ",\"service_tier\":\"default\"}");
}

void
sim_answer_print(const struct sim_answer *a, const struct sim_request *req,
    uint64_t id, time_t now, struct sim_text *out)
{
	if (req->api == SIM_CHAT)
		print_chat(a, req, id, now, out);
	else
		print_response(a, req, id, now, out);
}
