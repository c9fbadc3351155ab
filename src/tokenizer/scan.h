/*
 * scan.h - the pre-tokenizers: where does the pretoken that begins here end?
 *
 * Each is one of the published patterns by hand, in one pass.  TEXT must be
 * valid UTF-8.  *LOOK gets the place up to which text was examined, or one
 * beyond it: more text after END could change the answer only if that place
 * is END or beyond.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum scan_kind {
	SCAN_P50,  /* r50k_base, p50k_base, p50k_edit */
	SCAN_P100, /* cl100k_base */
	SCAN_P200, /* o200k_base, o200k_harmony */
};

const uint8_t *scan_next(enum scan_kind kind, const uint8_t *text,
    const uint8_t *end, const uint8_t **look);

/*
 * Is it a contraction ('s, 't, 're, 've, 'm, 'll, 'd) that begins with the
 * apostrophe at P?  At least three bytes can be read there.  Its length, or
 * 0.  Where case is folded, U+017F is an s too; no other character beyond
 * ASCII folds to one of these letters.
 */
static inline unsigned
scan_contraction(const uint8_t *p, bool fold)
{
	uint8_t bit = fold ? 0x20 : 0, a = p[1] | bit, b = p[2] | bit;

	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return 2;
	if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
	    (a == 'l' && b == 'l') || (fold && p[1] == 0xc5 && p[2] == 0xbf))
		return 3;
	return 0;
}

/* The same where END may come sooner, and there may be no apostrophe. */
static inline unsigned
scan_contraction_before(const uint8_t *p, const uint8_t *end, bool fold)
{
	uint8_t b[3] = {0};

	if (p == end || *p != '\'')
		return 0;
	memcpy(b, p, end - p < 3 ? (size_t)(end - p) : 3);
	return scan_contraction(b, fold);
}

#endif
