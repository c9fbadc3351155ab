/*
 * starts.h - where pretokens begin in 64 bytes of ASCII, without a look at
 * single characters.
 *
 * Each rule of the patterns is an expression over bit masks.  What that
 * cannot settle (a character beyond ASCII, a run that the block cuts, a few
 * rare sequences) limits how far the answer is certain.
 */
#ifndef STARTS_H
#define STARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "classes.h"
#include "scan.h"

static ALWAYS_INLINE unsigned
lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

/* Of each run of digits the first, and then every third. */
static ALWAYS_INLINE uint64_t
digit_starts(uint64_t digit)
{
	uint64_t starts = digit & ~(digit << 1), more = starts;
	uint64_t fourth = digit & digit << 1 & digit << 2 & digit << 3;

	while ((more = more << 3 & fourth) != 0)
		starts |= more;
	return starts;
}

/*
 * The contractions among CANDIDATES, which are apostrophes: the pretoken
 * ends behind one.  In o200k it belongs to the word before it (JOINED),
 * elsewhere it is a pretoken.
 */
static ALWAYS_INLINE uint64_t
contractions(const uint8_t *p, uint64_t starts, uint64_t candidates,
    bool joined, bool fold)
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
		/* What begins there is no suffix of the word before. */
		if (joined)
			candidates &= ~next;
	}
	return starts;
}

/*
 * Runs of white space: a run begins a pretoken, and so does its last
 * character, which may join what follows.  With newlines, what comes before
 * the last newline of a run is one pretoken.
 */
static ALWAYS_INLINE uint64_t
white_starts(
    const struct classes *c, uint64_t other, bool newlines, unsigned *certain)
{
	uint64_t white = c->white, plain = white & ~c->newline;
	uint64_t begin = white & ~(white << 1);
	uint64_t after, ends;

	if (!newlines)
		return begin | (white & ~(white >> 1));
	/* Newlines right after punctuation belong to it. */
	begin &= ~(c->newline & other << 1);
	/* What follows a newline begins a pretoken... */
	after = plain & c->newline << 1;
	/* ... unless there is another newline in the same run, or may be. */
	ends = (after + plain) & ~plain;
	if (ends & c->newline)
		*certain = lowest(after) - 1;
	if (white >> 63) {
		unsigned from = 64 - (unsigned)__builtin_clzll(~white | 1);

		if (*certain > from)
			*certain = from;
	}
	return begin | after | (plain & ~(white >> 1));
}

/* Where pretokens begin in a block, as far as that is certain. */
static ALWAYS_INLINE uint64_t
find_starts(enum scan_kind kind, const uint8_t *p, const struct classes *c)
{
	uint64_t space = c->space, letter = c->letter, digit = c->digit;
	uint64_t other = ~(letter | digit | c->white | c->high);
	/* A space joins the punctuation that follows it. */
	uint64_t first = other & ~(other << 1) & ~(space << 1);
	uint64_t plain = c->white & ~c->newline;
	unsigned certain = 62;
	uint64_t starts = first, word;

	if (kind == SCAN_P50) {
		starts |= letter & ~(letter << 1) & ~(space << 1);
		starts |= digit & ~(digit << 1) & ~(space << 1);
		starts |= white_starts(c, other, false, &certain);
	} else {
		/* Any one character but a newline joins the word. */
		word = letter & ~(letter << 1) & ~((plain | first) << 1);
		if (kind == SCAN_P200)
			word |= c->upper & (letter & ~c->upper) << 1;
		starts |= word | digit_starts(digit);
		starts |= white_starts(c, other, true, &certain);
	}
	if (c->quote & first) {
		uint64_t quote = c->quote & first;

		if (kind == SCAN_P200)
			quote &= letter << 1;
		starts = contractions(
		    p, starts, quote, kind == SCAN_P200, kind != SCAN_P50);
	}
	/* Slashes after the newlines after punctuation belong to it too. */
	if (kind == SCAN_P200 && c->slash & c->newline << 1) {
		unsigned i = lowest(c->slash & c->newline << 1);

		if (certain > i - 1)
			certain = i - 1;
	}
	if (c->high != 0) {
		unsigned i = lowest(c->high);

		if (i < 2)
			certain = 0;
		else if (certain > i - 2)
			certain = i - 2;
	}
	return starts & (((uint64_t)2 << certain) - 1);
}

#endif
