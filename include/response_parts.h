/*
 * response_parts.h - what the readers of both APIs' answers share.
 *
 * The inner half of response.h.  Pure.
 */
#ifndef RESPONSE_PARTS_H
#define RESPONSE_PARTS_H

#include "buf.h"
#include "jsontext.h"
#include "outcome.h"

#include <stdbool.h>

struct cJSON;

/* A member of an object, NULL if it is none or has none. */
const struct cJSON *response_get(const struct cJSON *object, const char *name);

/* A string's text, "" for anything else. */
const char *response_text(const struct cJSON *item);

/* How an API calls its counts. */
struct usage_names {
	const char *input, *input_details;
	const char *output, *output_details;
};

/*
 * Read USAGE.  A count that is not one (negative, 2^53 or more, no number) is
 * as if it were missing; without input and output there is no usage.
 */
void response_usage(const struct cJSON *usage, const struct usage_names *names,
    struct outcome *out);

/* Make it OUTCOME_BAD, because of MESSAGE. */
void response_bad(struct outcome *out, const char *message);

/* Name how it ended: OUTCOME_ANSWER for "stop" if ANSWER has text.  OUT's usage
 * is known. */
void response_finish(
    struct outcome *out, const char *finish, const struct buf *answer);

/* response_items.c: the Responses API's object.  0, or -1 (memory). */
int response_items_read(const struct cJSON *root, const struct json_nul *nul,
    struct outcome *out, struct buf *answer);

#endif
