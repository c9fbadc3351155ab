/*
 * image.h - the layout of a vocabulary's image.
 *
 * An image is a block of read-only data that the program maps and uses as it
 * lies: tools/gen-vocab.c writes it, src/tokenizer/images.S puts it into the
 * program.  It holds no addresses, so nothing is relocated.  Both sides share
 * the hash functions below; a change here changes every image.
 *
 * A token's id is its rank: the lower, the earlier it merges.  Each token is
 * what merging its own bytes yields: the generator makes sure of it.
 *
 *	len	a byte a token: how many it has
 *	start	where the bytes of every START_EACH-th token are in text
 *	text	the bytes of all tokens, one after another
 *	split	8 bytes a token: left and right part of its last merge and
 *		the longest token that is a proper prefix of it
 *	words	the tokens of up to WORD_MAX bytes, by content: four tables,
 *		see below
 *	rest	the tokens that these have no room for, with open addressing
 *	maybe	three bits for each token that is not in the hot tables: for
 *		what has not all of them the others need not be asked
 *	pairs	hash of the tokens that are no words, by (left, right)
 *	trie	hash of (node, unit) for the longest token at a place
 *	roots	the nodes of the trie that most texts begin with, by number
 *	runs	the nodes that runs of one ASCII character lead to
 *	kids	which children of nodes of two ASCII characters there may be
 *	near	which merges there are across two or four bytes, see below
 *	span	and edge: where no token spans a boundary of characters, see below
 *
 * The hashes have buckets of four slots.  What finds its bucket full goes to
 * the next one, so a bucket with an empty slot, which is the last, ends a
 * search.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

/* The tables of words. */
enum {
	HOT_SHORT,
	HOT_LONG,
	COLD_SHORT,
	COLD_LONG,
	WORD_TABLES
};

#define IMAGE_MAGIC 0x44455042u /* "BPED" */
#define IMAGE_ALIGN 4096

/* A set of ASCII's characters: a byte for each of their lower four bits, in
 * which a bit tells the upper three. */
#define ASCII_SET 16

struct image {
	uint32_t magic;
	uint32_t size;   /* of the whole image */
	uint32_t ntok;   /* ids are below this */
	uint32_t maxlen; /* bytes of the longest token */
	/* offsets from the image's start */
	uint32_t len;
	uint32_t start;
	uint32_t text;
	uint32_t split;
	uint32_t words[WORD_TABLES];
	uint32_t rest;
	uint32_t maybe;
	uint32_t pairs;
	uint32_t trie;
	uint32_t roots;
	uint32_t runs;
	uint32_t kids;
	uint32_t near;
	uint32_t span;
	uint32_t edge;
	uint32_t rest_size; /* entries */
	/* buckets, any number */
	uint32_t words_size[WORD_TABLES];
	uint32_t pairs_size;
	uint32_t trie_size;
	uint32_t words_bits[WORD_TABLES]; /* of an id */
	/* Sets of characters that tokens have before U+FFFD, and after it. */
	uint8_t before_mended[ASCII_SET];
	uint8_t after_mended[ASCII_SET];
	uint8_t run[256]; /* how long the longest token of only that byte is */
};

#define START_EACH 8

#define ID_BITS 18
#define ID_MASK ((1u << ID_BITS) - 1)
#define ID_NONE ID_MASK

/* split: left | right << 18 | prefix << 36, each ID_NONE if there is none. */
#define SPLIT_LEFT(s) ((uint32_t)(s)&ID_MASK)
#define SPLIT_RIGHT(s) ((uint32_t)((s) >> ID_BITS) & ID_MASK)
#define SPLIT_PREFIX(s) ((uint32_t)((s) >> 2 * ID_BITS) & ID_MASK)

/* pairs: id | tag << 18; all ones is an empty slot. */
#define SLOT_EMPTY 0xffffffffu
#define BUCKET 4

#define HASH_1 0x9e3779b97f4a7c15u
#define HASH_2 0xc2b2ae3d27d4eb4fu
#define HASH_32 0x9e3779b1u

static inline uint64_t
pair_hash(uint32_t left, uint32_t right)
{
	uint64_t k = (uint64_t)left << ID_BITS | right;

	k ^= k >> 15;
	return k * HASH_1;
}

/* The bucket of a hash, of SIZE. */
static inline uint32_t
hash_bucket(uint64_t h, uint32_t size)
{
	return (uint32_t)((h >> 32) * size >> 32);
}

/* From the bits that choose among the fewest buckets; never all ones. */
static inline uint32_t
hash_tag(uint64_t h)
{
	uint32_t tag = (uint32_t)h >> ID_BITS;

	return (tag < 0x3fff ? tag : 0) << ID_BITS;
}

/*
 * words: a word is a number of 59 bits, which are up to SHORT_MAX bytes and
 * their number, or 64 bits more, which are the first 8 bytes, and the 59 bits
 * are the others and 8 less than their number.  Times an odd number modulo
 * 2^59 they are the hash (kept in the upper bits of 64), of which the upper
 * bits choose the bucket and a slot holds the lower ones:
 *
 *	(hash >> 5) << id bits | id
 *
 * With at least 2^(id bits - 5) buckets no bit is missing.  A bucket has
 * eight slots of short words, or four of long ones, each after 8 bytes of
 * text.  Full slots come first; empty ones hold what no word of the bucket
 * has, and an id of all ones.
 */
#define SHORT_MAX 7
#define WORD_MAX 15
#define WORD_SPARE 5
#define BUCKET_WORDS 8

static inline uint64_t
short_hash(uint64_t word)
{
	return word * (HASH_1 << WORD_SPARE);
}

static inline uint64_t
long_hash(uint64_t lo, uint64_t hi)
{
	uint64_t h = lo * HASH_2;

	return (hi + (h ^ h >> 32)) * (HASH_1 << WORD_SPARE);
}

static inline uint64_t
word_tag(uint64_t h, uint32_t id_bits)
{
	return h << (id_bits - WORD_SPARE);
}

#define MAYBE_WORDS_LOG 14 /* of 64 bits each */

/* Which of maybe's words has the bits of a hash. */
static inline uint32_t
maybe_place(uint64_t h)
{
	return (uint32_t)(h >> (64 - MAYBE_WORDS_LOG));
}

static inline uint64_t
maybe_bits(uint64_t h)
{
	return (uint64_t)1 << (h >> 44 & 63) | (uint64_t)1 << (h >> 38 & 63) |
	       (uint64_t)1 << (h >> 32 & 63);
}

/* ID is ID_NONE in an empty one. */
struct rest_entry {
	uint64_t lo, hi; /* the word; HI is 0 if it is a short one */
	uint64_t id;
};

static inline uint64_t
rest_hash(uint64_t h)
{
	return (h ^ h >> 29) * HASH_2;
}

/*
 * near: two tables of 65536 lower bounds, in units of NEAR_UNIT, for the rank
 * of a token whose two parts meet between certain bytes.  The first goes by
 * the last byte of the left part and the first of the right one, for parts of
 * which one is a single byte; the second by two bytes of either, hashed.
 * 0xffff: there is no such token.
 */
#define NEAR_UNIT 4
#define NEAR_SLOTS 65536

/* P is where the parts meet. */
static inline uint32_t
near_byte(const uint8_t *p)
{
	return (uint32_t)p[-1] << 8 | p[0];
}

static inline uint32_t
near_bytes(const uint8_t *p)
{
	uint32_t k = (uint32_t)p[-2] << 24 | (uint32_t)p[-1] << 16 |
	             (uint32_t)p[0] << 8 | p[1];

	return NEAR_SLOTS + (k * HASH_32 >> 16);
}

/*
 * span, kids: sets of hashes.  Each hash has two bits in one of the set's
 * words; one that has both of them may be in the set.
 */
#define SET_WORDS_LOG 13

static inline uint32_t
set_place(uint64_t hash)
{
	return (uint32_t)(hash >> (64 - SET_WORDS_LOG));
}

static inline uint64_t
set_bits(uint64_t hash)
{
	return (uint64_t)1 << (hash >> 45 & 63) | (uint64_t)1
	                                              << (hash >> 39 & 63);
}

/*
 * The places before or after a character of three or more bytes that a token
 * spans, by what the token has there: the last bytes before the place, one or
 * three, and one or three after it.  The set span has those with three on
 * either side, and edge has a bit for each of the others.  W is what lies
 * about the place, from SPAN_BEFORE bytes before it.
 */
#define SPAN_BEFORE 3
#define EDGE_BITS 65536u /* one for each pair of bytes, and twice as many... */
#define EDGE_HASHED (2 * EDGE_BITS) /* ... for either kind of four bytes */
#define EDGE_WORDS ((EDGE_BITS + 2 * EDGE_HASHED) / 64)

static inline uint64_t
span_hash(uint64_t w)
{
	uint64_t k = w << 16;

	return (k ^ k >> 29) * HASH_1;
}

static inline uint32_t
edge_1_1(uint64_t w)
{
	return (uint16_t)(w >> 16);
}

static inline uint32_t
edge_1_3(uint64_t w)
{
	return EDGE_BITS + ((uint32_t)(w >> 16) * HASH_32 >> 15);
}

static inline uint32_t
edge_3_1(uint64_t w)
{
	return EDGE_BITS + EDGE_HASHED + ((uint32_t)w * HASH_32 >> 15);
}

static inline int
is_after(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Is P, where a character begins, such a place?  Three bytes come before. */
static inline int
span_place(const uint8_t *p)
{
	return p[0] >= 0xe0 || (is_after(p[-1]) && is_after(p[-2]));
}

/*
 * The trie steps by units: two ASCII characters, or one (before the end or
 * before a non-ASCII one), or one character of several bytes, or what the
 * end left of one, or a single byte of a character whose beginning went
 * into the token before.  A node is the number of its slot:
 *
 *	(parent << 21 | unit) << 23 | token << 5 | flags
 *
 * where token is the longest token that the path spells or begins with.  Two
 * of the flags tell how many bytes it is shorter than the path, if few.
 */
#define TRIE_ROOT 0xfffffu
#define TRIE_PART 2u /* a token ends inside of a unit that may follow */
#define TRIE_KIDS 4u
#define TRIE_LESS(s) ((unsigned)((s) >> 3) & 3u)
#define TRIE_MUCH_LESS 3u /* at least: see the token's length */
#define TRIE_KEY(s) ((s) >> 23)
#define TRIE_TOK(s) ((uint32_t)((s) >> 5) & ID_MASK)

/*
 * roots: the lower half of the slots of the nodes right below the root, by
 * the unit: single bytes, pairs of ASCII characters, characters of two bytes,
 * characters of three and four bytes.  The latter are found by blocks of 64:
 * the word at ROOT_BLOCK is the slot of them all, or ROOT_OWN and where the
 * block's are, or ROOT_EITHER and where there are two slots and a bit for each
 * character, which says whose is the second one.  A character has in its slot
 * how many tokens it is, and ROOT_ODD if they are not the longest one and
 * single bytes after it.
 *
 * Nodes with these numbers plus ROOT_NODE have no slot in the trie, but for
 * the characters of four bytes: what tokens begin with has a node there too.
 */
#define ROOT_PAIR 256u
#define ROOT_TWO (ROOT_PAIR + 16384u)
#define ROOT_BLOCK (ROOT_TWO + 2048u)
#define ROOT_BLOCKS (0x110000u / 64)
#define ROOT_BLOCKS_END (ROOT_BLOCK + ROOT_BLOCKS)
#define ROOT_WIDE 32768u
#define ROOT_END (ROOT_WIDE + 65536u)
#define ROOT_NODE (1u << 19)
#define ROOT_OWN (1u << 31)
#define ROOT_EITHER (1u << 30)
#define ROOT_COUNT(r) ((r) >> 23 & 7u)
#define ROOT_COUNT_SHIFT 23
#define ROOT_ODD (1u << 26)

/*
 * runs: of each ASCII character the nodes of 8, 16, ... of them in a row; none
 * is TRIE_ROOT.
 */
#define RUN_STEP 8
#define RUN_NODES 16

#define UNIT_PAIR 0x110000u  /* | first << 7 | second */
#define UNIT_BYTE 0x114000u  /* | a byte of 0x80 or more, alone */
#define UNIT_PART2 0x118000u /* | 2 bytes of a longer one, 5 and 6 bits */
#define UNIT_PART3 0x120000u /* | 3 bytes of 4: 3, 6 and 6 bits */

static inline uint64_t
trie_key(uint32_t node, uint32_t unit)
{
	return (uint64_t)node << 21 | unit;
}

static inline uint64_t
trie_hash(uint64_t key)
{
	return (key ^ key >> 19) * HASH_1;
}

/* How many bytes the UTF-8 sequence that begins with LEAD has. */
static inline unsigned
utf8_width(uint8_t lead)
{
	return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The character of WIDTH bytes, two to four, at P. */
static inline uint32_t
unit_of_width(const uint8_t *p, unsigned width)
{
	if (width == 2)
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	if (width == 3)
		return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 |
		       (p[2] & 0x3fu);
	return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
	       (p[3] & 0x3fu);
}

/*
 * The unit of the N bytes at P, which are one ASCII character or at most
 * one sequence of valid UTF-8, cut short or not.
 */
static inline uint32_t
unit_of(const uint8_t *p, unsigned n)
{
	unsigned width = utf8_width(p[0]);

	if (p[0] < 0x80)
		return p[0];
	if (n == 1)
		return UNIT_BYTE | p[0];
	if (n == width)
		return unit_of_width(p, n);
	if (n == 2)
		return UNIT_PART2 | (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	return UNIT_PART3 | (p[0] & 7u) << 12 | (p[1] & 0x3fu) << 6 |
	       (p[2] & 0x3fu);
}

/* The bytes of the unit at P, before END. */
static inline unsigned
unit_len(const uint8_t *p, const uint8_t *end)
{
	unsigned width = utf8_width(p[0]);

	if (p[0] < 0x80)
		return end - p > 1 && p[1] < 0x80 ? 2 : 1;
	return end - p < (long)width ? (unsigned)(end - p) : width;
}

static inline uint32_t
unit_at(const uint8_t *p, unsigned n)
{
	if (n == 2 && p[0] < 0x80)
		return UNIT_PAIR | (uint32_t)p[0] << 7 | p[1];
	return unit_of(p, n);
}

/* The root's number of the unit of N bytes at P, or ROOT_END. */
static inline uint32_t
root_number(const uint8_t *p, unsigned n)
{
	if (n == 1)
		return p[0];
	if (n == 2 && p[0] < 0x80)
		return ROOT_PAIR + ((uint32_t)p[0] << 7 | p[1]);
	if (n == 2 && p[0] < 0xe0)
		return ROOT_TWO + unit_of(p, 2);
	if (n == 3 && p[0] < 0xf0)
		return ROOT_WIDE + unit_of(p, 3);
	return ROOT_END;
}

#endif
