/*
 * variety.h - how many different bytes a text has.
 */
#ifndef VARIETY_H
#define VARIETY_H

#include "classes.h"

#define VARIETY_TEXT 64 /* so many bytes tell it */
#define VARIETY_FEW 4
#define VARIETY_MAX 7 /* so many or more kinds are many */

struct variety {
	unsigned kinds; /* of bytes */
	unsigned runs;  /* of one kind, if these are not many */
	bool high;      /* are there bytes beyond ASCII? */
};

static inline struct variety
variety_of(const uint8_t *p, size_t len)
{
	uint64_t left = ~(uint64_t)0, at;
	struct variety v = {0, 0, false};
	uint8_t text[VARIETY_TEXT];

	if (len < VARIETY_TEXT) {
		left = ((uint64_t)1 << len) - 1;
		memset(text, 0, sizeof(text));
		p = memcpy(text, p, len);
	}
	for (; left != 0 && v.kinds < VARIETY_MAX; v.kinds++, left &= ~at) {
		uint8_t b = p[lowest(left)];

		at = places_of(p, b) & left;
		v.runs += (unsigned)__builtin_popcountll(at & ~(at << 1));
		v.high |= b >= 0x80;
	}
	return v;
}

#endif
