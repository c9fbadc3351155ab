#include "response.h"

#include "error_body.h"
#include "jsontext.h"
#include "response_parts.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* More values than this are an attack on memory: cJSON takes ~80 bytes each. */
enum {
	VALUES_MAX = 1 << 20
};

/* Up to here a double holds every whole number. */
static const double EXACT_MAX = 9007199254740992.0;

void
response_copy(char *dst, size_t size, const char *text, size_t len)
{
	const size_t n = utf8_cut(text, len, size - 1);

	memcpy(dst, text, n);
	dst[n] = '\0';
}

void
response_bad(struct outcome *out, const char *message)
{
	out->kind = OUTCOME_BAD;
	response_copy(
	    out->message, sizeof(out->message), message, strlen(message));
}

const cJSON *
response_get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *
response_text(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring : "";
}

/* A count that makes sense: *N and true, else nothing and false. */
static bool
get_count(const cJSON *object, const char *name, int64_t *n)
{
	const cJSON *item = response_get(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
	    !(item->valuedouble < EXACT_MAX))
		return false;
	*n = (int64_t)item->valuedouble;
	return true;
}

void
response_usage(
    const cJSON *usage, const struct usage_names *names, struct outcome *out)
{
	out->has_usage = get_count(usage, names->input, &out->input_tokens) &&
	                 get_count(usage, names->output, &out->output_tokens);
	if (!out->has_usage) {
		out->input_tokens = out->output_tokens = 0;
		return;
	}
	get_count(response_get(usage, names->input_details), "cached_tokens",
	    &out->cached_tokens);
	get_count(response_get(usage, names->output_details),
	    "reasoning_tokens", &out->reasoning_tokens);
}

void
response_finish(
    struct outcome *out, const char *finish, const struct buf *answer)
{
	const bool blank =
	    answer->len == 0 || strspn(answer->data, " \t\r\n") == answer->len;

	response_copy(out->finish, sizeof(out->finish), finish, strlen(finish));
	out->empty = blank;
	if (blank && out->reasoning_tokens > 0)
		snprintf(out->message, sizeof(out->message),
		    "no text: of %lld output tokens, %lld went into reasoning",
		    (long long)out->output_tokens,
		    (long long)out->reasoning_tokens);
	out->kind = strcmp(finish, "stop") == 0 && !blank ? OUTCOME_ANSWER
	                                                  : OUTCOME_PARTIAL;
}

/*
 * Append the text of CONTENT: a string, or a list of parts as some servers
 * have it.  0; -1 without memory; -2 if it is neither.
 */
static int
add_content(
    struct buf *answer, const cJSON *content, const struct json_nul *nul)
{
	const cJSON *part, *text;

	if (cJSON_IsString(content))
		return json_unmend(answer, content->valuestring, nul);
	if (cJSON_IsNull(content))
		return 0;
	if (!cJSON_IsArray(content))
		return -2;
	cJSON_ArrayForEach(part, content)
	{
		text = response_get(part, "text");
		if (cJSON_IsString(text) &&
		    json_unmend(answer, text->valuestring, nul) == -1)
			return -1;
	}
	return 0;
}

static bool
has_items(const cJSON *item)
{
	return cJSON_IsObject(item) ||
	       (cJSON_IsArray(item) && cJSON_GetArraySize(item) > 0);
}

/* How a choice ended: its own word, or what its message shows. */
static const char *
choice_finish(const cJSON *choice, bool refused, bool empty)
{
	const cJSON *message = response_get(choice, "message");

	if (refused)
		return "refusal";
	if (empty && has_items(response_get(message, "tool_calls")))
		return "tool_calls";
	if (empty && has_items(response_get(message, "function_call")))
		return "function_call";
	return response_text(response_get(choice, "finish_reason"));
}

static void
read_choice(const cJSON *choice, const struct json_nul *nul,
    struct outcome *out, struct buf *answer)
{
	const cJSON *message = response_get(choice, "message");
	const cJSON *content = response_get(message, "content");
	const cJSON *refusal = response_get(message, "refusal");
	const bool refused = *response_text(refusal) != '\0';
	int rc = 0;

	if (!cJSON_IsObject(message)) {
		response_bad(out, "the response has no choices[0].message");
		return;
	}
	if (content != NULL)
		rc = add_content(answer, content, nul);
	else if (!refused && !has_items(response_get(message, "tool_calls")))
		rc = -2;
	/* A refusal stands alone or explains what text there is. */
	if (rc == 0 && refused)
		rc = json_unmend(answer, refusal->valuestring, nul);
	if (rc == -2)
		response_bad(
		    out, "the response has no text in choices[0].message");
	else if (rc == -1)
		out->kind = OUTCOME_LOCAL;
	else
		response_finish(out,
		    choice_finish(choice, refused, answer->len == 0), answer);
}

static void
read_chat(const cJSON *root, const struct json_nul *nul, struct outcome *out,
    struct buf *answer)
{
	static const struct usage_names names = {"prompt_tokens",
	    "prompt_tokens_details", "completion_tokens",
	    "completion_tokens_details"};
	const cJSON *choices = response_get(root, "choices");
	const cJSON *choice = cJSON_GetArrayItem(choices, 0);

	response_usage(response_get(root, "usage"), &names, out);
	if (choice != NULL) {
		read_choice(choice, nul, out, answer);
		return;
	}
	/* Some proxies say 200 and put the upstream's error in the body. */
	response_bad(out, "the response has no choices");
	if (cJSON_IsObject(root))
		error_body_read(root, out);
}

void
response_answer(struct buf *body, bool responses_api, struct outcome *out,
    struct buf *answer)
{
	struct json_nul nul;
	cJSON *root;

	if (json_mend(body, &nul) == -1) {
		if (errno == EMSGSIZE) {
			response_bad(out,
			    "the response has too many bytes that are not "
			    "UTF-8");
			return;
		}
		out->kind = OUTCOME_LOCAL;
		goto no_memory;
	}
	if (body->len == 0) {
		response_bad(out, "the response is empty");
		return;
	}
	if (json_values(body->data, body->len) > VALUES_MAX) {
		response_bad(out, "the response has too many JSON values");
		return;
	}
	root = cJSON_ParseWithLengthOpts(body->data, body->len + 1, NULL, true);
	if (root == NULL) {
		response_bad(out, "the response is not JSON");
		error_body_text(body->data, body->len, out);
		return;
	}
	/* All of it is in the tree; twice would be too much of 64 MiB. */
	buf_free(body);
	if (!responses_api)
		read_chat(root, &nul, out, answer);
	else if (response_items_read(root, &nul, out, answer) == -1)
		out->kind = OUTCOME_LOCAL;
	cJSON_Delete(root);
	if (out->kind != OUTCOME_LOCAL)
		return;
no_memory:
	snprintf(out->message, sizeof(out->message), "reading the response: %s",
	    strerror(errno));
}

void
response_error(struct buf *body, struct outcome *out)
{
	struct json_nul nul;
	cJSON *root = NULL;

	if (body->len == 0)
		return;
	if (json_mend(body, &nul) == -1) {
		snprintf(out->message, sizeof(out->message),
		    "reading the error: %s", strerror(errno));
		return;
	}
	if (json_values(body->data, body->len) <= VALUES_MAX)
		root = cJSON_ParseWithLengthOpts(
		    body->data, body->len + 1, NULL, true);
	if (root == NULL || !error_body_read(root, out))
		error_body_text(body->data, body->len, out);
	cJSON_Delete(root);
}
