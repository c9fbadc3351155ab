#include "error_body.h"
#include "response_parts.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* What was found among the output's items, beside text. */
struct found {
	bool refusal;
	bool call;
	bool cut; /* a message that says it is incomplete */
};

/* One part of a message's content. */
static int
read_part(const cJSON *part, const struct json_nul *nul, struct found *found,
    struct buf *answer)
{
	const char *type = response_text(response_get(part, "type"));
	const char *name = NULL;

	if (strcmp(type, "output_text") == 0) {
		name = "text";
	} else if (strcmp(type, "refusal") == 0) {
		name = "refusal";
		found->refusal = true;
	}
	if (name == NULL)
		return 0;
	return json_unmend(
	    answer, response_text(response_get(part, name)), nul);
}

/* All items: messages, reasoning, calls of tools. */
static int
read_output(const cJSON *output, const struct json_nul *nul,
    struct found *found, struct buf *answer)
{
	const cJSON *item, *part;

	cJSON_ArrayForEach(item, output)
	{
		const char *type = response_text(response_get(item, "type"));

		if (strstr(type, "_call") != NULL)
			found->call = true;
		if (strcmp(type, "message") != 0)
			continue;
		if (strcmp(response_text(response_get(item, "status")),
			"incomplete") == 0)
			found->cut = true;
		cJSON_ArrayForEach(part, response_get(item, "content"))
		{
			if (read_part(part, nul, found, answer) == -1)
				return -1;
		}
	}
	return 0;
}

/* Why it is incomplete, by the name that chat completions have for it. */
static const char *
incomplete_reason(const cJSON *root)
{
	const char *reason = response_text(
	    response_get(response_get(root, "incomplete_details"), "reason"));

	if (strcmp(reason, "max_output_tokens") == 0)
		return "length";
	return *reason ? reason : "incomplete";
}

/* It says itself that it failed, inside a 200. */
static void
read_failure(const cJSON *root, struct outcome *out)
{
	response_bad(out, "the response failed");
	if (cJSON_IsObject(response_get(root, "error")))
		error_body_read(root, out);
}

int
response_items_read(const cJSON *root, const struct json_nul *nul,
    struct outcome *out, struct buf *answer)
{
	static const struct usage_names names = {"input_tokens",
	    "input_tokens_details", "output_tokens", "output_tokens_details"};
	const char *status = response_text(response_get(root, "status"));
	const cJSON *output = response_get(root, "output");
	struct found found = {false, false, false};

	response_usage(response_get(root, "usage"), &names, out);
	if (strcmp(status, "failed") == 0 ||
	    (*status == '\0' && !cJSON_IsArray(output))) {
		read_failure(root, out);
		return 0;
	}
	if (read_output(output, nul, &found, answer) == -1)
		return -1;
	if (strcmp(status, "completed") == 0 && !cJSON_IsArray(output))
		response_bad(out, "the response has no output");
	else if (found.refusal)
		response_finish(out, "refusal", answer);
	else if (strcmp(status, "incomplete") == 0 ||
		 (strcmp(status, "completed") == 0 && found.cut))
		response_finish(out, incomplete_reason(root), answer);
	else if (found.call && answer->len == 0)
		response_finish(out, "tool_calls", answer);
	else if (strcmp(status, "completed") == 0)
		response_finish(out, "stop", answer);
	else {
		/* queued, in_progress: nobody here comes back for it. */
		response_finish(out, status, answer);
		snprintf(out->message, sizeof(out->message),
		    "the response is %s and is not waited for",
		    *status ? out->finish : "of no status");
	}
	return 0;
}
