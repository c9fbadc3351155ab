/*
 * jsontext.h - text made fit for JSON, and JSON made fit for cJSON.
 *
 * Requests carry any bytes: what is not UTF-8 goes as U+FFFD, one for each
 * maximal subpart (as tokenizer.h counts it).  Responses are paid for: one
 * with a lone surrogate, a byte that is not UTF-8 or a \u0000 is mended
 * rather than thrown away, for cJSON rejects the first, passes on the second
 * and cuts the string at the third.
 *
 * Pure.
 */
#ifndef JSONTEXT_H
#define JSONTEXT_H

#include "buf.h"

#include <stddef.h>

/* Append the LEN bytes at TEXT as a JSON string, quotes included. */
int json_quote(struct buf *out, const char *text, size_t len);

/* The same without the quotes. */
int json_escape(struct buf *out, const char *text, size_t len);

/* Append TEXT, with what is not UTF-8, and NUL, as U+FFFD. */
int utf8_repair(struct buf *out, const char *text, size_t len);

/* The largest length <= MAX at which TEXT can be cut at a character. */
size_t utf8_cut(const char *text, size_t len, size_t max);

/* What stands for U+0000 in mended JSON, as UTF-8; "" if nothing does. */
struct json_nul {
	char utf8[4];
};

/*
 * Mend BODY in place.  Each \u0000 becomes a noncharacter (U+FDD0...) that
 * BODY has nowhere else, said in NUL; should all 32 be taken, U+FFFD.  A byte
 * that is not UTF-8 becomes three, so BODY may come to be longer than its
 * maximum, but not by much more than a quarter.  0, or -1 with errno ENOMEM or
 * EMSGSIZE.
 */
int json_mend(struct buf *body, struct json_nul *nul);

/* Append the string S of mended JSON to OUT, with its real U+0000s. */
int json_unmend(struct buf *out, const char *s, const struct json_nul *nul);

/*
 * How many values JSON text can have at most: what cJSON will allocate for.
 */
size_t json_values(const char *text, size_t len);

#endif
