/*
 * The trie of an image: see image.h.
 */
#include <stdlib.h>

#include "gen-vocab.h"

/* Can the token be a piece of valid UTF-8, cut anywhere? */
static int
is_piece(const struct token *t)
{
	uint32_t i = 0;

	while (i < t->len && i < 3 && (t->b[i] & 0xc0) == 0x80)
		i++;
	while (i < t->len) {
		unsigned width = utf8_width(t->b[i]);

		if ((t->b[i] & 0xc0) == 0x80)
			return 0;
		for (i++; width > 1 && i < t->len; width--, i++)
			if ((t->b[i] & 0xc0) != 0x80)
				return 0;
	}
	return 1;
}

/* The longest proper token that the N bytes at B begin with. */
static uint32_t
longest(const uint8_t *b, uint32_t n)
{
	for (;; n--) {
		uint32_t r = find(b, n);

		if (r != ID_NONE && token[r].proper)
			return r;
	}
}

/* The node below PARENT by UNIT, made if need be; its path is N bytes at B. */
static uint32_t
child(uint64_t *trie, uint32_t size, uint32_t parent, uint32_t unit,
    const uint8_t *b, uint32_t n)
{
	uint64_t key = trie_key(parent, unit);
	uint32_t i = hash_bucket(trie_hash(key), size) * BUCKET;
	uint32_t best, less;

	for (; trie[i] != 0; i = i + 1 < size * BUCKET ? i + 1 : 0)
		if (TRIE_KEY(trie[i]) == key)
			return i;
	best = longest(b, n);
	less = n - token[best].len;
	if (less > TRIE_MUCH_LESS)
		less = TRIE_MUCH_LESS;
	trie[i] = key << 23 | (uint64_t)best << 5 | less << 3 | TRIE_USED;
	if (parent != TRIE_ROOT)
		trie[parent] |= TRIE_KIDS;
	return i;
}

/* Add the tokens to TRIE, or only count the units if it is NULL. */
static uint32_t
put_trie(uint64_t *trie, uint32_t size)
{
	uint32_t units = 0;

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];
		const uint8_t *p = t->b, *end = p + t->len;
		uint32_t node = TRIE_ROOT;

		if (t->len == 0 || !t->proper || !is_piece(t))
			continue;
		while (p < end) {
			unsigned n = unit_len(p, end);
			uint32_t unit = unit_at(p, n);
			int part = p[0] < 0x80 ? n == 1 : n < utf8_width(p[0]);

			units++;
			if (part && trie != NULL && node != TRIE_ROOT)
				trie[node] |= TRIE_PART;
			p += n;
			if (trie != NULL)
				node = child(trie, size, node, unit, t->b,
				    (uint32_t)(p - t->b));
		}
	}
	return units;
}

/* Build it once with room for each unit. */
uint32_t
trie_nodes(void)
{
	uint32_t size = buckets(put_trie(NULL, 0), 50), nodes = 0;
	uint64_t *trie;

	if (size > TRIE_ROOT / BUCKET)
		size = TRIE_ROOT / BUCKET;
	trie = alloc(size, BUCKET * sizeof(*trie));
	put_trie(trie, size);
	for (uint32_t i = 0; i < size * BUCKET; i++)
		nodes += trie[i] != 0;
	free(trie);
	return nodes;
}

void
trie_put(uint64_t *trie, uint32_t size)
{
	put_trie(trie, size);
}
