/*
 * wide.h - characters beyond ASCII in a block's masks.
 *
 * Each gets the bits of its class for all of its bytes, so that a run of
 * characters is a run of bits.  Few are left open: white space, of which the
 * last character counts; numbers, of which three do; and marks that o200k
 * takes for part of a word or of punctuation as the case may be.
 */
#ifndef WIDE_H
#define WIDE_H

#include "classes.h"
#include "scan.h"
#include "unicode.h"

/* The runs of RUNS that begin in one of the places FROM. */
static ALWAYS_INLINE uint64_t
runs_from(uint64_t runs, uint64_t from)
{
	return runs & ~(runs + (runs & from));
}

/* Of each class the bytes; four can be read at the block's last byte. */
static ALWAYS_INLINE void
wide_bytes(const uint8_t *p, uint64_t leads, uint64_t bytes[32])
{
	memset(bytes, 0, 32 * sizeof(bytes[0]));
	for (; leads != 0; leads &= leads - 1) {
		unsigned n, i = lowest(leads);
		unsigned class = uc_class_wide(p + i, &n);

		bytes[class] |= (((uint64_t)1 << n) - 1) << i;
	}
}

#define UC_MARK (UC_UPPER | UC_LOWER) /* and no letter */

static ALWAYS_INLINE void
classify_wide(enum scan_kind kind, const uint8_t *p, struct classes *c)
{
	uint64_t of[32], any, mark, upper, number;

	wide_bytes(p, c->high & ~c->after, of);
	any = of[UC_LETTER | UC_UPPER | UC_LOWER];
	upper = of[UC_LETTER | UC_UPPER];
	number = of[UC_NUMBER];
	c->letter |= of[UC_LETTER | UC_LOWER] | upper | any;
	c->open = of[UC_SPACE];
	if (kind == SCAN_P50)
		c->digit |= number;
	else
		c->open |= number;
	if (kind != SCAN_P200)
		return;
	mark = runs_from(of[UC_MARK], c->letter << 1);
	c->open |= of[UC_MARK] & ~mark;
	c->letter |= mark;
	c->upper |= upper;
	c->both = any | mark;
}

#endif
