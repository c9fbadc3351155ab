/*
 * The trie of an image and its roots: see image.h.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "gen-vocab.h"

/* The slots of all roots, by number; the trie's, as long as there is one. */
static uint32_t roots[ROOT_END];
static uint64_t *trie;
static uint32_t trie_size;
static uint64_t kids[1u << SET_WORDS_LOG];
static uint8_t begun[ROOT_BLOCKS]; /* tokens go on after such characters */
static uint32_t runs[128][RUN_NODES];

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

/* The longest token that the N bytes at B begin with. */
static uint32_t
longest(const uint8_t *b, uint32_t n)
{
	uint32_t r;

	while ((r = find(b, n)) == ID_NONE)
		n--;
	return r;
}

/* The lower half of the slot of a node whose path is the N bytes at B. */
static uint32_t
node_value(const uint8_t *b, uint32_t n)
{
	uint32_t best = longest(b, n), less = n - token[best].len;

	if (less > TRIE_MUCH_LESS)
		less = TRIE_MUCH_LESS;
	return best << 5 | less << 3;
}

/* The slot of a character of N bytes. */
static uint32_t
root_value(const uint8_t *b, uint32_t n)
{
	uint32_t start[5] = {0, 1, 2, 3, 4}, parts = n,
		 value = node_value(b, n);

	for (;;) {
		uint32_t best = ID_NONE, at = 0;

		for (uint32_t i = 0; i + 2 <= parts; i++) {
			uint32_t r =
			    find(b + start[i], start[i + 2] - start[i]);

			if (r < best) {
				best = r;
				at = i;
			}
		}
		if (best == ID_NONE)
			break;
		memmove(&start[at + 1], &start[at + 2],
		    (parts - at - 1) * sizeof(start[0]));
		parts--;
	}
	value |= parts << ROOT_COUNT_SHIFT;
	return parts == TRIE_LESS(value) + 1 && start[1] == n - TRIE_LESS(value)
	           ? value
	           : value | ROOT_ODD;
}

/* The slots of the characters of four bytes in a block. */
static void
astral_block(uint32_t block, uint32_t slots[64])
{
	for (uint32_t i = 0; i < 64; i++) {
		uint32_t cp = block * 64 + i;
		uint8_t b[4] = {(uint8_t)(0xf0 | cp >> 18),
		    (uint8_t)(0x80 | (cp >> 12 & 63)),
		    (uint8_t)(0x80 | (cp >> 6 & 63)),
		    (uint8_t)(0x80 | (cp & 63))};

		slots[i] = root_value(b, 4);
		if (begun[block])
			slots[i] |= TRIE_KIDS;
	}
}

static void
make_roots(void)
{
	for (unsigned i = 0; i < 0x10000; i++) {
		uint8_t one = (uint8_t)i;
		uint8_t pair[2] = {(uint8_t)(i >> 7 & 127), (uint8_t)(i & 127)};
		uint8_t two[2] = {
		    (uint8_t)(0xc0 | i >> 6), (uint8_t)(0x80 | (i & 63))};
		uint8_t three[3] = {(uint8_t)(0xe0 | i >> 12),
		    (uint8_t)(0x80 | (i >> 6 & 63)),
		    (uint8_t)(0x80 | (i & 63))};

		if (i < 256)
			roots[root_number(&one, 1)] = node_value(&one, 1);
		if (i < 128 * 128)
			roots[root_number(pair, 2)] = node_value(pair, 2);
		if (i < 0x800)
			roots[root_number(two, 2)] = root_value(two, 2);
		roots[root_number(three, 3)] = root_value(three, 3);
	}
}

/* Set FLAG of a node. */
static void
set_flag(uint32_t node, uint32_t flag)
{
	if (node >= ROOT_NODE && node != TRIE_ROOT)
		roots[node - ROOT_NODE] |= flag;
	else if (node != TRIE_ROOT)
		trie[node] |= flag;
}

/* The node below PARENT by UNIT, made if need be; its path is N bytes at B. */
static uint32_t
child(uint32_t parent, uint32_t unit, const uint8_t *b, uint32_t n)
{
	uint64_t key = trie_key(parent, unit), hash = trie_hash(key);
	uint32_t i = hash_bucket(hash, trie_size) * BUCKET;

	for (; trie[i] != 0; i = i + 1 < trie_size * BUCKET ? i + 1 : 0)
		if (TRIE_KEY(trie[i]) == key)
			return i;
	trie[i] = key << 23 | node_value(b, n);
	set_flag(parent, TRIE_KIDS);
	kids[set_place(hash)] |=
	    parent - ROOT_NODE - ROOT_PAIR < 128 * 128 ? set_bits(hash) : 0;
	return i;
}

/* The N bytes at B lead to NODE: is that a run of one ASCII character? */
static void
put_run(const uint8_t *b, uint32_t n, uint32_t node)
{
	if (n % RUN_STEP == 0 && n / RUN_STEP <= RUN_NODES && b[0] < 0x80 &&
	    memcmp(b, b + 1, n - 1) == 0)
		runs[b[0]][n / RUN_STEP - 1] = node;
}

/* Add the tokens to the trie, or only count the units if there is none. */
static uint32_t
add_tokens(void)
{
	uint32_t units = 0;

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];
		const uint8_t *p = t->b, *end = p + t->len;
		uint32_t node = TRIE_ROOT;

		if (t->len == 0 || !is_piece(t))
			continue;
		while (p < end) {
			unsigned n = unit_len(p, end);
			uint32_t unit = unit_at(p, n);
			uint32_t root =
			    p == t->b ? root_number(p, n) : ROOT_END;
			int part = p[0] < 0x80 ? n == 1 : n < utf8_width(p[0]);

			if (part && trie != NULL)
				set_flag(node, TRIE_PART);
			if (p == t->b && n == 4 && t->len > 4)
				begun[unit / 64] = 1;
			p += n;
			units += root == ROOT_END;
			if (root != ROOT_END)
				node = ROOT_NODE + root;
			else if (trie != NULL)
				node = child(
				    node, unit, t->b, (uint32_t)(p - t->b));
			if (trie != NULL)
				put_run(t->b, (uint32_t)(p - t->b), node);
		}
	}
	return units;
}

/*
 * Put a block's slots where TO, which may be NULL, has the word AT; returns how
 * many words that takes.  *BLOCK is what stands for the block.
 */
static uint32_t
pack_block(const uint32_t slots[64], uint32_t at, uint32_t *block, uint32_t *to)
{
	uint32_t other = 0, two[4] = {slots[0], 0, 0, 0}, n = 4;

	for (uint32_t i = 0; i < 64; i++) {
		if (slots[i] == slots[0])
			continue;
		if (other != 0 && slots[i] != two[1])
			n = 64;
		two[1] = slots[i];
		two[2 + i / 32] |= 1u << i % 32;
		other++;
	}
	if (other == 0)
		n = 0;
	*block = n == 0 ? slots[0] : n == 4 ? ROOT_EITHER | at : ROOT_OWN | at;
	if (to != NULL)
		memcpy(to + at, n == 4 ? two : slots, n * sizeof(*to));
	return n;
}

/* How many words of the image's section the roots take; to OUT, if given. */
static uint32_t
pack_roots(uint32_t *out)
{
	uint32_t n = ROOT_BLOCKS_END, astral[64], block;

	if (out != NULL)
		memcpy(out, roots, ROOT_BLOCK * sizeof(*out));
	for (uint32_t i = 0; i < ROOT_BLOCKS; i++) {
		if (i >= 1024)
			astral_block(i, astral);
		n += pack_block(i < 1024 ? &roots[ROOT_WIDE + i * 64] : astral,
		    n, &block, out);
		if (out != NULL)
			out[ROOT_BLOCK + i] = block;
	}
	return n;
}

void
trie_plan(struct image *im, uint32_t *roots_size)
{
	uint32_t nodes = 0;

	make_roots();
	trie_size = buckets(add_tokens(), 50);
	if (trie_size > ROOT_NODE / BUCKET)
		trie_size = ROOT_NODE / BUCKET;
	trie = alloc(trie_size, BUCKET * sizeof(*trie));
	add_tokens();
	for (uint32_t i = 0; i < trie_size * BUCKET; i++)
		nodes += trie[i] != 0;
	free(trie);
	im->trie_size = buckets(nodes, 75);
	if (im->trie_size > ROOT_NODE / BUCKET)
		errx(1, "the trie is too large");
	*roots_size = pack_roots(NULL);
}

void
trie_put(const struct image *im, uint8_t *image)
{
	make_roots();
	memset(kids, 0, sizeof(kids));
	for (unsigned i = 0; i < 128 * RUN_NODES; i++)
		runs[i / RUN_NODES][i % RUN_NODES] = TRIE_ROOT;
	trie = (void *)(image + im->trie);
	trie_size = im->trie_size;
	add_tokens();
	pack_roots((void *)(image + im->roots));
	memcpy(image + im->kids, kids, sizeof(kids));
	memcpy(image + im->runs, runs, sizeof(runs));
}
