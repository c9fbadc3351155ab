/*
 * variety.h - how many different characters a text has.
 */
#ifndef VARIETY_H
#define VARIETY_H

#include "classes.h"
#include "image.h"

#define VARIETY_TEXT 64 /* so many bytes tell it */
#define VARIETY_FEW 4
#define VARIETY_MAX 7 /* so many or more kinds are many */

struct variety {
	unsigned kinds; /* of last bytes of characters */
	unsigned runs;  /* of one kind, if these are not many */
	unsigned width; /* of the first one beyond ASCII, or 1 */
};

/* It is enough to know of MOST kinds. */
static inline struct variety
variety_of(const uint8_t *p, size_t len, unsigned most)
{
	/* Whether the last byte ends a character is not known. */
	uint64_t left = ~(uint64_t)0 >> 1, leads, after, at;
	struct variety v = {0, 0, 1};
	uint8_t text[VARIETY_TEXT];

	if (len < VARIETY_TEXT) {
		left = ((uint64_t)1 << len) - 1;
		memset(text, 0, sizeof(text));
		p = memcpy(text, p, len);
	}
	leads = places_from(p, 0xc0);
	after = places_from(p, 0x80) & ~leads;
	if (leads != 0)
		v.width = utf8_width(p[lowest(leads)]);
	left &= ~(after >> 1);
	for (; left != 0 && v.kinds < most; v.kinds++, left &= ~at) {
		at = places_of(p, p[lowest(left)]) & left;
		v.runs += (unsigned)__builtin_popcountll(at & ~(at << v.width));
	}
	return v;
}

#endif
