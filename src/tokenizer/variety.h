/*
 * variety.h - how many different characters a text has.
 */
#ifndef VARIETY_H
#define VARIETY_H

#include "classes.h"
#include "image.h"

#define VARIETY_TEXT 64 /* so many bytes tell it */
#define VARIETY_MAX 7   /* so many or more kinds are many */

struct variety {
	unsigned kinds; /* of last bytes of characters */
	unsigned width; /* of the first one beyond ASCII, or 1 */
};

static inline struct variety
variety_of(const uint8_t *p, size_t len)
{
	/* Whether the last byte ends a character is not known. */
	uint64_t left = ~(uint64_t)0 >> 1, leads, after;
	struct variety v = {0, 1};
	uint8_t copy[VARIETY_TEXT];

	if (len < VARIETY_TEXT) {
		left = ((uint64_t)1 << len) - 1;
		memset(copy, 0, sizeof(copy));
		p = memcpy(copy, p, len);
	}
	leads = places_from(p, 0xc0);
	after = places_from(p, 0x80) & ~leads;
	if (leads != 0)
		v.width = utf8_width(p[lowest(leads)]);
	left &= ~(after >> 1);
	for (; left != 0 && v.kinds < VARIETY_MAX; v.kinds++)
		left &= ~places_of(p, p[lowest(left)]);
	return v;
}

#endif
