/*
 * gen-vocab.h - what the sources of gen-vocab share.
 */
#ifndef GEN_VOCAB_H
#define GEN_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "../src/tokenizer/image.h"

#define TOKEN_MAX 255

struct token {
	const uint8_t *b;
	uint32_t len; /* 0: no such rank */
	uint32_t left, right, prefix;
};

/* The vocabulary, by rank. */
extern struct token *token;
extern uint32_t ntok;
extern uint32_t maxlen;

/* Memory set to zero, or the end of the program. */
void *alloc(size_t n, size_t size);

/* The rank of the token with these bytes, ID_NONE if there is none. */
uint32_t find(const uint8_t *b, uint32_t len);

/* How many buckets of four it takes to be PERCENT full. */
uint32_t buckets(uint32_t entries, uint32_t percent);

/* Put ID in a hash of SIZE buckets, see hash_tag. */
void put_slot(uint32_t *slot, uint32_t size, uint64_t h, uint32_t id);

/*
 * The tables of words.  words_plan decides on their sizes; words_put fills
 * them and, with what finds no room, the rest.
 */
void words_plan(struct image *im);
void words_put(const struct image *im, uint8_t *image);

/*
 * The trie.  trie_plan decides on the sizes of it and of the roots; trie_put
 * fills the sections.
 */
void trie_plan(struct image *im, uint32_t *roots_size);
void trie_put(const struct image *im, uint8_t *image);

/* The whole image; *SIZE bytes. */
uint8_t *image_build(uint32_t *size);

#endif
