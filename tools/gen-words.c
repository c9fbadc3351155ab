/*
 * The tables of words of an image: see image.h and words.h.
 */
#include <stdlib.h>
#include <string.h>

#include "gen-vocab.h"

#include "../src/tokenizer/words.h"

/*
 * Tokens of a rank below this are the frequent ones: all that r50k_base has,
 * which uses the image of p50k_base and must not find others in hot tables.
 */
#define HOT_RANKS 50256

#define PERCENT_HOT 60
#define PERCENT_COLD 75

struct key {
	uint64_t lo, hi, h; /* as in a struct rest_entry, and the hash */
};

static int
is_word(const struct token *t)
{
	return t->len > 0 && t->len <= WORD_MAX;
}

static int
is_long(unsigned table)
{
	return table == HOT_LONG || table == COLD_LONG;
}

static struct key
key_of(const struct token *t)
{
	uint8_t b[16] = {0};
	struct word w = {0, 0};

	memcpy(b, t->b, t->len);
	if (t->len <= SHORT_MAX) {
		w.lo = word_short(b, t->len);
		return (struct key){w.lo, w.hi, short_hash(w.lo)};
	}
	w = word_long(b, t->len);
	return (struct key){w.lo, w.hi, long_hash(w.lo, w.hi)};
}

static unsigned
table_of(uint32_t rank)
{
	if (token[rank].len <= SHORT_MAX)
		return rank < HOT_RANKS ? HOT_SHORT : COLD_SHORT;
	return rank < HOT_RANKS ? HOT_LONG : COLD_LONG;
}

/* Slots in a bucket of TABLE. */
static unsigned
slots(unsigned table)
{
	return is_long(table) ? BUCKET_WORDS / 2 : BUCKET_WORDS;
}

/* Put the token in TABLE; false if its bucket is full. */
static int
put_word(const struct image *im, uint8_t *image, unsigned table, uint32_t rank)
{
	struct key k = key_of(&token[rank]);
	uint32_t bits = im->words_bits[table], none = (1u << bits) - 1;
	uint64_t *slot = (void *)(image + im->words[table]);
	unsigned wide = BUCKET_WORDS / slots(table);

	slot += (size_t)hash_bucket(k.h, im->words_size[table]) * BUCKET_WORDS;
	for (unsigned i = 0; i < BUCKET_WORDS; i += wide) {
		uint64_t *s = &slot[i + wide - 1];

		if ((*s & none) != none)
			continue;
		slot[i] = k.lo; /* that of a short word is overwritten */
		*s = word_tag(k.h, bits) | rank;
		return 1;
	}
	return 0;
}

/*
 * An empty slot has the tag of the first hash that belongs to the next
 * bucket, and so to none in this one.
 */
static void
clear(const struct image *im, uint8_t *image, unsigned table)
{
	uint32_t size = im->words_size[table], bits = im->words_bits[table];
	uint64_t *slot = (void *)(image + im->words[table]);
	unsigned wide = BUCKET_WORDS / slots(table);

	for (uint64_t b = 0; b < size; b++) {
		uint64_t next = (((b + 1) << 32) + size - 1) / size;

		for (unsigned i = wide - 1; i < BUCKET_WORDS; i += wide)
			slot[b * BUCKET_WORDS + i] =
			    word_tag(next << 32, bits) | ((1u << bits) - 1);
	}
}

static void
put_rest(struct rest_entry *rest, uint32_t size, struct key k, uint32_t rank)
{
	uint32_t i = hash_bucket(rest_hash(k.h), size);

	while (rest[i].id != ID_NONE)
		i = i + 1 < size ? i + 1 : 0;
	rest[i].lo = k.lo;
	rest[i].hi = k.hi;
	rest[i].id = rank;
}

/* Fill the tables, and REST with what has no room, if it is not NULL. */
static uint32_t
fill(const struct image *im, uint8_t *image, struct rest_entry *rest,
    uint64_t *maybe)
{
	uint32_t left = 0;

	for (unsigned i = 0; i < WORD_TABLES; i++)
		clear(im, image, i);
	for (uint32_t r = 0; r < ntok; r++) {
		unsigned table = table_of(r);
		int is_hot = table == HOT_SHORT || table == HOT_LONG;
		unsigned cold = is_long(table) ? COLD_LONG : COLD_SHORT;
		struct key k;

		if (!is_word(&token[r]) ||
		    (is_hot && put_word(im, image, table, r)))
			continue;
		k = key_of(&token[r]);
		if (maybe != NULL)
			maybe[maybe_place(k.h)] |= maybe_bits(k.h);
		if (put_word(im, image, cold, r))
			continue;
		left++;
		if (rest != NULL)
			put_rest(rest, im->rest_size, k, r);
	}
	return left;
}

/* As few bits as will do for an id, and none that is all ones. */
static uint32_t
bits_for(uint32_t n)
{
	uint32_t bits = WORD_SPARE;

	while ((1u << bits) - 1 < n)
		bits++;
	return bits;
}

void
words_plan(struct image *im)
{
	uint32_t n[WORD_TABLES] = {0}, at = 0;
	struct image trial = *im;
	uint8_t *image;

	for (uint32_t r = 0; r < ntok; r++)
		if (is_word(&token[r]))
			n[table_of(r)]++;
	for (unsigned i = 0; i < WORD_TABLES; i++) {
		int is_hot = i == HOT_SHORT || i == HOT_LONG;
		uint32_t full =
		    slots(i) * (is_hot ? PERCENT_HOT : PERCENT_COLD);
		uint32_t bits = bits_for(is_hot ? HOT_RANKS : ntok);
		uint32_t size = n[i] * 100 / full + 1;

		/* So that no two hashes of a bucket have the same tag. */
		while (((uint64_t)1 << 32) / size + 2 >
		       (uint64_t)1 << (32 + WORD_SPARE - bits))
			size++;
		im->words_size[i] = trial.words_size[i] = size;
		im->words_bits[i] = trial.words_bits[i] = bits;
		trial.words[i] = at;
		at += size * BUCKET_WORDS * 8;
	}
	image = alloc(1, at);
	im->rest_size = fill(&trial, image, NULL, NULL) * 2 + 1;
	free(image);
}

void
words_put(const struct image *im, uint8_t *image)
{
	struct rest_entry *rest = (void *)(image + im->rest);

	for (uint32_t i = 0; i < im->rest_size; i++)
		rest[i].id = ID_NONE;
	fill(im, image, rest, (void *)(image + im->maybe));
}
