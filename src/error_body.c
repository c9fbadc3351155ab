#include "error_body.h"

#include "response.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* So much of a text that is not made for us is enough to recognise it. */
enum {
	TEXT_MAX = 300
};

static const cJSON *
get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Copy a string, or a whole number as text; anything else is left out. */
static void
copy_word(char *dst, size_t size, const cJSON *item)
{
	char number[32];

	if (cJSON_IsString(item)) {
		response_copy(
		    dst, size, item->valuestring, strlen(item->valuestring));
	} else if (cJSON_IsNumber(item)) {
		snprintf(number, sizeof(number), "%.15g", item->valuedouble);
		response_copy(dst, size, number, strlen(number));
	}
}

/* FastAPI: a string, or a list of what is wrong with which field. */
static const cJSON *
detail_text(const cJSON *detail)
{
	if (cJSON_IsArray(detail))
		return get(cJSON_GetArrayItem(detail, 0), "msg");
	return detail;
}

/* The first of the members that servers put the words in. */
static const cJSON *
find_message(const cJSON *object)
{
	static const char *const names[] = {"message", "error_description",
	    "detail", "details", "msg", "error_message", "title"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const cJSON *item = detail_text(get(object, names[i]));

		if (cJSON_IsString(item))
			return item;
	}
	return NULL;
}

/* An error without words still has a shape worth showing. */
static void
copy_dump(const cJSON *error, struct outcome *out)
{
	char *text = cJSON_PrintUnformatted(error);

	if (text != NULL)
		response_copy(out->message, TEXT_MAX, text, strlen(text));
	cJSON_free(text);
}

bool
error_body_read(const cJSON *root, struct outcome *out)
{
	const cJSON *error, *message;

	if (cJSON_IsArray(root))
		root = cJSON_GetArrayItem(root, 0);
	error = get(root, "error");
	if (error == NULL)
		error = get(root, "errors");
	/* {"error": "words"}, mere words, or Azure's gateway: no "error" at
	 * all. */
	if (cJSON_IsString(root)) {
		message = error = root;
	} else if (cJSON_IsString(error)) {
		message = error;
		error = root;
	} else if (cJSON_IsObject(error) || cJSON_IsArray(error)) {
		if (cJSON_IsArray(error))
			error = cJSON_GetArrayItem(error, 0);
		message = cJSON_IsString(error) ? error : find_message(error);
	} else {
		error = root;
		message = find_message(root);
		if (message == NULL)
			return false;
	}
	copy_word(out->code, sizeof(out->code), get(error, "code"));
	copy_word(out->type, sizeof(out->type), get(error, "type"));
	/* Google's codes are numbers, and their names elsewhere. */
	if (out->type[0] == '\0' && cJSON_IsString(get(error, "status")))
		copy_word(out->type, sizeof(out->type), get(error, "status"));
	if (message != NULL)
		copy_word(out->message, sizeof(out->message), message);
	else
		copy_dump(error, out);
	return true;
}

/* The title of HTML, which is the line a gateway wants to be read. */
static const char *
html_title(const char *text, size_t *len)
{
	const char *start = strcasestr(text, "<title>"), *end;

	if (start == NULL)
		return NULL;
	start += strlen("<title>");
	end = strcasestr(start, "</title>");
	if (end == NULL)
		return NULL;
	*len = (size_t)(end - start);
	return start;
}

/* Copy the beginning of TEXT with each run of blanks as one space. */
static void
copy_squeezed(char *dst, size_t size, const char *text, size_t len)
{
	char line[TEXT_MAX + 8]; /* more than is copied: see the cut's end */
	size_t n = 0;

	for (size_t i = 0; i < len && n < sizeof(line); i++) {
		const bool blank = isspace((unsigned char)text[i]);

		if (!blank)
			line[n++] = text[i];
		else if (n > 0 && line[n - 1] != ' ')
			line[n++] = ' ';
	}
	while (n > 0 && line[n - 1] == ' ')
		n--;
	response_copy(dst, size <= TEXT_MAX ? size : TEXT_MAX + 1, line, n);
}

void
error_body_text(const char *text, size_t len, struct outcome *out)
{
	const size_t had = strlen(out->message);
	const char *title = html_title(text, &len);
	char *dst = out->message + had;
	size_t size = sizeof(out->message) - had;

	if (title == NULL)
		title = text;
	if (had > 0 && size > 2) {
		memcpy(dst, ": ", 3);
		dst += 2;
		size -= 2;
	}
	copy_squeezed(dst, size, title, len);
}
