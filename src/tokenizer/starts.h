/*
 * starts.h - where pretokens begin in 64 bytes, without a look at single
 * characters.
 *
 * Each rule of the patterns is an expression over bit masks.  What that
 * cannot settle (a run that the block cuts, a few rare sequences) limits how
 * far the answer is certain.
 */
#ifndef STARTS_H
#define STARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "classes.h"
#include "scan.h"
#include "wide.h"

/* What begins beyond the bit TO is not certain. */
static ALWAYS_INLINE void
certain_to(unsigned *certain, unsigned to)
{
	if (*certain > to)
		*certain = to;
}

/* Where the characters end that begin in the places LEADS. */
static ALWAYS_INLINE uint64_t
behind(const struct classes *c, uint64_t leads)
{
	/* The carry runs through the bytes of each that are not its first. */
	return ((leads << 1) + c->after) & ~c->after;
}

/* Of each run of digits the first, and then every third. */
static ALWAYS_INLINE uint64_t
digit_starts(const struct classes *c)
{
	uint64_t digit = c->digit, leads = digit & ~c->after;
	uint64_t starts = leads & ~(digit << 1), more = starts;

	if (!(digit & c->high)) {
		leads &= digit << 1 & digit << 2 & digit << 3;
		while ((more = more << 3 & leads) != 0)
			starts |= more;
		return starts;
	}
	while (more != 0) {
		more = behind(c, more) & leads;
		more = behind(c, more) & leads;
		more = behind(c, more) & leads;
		starts |= more;
	}
	return starts;
}

/*
 * The contractions among CANDIDATES, which are apostrophes: the pretoken
 * ends behind one.  In o200k it belongs to the word before it (JOINED),
 * elsewhere it is a pretoken.
 */
static ALWAYS_INLINE uint64_t
contractions(const uint8_t *p, const struct classes *c, uint64_t starts,
    uint64_t candidates, bool joined, bool fold, unsigned *certain)
{
	while (candidates != 0) {
		unsigned i = lowest(candidates);
		unsigned n = scan_contraction(p + i, fold);
		uint64_t next;

		candidates &= candidates - 1;
		if (n == 0)
			continue;
		starts &= ~((((uint64_t)1 << n) - 1) << i);
		if (!joined)
			starts |= (uint64_t)1 << i;
		if (i + n >= 64)
			continue;
		next = (uint64_t)1 << (i + n);
		starts |= next;
		/* What begins there is no suffix of the word before... */
		if (joined)
			candidates &= ~next;
		/* ... and its case has nothing to do with that of the
		 * letters before. */
		if (c->both & next)
			certain_to(certain, i + n);
	}
	return starts;
}

/*
 * Where the last character begins of each run of white space that the block
 * does not cut.
 */
static ALWAYS_INLINE uint64_t
last_white(const struct classes *c)
{
	uint64_t last = c->white & ~(c->white >> 1) & ~(uint64_t)0 >> 1;

	/* From its last byte to its first; none has four. */
	for (unsigned i = 0; last & c->after && i < 2; i++)
		last = (last & ~c->after) | (last & c->after) >> 1;
	return last;
}

/*
 * Runs of white space: a run begins a pretoken, and so does its last
 * character, which may join what follows.  With newlines, what comes before
 * the last newline of a run is one pretoken, and what follows it begins the
 * next.
 */
static ALWAYS_INLINE uint64_t
white_starts(
    const struct classes *c, uint64_t other, bool newlines, unsigned *certain)
{
	uint64_t white = c->white, plain = white & ~c->newline;
	uint64_t begin = white & ~(white << 1);
	uint64_t after, ends;

	if (!newlines)
		return begin | last_white(c);
	/* Newlines right after punctuation belong to it. */
	begin &= ~(c->newline & other << 1);
	after = plain & c->newline << 1;
	ends = (after + plain) & ~plain & c->newline;
	for (; ends != 0; ends &= ends - 1)
		after &= ~highest_bit(after & ((ends & -ends) - 1));
	after |= plain & runs_from(c->newline, other << 1) << 1;
	if (white >> 63)
		certain_to(certain, after_highest(~white));
	return begin | after | (plain & last_white(c));
}

/*
 * Where o200k begins another word within letters: where upper case follows
 * lower case, with or without characters between that are BOTH; and where
 * upper case follows those and no lower case comes then.
 */
static ALWAYS_INLINE uint64_t
case_starts(const struct classes *c, unsigned *certain)
{
	uint64_t upper = c->upper, both = c->both;
	uint64_t lower = c->letter & ~upper & ~both;
	uint64_t starts = upper & (lower | runs_from(both, lower << 1)) << 1;
	uint64_t tails = upper & both << 1 & ~starts;

	for (; tails != 0; tails &= tails - 1) {
		uint64_t first = tails & -tails;
		uint64_t end = (upper + first) & ~upper;

		end &= -first;
		if (end == 0) {
			certain_to(certain, lowest(first) - 1);
			break;
		}
		if (!(c->letter & end & -end))
			starts |= first;
	}
	return starts;
}

/* Where pretokens begin in a block, as far as that is certain. */
static ALWAYS_INLINE uint64_t
find_starts(enum scan_kind kind, const uint8_t *p, const struct classes *c)
{
	uint64_t space = c->space, letter = c->letter, digit = c->digit;
	uint64_t other = ~(letter | digit | c->white);
	/* A space joins the punctuation that follows it. */
	uint64_t first = other & ~(other << 1) & ~(space << 1);
	uint64_t plain = c->white & ~c->newline;
	unsigned certain = 62;
	uint64_t starts = first;

	if (kind == SCAN_P50) {
		starts |= letter & ~(letter << 1) & ~(space << 1);
		starts |= digit & ~(digit << 1) & ~(space << 1);
		starts |= white_starts(c, other, false, &certain);
	} else {
		/* Any one character but a newline joins the word. */
		uint64_t joins =
		    plain | first | runs_from(c->after, first << 1);

		starts |= letter & ~(letter << 1) & ~(joins << 1);
		starts |= digit_starts(c);
		starts |= white_starts(c, other, true, &certain);
	}
	if (kind == SCAN_P200)
		starts |= case_starts(c, &certain);
	if (c->quote & first) {
		uint64_t quote = c->quote & first;

		if (kind == SCAN_P200)
			quote &= letter << 1;
		starts = contractions(p, c, starts, quote, kind == SCAN_P200,
		    kind != SCAN_P50, &certain);
	}
	/* Slashes after the newlines after punctuation belong to it too. */
	if (kind == SCAN_P200 && c->slash & c->newline << 1)
		certain_to(&certain, lowest(c->slash & c->newline << 1) - 1);
	return starts & (((uint64_t)2 << certain) - 1);
}

#endif
