/*
 * wide.h - characters beyond ASCII in a block's masks.
 *
 * Each gets the bits of its class for all of its bytes, so that a run of
 * characters is a run of bits.
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

/*
 * The class of each character of WIDTH bytes that begins in one of the places
 * LEADS, there.
 */
static ALWAYS_INLINE void
wide_classes(
    const uint8_t *p, uint64_t leads, unsigned width, uint8_t class[64])
{
	for (; leads != 0; leads &= leads - 1) {
		unsigned i = lowest(leads);

		class[i] = (uint8_t)uc_of(unit_of_width(p + i, width));
	}
}

/* The places where CLASS has the bit OF. */
static ALWAYS_INLINE uint64_t
wide_places(const uint8_t class[64], unsigned of)
{
	uint64_t places = 0;
#if defined(WITH_AVX2)
	__m256i bit = _mm256_set1_epi8((char)of);

	for (unsigned i = 0; i < 64; i += 32) {
		__m256i v = _mm256_loadu_si256((const void *)(class + i));
		__m256i has = _mm256_cmpeq_epi8(_mm256_and_si256(v, bit), bit);

		places |= (uint64_t)(uint32_t)_mm256_movemask_epi8(has) << i;
	}
#else
	for (unsigned i = 0; i < 64; i += 8) {
		uint64_t w;

		memcpy(&w, class + i, sizeof(w));
		places |= gather(w * (0x80 / of) & EACH(0x80)) << i;
	}
#endif
	return places;
}

/* All bytes of the characters that begin in the places LEADS. */
static ALWAYS_INLINE uint64_t
whole(const struct classes *c, uint64_t leads)
{
	leads |= leads << 1 & c->after;
	leads |= leads << 1 & c->after;
	return leads | (leads << 1 & c->after);
}

/*
 * Which of MARKS, as o200k sees it, belong to a word?  The others are taken for
 * punctuation: those in a run of it that began with a space or with two
 * characters that are no marks.  A mark after any other character is of its
 * word, or begins one; a single character before it is what any word may begin
 * with.
 */
static ALWAYS_INLINE uint64_t
word_marks(const struct classes *c, uint64_t marks)
{
	uint64_t found = runs_from(marks, c->letter << 1), more;
	uint64_t known = c->digit | c->white;
	uint64_t other = ~(c->letter | known | marks);

	while ((marks & ~found) != 0) {
		uint64_t before = c->letter | found | known;
		uint64_t single = other & ((before & ~c->space) << 1 | 1);

		single = whole(c, single);
		more = runs_from(
		    marks & ~found, before << 1 | 1 | (single << 1 & ~single));
		if (more == 0)
			break;
		found |= more;
	}
	return found;
}

static ALWAYS_INLINE void
classify_wide(enum scan_kind kind, const uint8_t *p, struct classes *c)
{
	uint64_t letter, upper, lower, mark;
	uint64_t leads = c->high & ~c->after, from_e0, from_f0;
	uint8_t class[64] = {0};

	/* Text that was no UTF-8 is full of U+FFFD, which is of no class. */
	c->mended = places_of(p, 0xef);
	if (c->mended != 0)
		c->mended &= places_of(p, 0xbf) >> 1 & places_of(p, 0xbd) >> 2;
	leads &= ~c->mended;
	from_e0 = leads & places_from(p, 0xe0);
	from_f0 = leads & places_from(p, 0xf0);
	wide_classes(p, leads & ~from_e0, 2, class);
	wide_classes(p, from_e0 & ~from_f0, 3, class);
	wide_classes(p, from_f0, 4, class);
	letter = whole(c, wide_places(class, UC_LETTER));
	c->letter |= letter;
	c->digit |= whole(c, wide_places(class, UC_NUMBER));
	c->white |= whole(c, wide_places(class, UC_SPACE));
	if (kind != SCAN_P200)
		return;
	upper = whole(c, wide_places(class, UC_UPPER));
	lower = whole(c, wide_places(class, UC_LOWER));
	mark = word_marks(c, upper & lower & ~letter);
	c->letter |= mark;
	c->upper |= upper & ~lower;
	c->both = (upper & lower & letter) | mark;
}

#endif
