/*
 * An API request's body, checked and read: see request.h.
 *
 * cJSON hands out C strings, which end at the first NUL, but a prompt may
 * hold one (as \u0000).  So the text that cJSON parses is not quite the
 * body: escape() writes \u0000 as \u0001 0 and \u0001 as \u0001 1, and
 * unescape() undoes that in each string that is read.  No string can hold
 * a \u0001 that did not come from escape(), hence nothing is ambiguous.
 */
#include "request.h"
#include "tokenizer.h"

#include <cjson/cJSON.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INVALID "invalid_request_error"

/* What OpenAI documents for its chat format: each message's own cost ... */
#define TOKENS_PER_MESSAGE 3
/* ... and the start of the assistant's. */
#define TOKENS_PRIMING 3

void
sim_error_set(struct sim_error *e, unsigned status, const char *type,
    const char *param, const char *code, const char *fmt, ...)
{
	va_list ap;
	char *s;

	e->status = status;
	e->type = type;
	e->param = param;
	e->code = code;
	e->message.len = 0;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		err(1, "cannot format an error");
	va_end(ap);
	sim_text_adds(&e->message, s);
	free(s);
}

void
sim_error_free(struct sim_error *e)
{
	sim_text_free(&e->message);
}

/* False: a string holds a control character, which JSON forbids. */
static bool
escape(struct sim_text *out, const char *body, size_t len)
{
	bool in_string = false;
	size_t done = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)body[i];

		if (in_string ? c < 0x20 : c == '\0')
			return false;
		if (c == '"')
			in_string = !in_string;
		if (!in_string || c != '\\')
			continue;
		i++; /* the escaped character is neither quote nor escape */
		if (len - i >= 5 && !memcmp(body + i, "u000", 4) &&
		    (body[i + 4] == '0' || body[i + 4] == '1')) {
			sim_text_add(out, body + done, i + 4 - done);
			sim_text_addf(out, "1%c", body[i + 4]);
			i += 4;
			done = i + 1;
		}
	}
	sim_text_add(out, body + done, len - done);
	return true;
}

static void
unescape(struct sim_text *out, const char *s)
{
	const char *mark;

	while ((mark = strchr(s, '\x01'))) {
		sim_text_add(out, s, (size_t)(mark - s));
		sim_text_add(out, mark[1] == '0' ? "\0" : "\x01", 1);
		s = mark + 2;
	}
	sim_text_adds(out, s);
}

/*
 * Adds a message's text: a string, or an array of parts with a text each
 * (both APIs know both shapes).  False if it is neither.
 */
static bool
content_text(struct sim_text *out, const cJSON *content)
{
	const cJSON *part;

	sim_text_adds(out, "");
	if (cJSON_IsString(content)) {
		unescape(out, content->valuestring);
		return true;
	}
	if (!cJSON_IsArray(content) || !content->child)
		return false;
	cJSON_ArrayForEach(part, content)
	{
		const cJSON *text =
		    cJSON_GetObjectItemCaseSensitive(part, "text");

		if (!cJSON_IsString(text))
			return false;
		unescape(out, text->valuestring);
	}
	return true;
}

/* Counts one message; a user's becomes the prompt. */
static bool
add_message(struct sim_request *req, const char *role, const cJSON *content)
{
	struct sim_text text = {0};
	bool ok = content_text(&text, content);

	if (ok) {
		req->prompt_tokens += TOKENS_PER_MESSAGE +
		                      tok_count(req->tok, role, strlen(role)) +
		                      tok_count(req->tok, text.data, text.len);
	}
	if (ok && !strcmp(role, "user")) {
		sim_text_free(&req->prompt);
		req->prompt = text;
	} else {
		sim_text_free(&text);
	}
	return ok;
}

static bool
known_role(const char *role)
{
	static const char *const roles[] = {
	    "system", "developer", "user", "assistant", "tool"};

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (!strcmp(role, roles[i]))
			return true;
	}
	return false;
}

/* The messages of a chat, or the items of a response's input. */
static bool
read_messages(struct sim_request *req, const cJSON *list, const char *param,
    struct sim_error *why)
{
	const cJSON *m;

	cJSON_ArrayForEach(m, list)
	{
		const char *role = cJSON_GetStringValue(
		    cJSON_GetObjectItemCaseSensitive(m, "role"));

		if (!role || !known_role(role)) {
			sim_error_set(why, 400, INVALID, param, NULL,
			    "Invalid value in '%s': each message needs a "
			    "'role' of system, developer, user, assistant "
			    "or tool.",
			    param);
			return false;
		}
		if (!add_message(req, role,
			cJSON_GetObjectItemCaseSensitive(m, "content"))) {
			sim_error_set(why, 400, INVALID, param, "invalid_type",
			    "Invalid type in '%s': 'content' must be a "
			    "string or an array of text parts.",
			    param);
			return false;
		}
	}
	return true;
}

static bool
read_chat(struct sim_request *req, const cJSON *root, struct sim_error *why)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "messages");

	if (!list) {
		sim_error_set(why, 400, INVALID, "messages",
		    "missing_required_parameter",
		    "Missing required parameter: 'messages'.");
		return false;
	}
	if (!cJSON_IsArray(list)) {
		sim_error_set(why, 400, INVALID, "messages", "invalid_type",
		    "Invalid type for 'messages': expected an array of "
		    "objects.");
		return false;
	}
	if (!list->child) {
		sim_error_set(why, 400, INVALID, "messages", "empty_array",
		    "Invalid 'messages': empty array. Expected an array "
		    "with minimum length 1.");
		return false;
	}
	return read_messages(req, list, "messages", why);
}

static bool
read_input(struct sim_request *req, const cJSON *root, struct sim_error *why)
{
	const cJSON *input = cJSON_GetObjectItemCaseSensitive(root, "input");
	const cJSON *system =
	    cJSON_GetObjectItemCaseSensitive(root, "instructions");

	if (system && !cJSON_IsNull(system) &&
	    (!cJSON_IsString(system) || !add_message(req, "system", system))) {
		sim_error_set(why, 400, INVALID, "instructions", "invalid_type",
		    "Invalid type for 'instructions': expected a string.");
		return false;
	}
	if (cJSON_IsString(input))
		return add_message(req, "user", input);
	if (cJSON_IsArray(input) && input->child)
		return read_messages(req, input, "input", why);
	sim_error_set(why, 400, INVALID, "input",
	    input ? "invalid_type" : "missing_required_parameter",
	    input ? "Invalid type for 'input': expected a string or an "
		    "array of messages."
		  : "Missing required parameter: 'input'.");
	return false;
}

/* max_tokens by any of its names; false if it is not a count. */
static bool
read_max_tokens(
    struct sim_request *req, const cJSON *root, struct sim_error *why)
{
	static const char *const names[] = {
	    "max_tokens", "max_completion_tokens", "max_output_tokens"};

	req->max_tokens = SIZE_MAX;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const cJSON *item =
		    cJSON_GetObjectItemCaseSensitive(root, names[i]);

		if (!item || cJSON_IsNull(item))
			continue;
		if (!cJSON_IsNumber(item) || item->valuedouble < 1 ||
		    item->valuedouble > 1e9) {
			sim_error_set(why, 400, INVALID, names[i],
			    "integer_below_min_value",
			    "Invalid '%s': integer below minimum value. "
			    "Expected a value >= 1.",
			    names[i]);
			return false;
		}
		req->max_tokens = (size_t)item->valuedouble;
	}
	return true;
}

static bool
read_request(struct sim_request *req, const cJSON *root, struct sim_error *why)
{
	const cJSON *model = cJSON_GetObjectItemCaseSensitive(root, "model");

	if (!cJSON_IsString(model) || !*model->valuestring) {
		sim_error_set(why, 400, INVALID, NULL, NULL,
		    "you must provide a model parameter");
		return false;
	}
	req->model = sim_strdup(model->valuestring);
	req->tok = tok_for_model(req->model);
	if (!req->tok)
		req->tok = tok_by_name("o200k_base");
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "stream"))) {
		sim_error_set(why, 400, INVALID, "stream", NULL,
		    "openai-sim does not stream answers.");
		return false;
	}
	req->prompt_tokens = TOKENS_PRIMING;
	return read_max_tokens(req, root, why) &&
	       (req->api == SIM_CHAT ? read_chat(req, root, why)
				     : read_input(req, root, why));
}

bool
sim_request_parse(struct sim_request *req, enum sim_api api, const char *body,
    size_t len, struct sim_error *why)
{
	struct sim_text text = {0};
	cJSON *root = NULL;
	bool ok = false;

	*req = (struct sim_request){.api = api};
	sim_text_adds(&req->prompt, "");
	*why = (struct sim_error){0};
	if (sim_utf8_valid(body, len) && escape(&text, body, len) && text.len)
		root = cJSON_ParseWithOpts(text.data, NULL, true);
	if (cJSON_IsObject(root)) {
		ok = read_request(req, root, why);
		req->hash =
		    sim_hash(SIM_HASH_START, req->prompt.data, req->prompt.len);
	} else {
		sim_error_set(why, 400, INVALID, NULL, NULL,
		    "We could not parse the JSON body of your request.");
	}
	cJSON_Delete(root);
	sim_text_free(&text);
	return ok;
}

void
sim_request_free(struct sim_request *req)
{
	free(req->model);
	req->model = NULL;
	sim_text_free(&req->prompt);
}
