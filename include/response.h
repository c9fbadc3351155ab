/*
 * response.h - what the body of a response says.
 *
 * Bodies come from outside and may be anything: JSON of another shape, a
 * proxy's HTML, nothing.  Whatever text there is ends up where a person will
 * see it.  BODY is mended in place (jsontext.h) and of no use afterwards.
 *
 * Pure.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include "buf.h"
#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Read the body of a 2xx from chat completions, or with RESPONSES_API from the
 * Responses API: OUT gets kind, finish, the four counts, and message and code
 * where there is something to say; ANSWER the text, which for a refusal is the
 * refusal's.
 *
 *	OUTCOME_ANSWER	 finish "stop" and text that is not empty
 *	OUTCOME_PARTIAL	 any other finish, named as it came; "refusal" and
 *			 "tool_calls" also if only the message shows it; ""
 *			 if the server named none; "stop" if the text is empty
 *	OUTCOME_BAD	 not JSON, or no choices[0].message.content, or an
 *			 error instead of it
 *	OUTCOME_LOCAL	 out of memory
 *
 * The Responses API's statuses go by the same names: "completed" is "stop",
 * "incomplete" is its reason ("length" for max_output_tokens), "failed" is
 * OUTCOME_BAD with the error's code; "queued" and others that would have to be
 * asked for again are OUTCOME_PARTIAL by their own name, without text.
 */
void response_answer(struct buf *body, bool responses_api, struct outcome *out,
    struct buf *answer);

/*
 * Read the body of any other status: code, type and message, from
 *
 *	{"error": {"message": ..., "code": ..., "type": ...}}	OpenAI, Azure
 *	{"error": "..."}, {"message": ...}, {"detail": ...}	others
 *	[{"error": ...}]					Google
 *	HTML: its title; other text: its beginning
 *
 * Codes that are numbers become text.  The kind is left alone.
 */
void response_error(struct buf *body, struct outcome *out);

/* Put LEN bytes of TEXT in DST of SIZE bytes, cut at a character. */
void response_copy(char *dst, size_t size, const char *text, size_t len);

#endif
