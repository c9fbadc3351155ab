#include "request.h"

#include "jsontext.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes after the prompt: the message and the list it is in. */
static const char TAIL[] = "\"}]}";

/* JSON's grammar of a number; cJSON's own is wider. */
static bool
is_number(const char *s)
{
	if (*s == '-')
		s++;
	if (*s == '0')
		s++;
	else if (*s >= '1' && *s <= '9')
		s += strspn(s, "0123456789");
	else
		return false;
	if (*s == '.') {
		if (!isdigit((unsigned char)*++s))
			return false;
		s += strspn(s, "0123456789");
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '+' || *s == '-')
			s++;
		if (!isdigit((unsigned char)*s))
			return false;
		s += strspn(s, "0123456789");
	}
	return *s == '\0';
}

static int
no_memory(struct error *err)
{
	errno = ENOMEM;
	return error_sys(err, "making the request");
}

/* Add a string of any bytes; cJSON's own strings must be UTF-8. */
static int
add_text(cJSON *object, const char *name, const char *text, struct error *err)
{
	struct buf quoted = BUF_INIT(REQUEST_HEAD_MAX);
	int rc = 0;

	if (json_quote(&quoted, text, strlen(text)) == -1)
		rc = error_sys(err, "making the request: %s", name);
	else if (cJSON_AddRawToObject(object, name, quoted.data) == NULL)
		rc = no_memory(err);
	buf_free(&quoted);
	return rc;
}

/* Settings of ours, and those under which an answer could not be read. */
static int
check_param(const char *key, const cJSON *value, struct error *err)
{
	static const char *const ours[] = {
	    "model", "messages", "input", "instructions"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(key, ours[i]) == 0)
			return error_set(err,
			    "parameter %s: set by the program itself", key);
	if (strcmp(key, "stream") == 0 && !cJSON_IsFalse(value))
		return error_set(err,
		    "parameter stream: answers are read whole; "
		    "only false would do");
	if (strcmp(key, "background") == 0 && !cJSON_IsFalse(value))
		return error_set(err,
		    "parameter background: nobody comes back for the answer; "
		    "only false would do");
	if (strcmp(key, "n") == 0 &&
	    !(cJSON_IsNumber(value) && value->valuedouble == 1))
		return error_set(err,
		    "parameter n: one answer to a prompt is kept; "
		    "only 1 would do");
	return 0;
}

/* Add PARAM, "key=JSON", with the value's text as it was given. */
static int
add_param(cJSON *body, const char *param, struct error *err)
{
	const char *eq = strchr(param, '='), *end;
	cJSON *value;
	char *key;
	int rc;

	if (eq == NULL || eq == param)
		return error_set(err, "parameter %s: not key=JSON", param);
	key = strndup(param, (size_t)(eq - param));
	if (key == NULL)
		return no_memory(err);
	value = cJSON_ParseWithOpts(eq + 1, &end, true);
	if (value == NULL)
		rc = error_set(err,
		    "parameter %s: not JSON: %s (a string needs its quotes)",
		    key, eq + 1);
	else
		rc = check_param(key, value, err);
	if (rc == 0 && cJSON_HasObjectItem(body, key))
		rc = error_set(err, "parameter %s: given twice", key);
	if (rc == 0 && cJSON_AddRawToObject(body, key, eq + 1) == NULL)
		rc = no_memory(err);
	cJSON_Delete(value);
	free(key);
	return rc;
}

static int
add_options(cJSON *body, const struct api_settings *settings, struct error *err)
{
	const char *const *p = settings->params;
	char number[32];

	if (settings->max_output_tokens > 0) {
		/* Raw: cJSON's numbers are doubles. */
		snprintf(number, sizeof(number), "%lld",
		    (long long)settings->max_output_tokens);
		if (cJSON_AddRawToObject(body,
			settings->responses_api ? "max_output_tokens"
						: "max_completion_tokens",
			number) == NULL)
			return no_memory(err);
	}
	if (settings->temperature != NULL) {
		if (!is_number(settings->temperature))
			return error_set(err, "temperature %s: not a number",
			    settings->temperature);
		if (cJSON_AddRawToObject(
			body, "temperature", settings->temperature) == NULL)
			return no_memory(err);
	}
	for (; p != NULL && *p != NULL; p++)
		if (add_param(body, *p, err) == -1)
			return -1;
	return 0;
}

static int
add_message(
    cJSON *messages, const char *role, const char *text, struct error *err)
{
	cJSON *message = cJSON_CreateObject();

	if (message == NULL || !cJSON_AddItemToArray(messages, message)) {
		cJSON_Delete(message);
		return no_memory(err);
	}
	if (cJSON_AddStringToObject(message, "role", role) == NULL)
		return no_memory(err);
	return add_text(message, "content", text, err);
}

/* The body with an empty prompt, which comes last. */
static int
build(cJSON *body, const struct api_settings *settings, struct error *err)
{
	cJSON *messages;

	if (add_text(body, "model", settings->model, err) == -1 ||
	    add_options(body, settings, err) == -1)
		return -1;
	if (settings->responses_api && settings->system != NULL &&
	    add_text(body, "instructions", settings->system, err) == -1)
		return -1;
	messages = cJSON_AddArrayToObject(
	    body, settings->responses_api ? "input" : "messages");
	if (messages == NULL)
		return no_memory(err);
	if (!settings->responses_api && settings->system != NULL &&
	    add_message(messages, "system", settings->system, err) == -1)
		return -1;
	return add_message(messages, "user", "", err);
}

int
request_prepare(
    struct request *r, const struct api_settings *settings, struct error *err)
{
	cJSON *body = cJSON_CreateObject();
	char *text = NULL;
	int rc = -1;

	*r = (struct request){.head = BUF_INIT(REQUEST_HEAD_MAX), .tail = TAIL};
	if (body == NULL)
		no_memory(err);
	else if (build(body, settings, err) == 0) {
		text = cJSON_PrintUnformatted(body);
		if (text == NULL ||
		    buf_add(&r->head, text, strlen(text) - strlen(TAIL)) == -1)
			no_memory(err);
		else
			rc = 0;
	}
	cJSON_free(text);
	cJSON_Delete(body);
	if (rc == -1)
		request_free(r);
	return rc;
}

int
request_body(
    const struct request *r, const char *prompt, size_t len, struct buf *out)
{
	if (buf_add(out, r->head.data, r->head.len) == -1 ||
	    json_escape(out, prompt, len) == -1)
		return -1;
	return buf_adds(out, r->tail);
}

void
request_free(struct request *r)
{
	buf_free(&r->head);
}
