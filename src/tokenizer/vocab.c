#include "vocab.h"

void
vocab_open(struct vocab *v, const void *image)
{
	const struct image *im = image;
	const uint8_t *base = image;

	v->rec = (const void *)(base + im->rec);
	v->split = (const void *)(base + im->split);
	v->words = (const void *)(base + im->words);
	v->pairs = (const void *)(base + im->pairs);
	v->trie = (const void *)(base + im->trie);
	v->near = (const void *)(base + im->near);
	v->tail = base + im->tail;
	v->words_shift = im->words_shift;
	v->pairs_shift = im->pairs_shift;
	v->trie_size = im->trie_size;
	v->ntok = im->ntok;
	v->maxlen = im->maxlen;
}

/* The slot of NODE's child by UNIT, or TRIE_ROOT if there is none. */
static inline uint32_t
find_child(const struct vocab *v, uint32_t node, uint32_t unit)
{
	uint64_t key = trie_key(node, unit);
	uint32_t i = trie_slot(key, v->trie_size);

	for (;; i = i + 1 < v->trie_size ? i + 1 : 0) {
		if (v->trie[i] == 0)
			return TRIE_ROOT;
		if (TRIE_KEY(v->trie[i]) == key)
			return i;
	}
}

uint32_t
vocab_longest(const struct vocab *v, const uint8_t *p, const uint8_t *end)
{
	uint32_t node = TRIE_ROOT, token = ID_NONE;
	bool part = true;

	while (p < end) {
		unsigned n = unit_len(p, end);
		uint32_t next = find_child(v, node, unit_at(p, n));

		if (next == TRIE_ROOT) {
			/* Perhaps a token ends within this unit. */
			while (part && --n > 0) {
				next = find_child(v, node, unit_at(p, n));
				if (next != TRIE_ROOT)
					return TRIE_TOK(v->trie[next]);
			}
			break;
		}
		token = TRIE_TOK(v->trie[next]);
		part = v->trie[next] & TRIE_PART;
		if (!(v->trie[next] & TRIE_KIDS))
			break;
		node = next;
		p += n;
	}
	return token;
}

/* The token that LEFT and RIGHT merge into, or ID_NONE. */
static inline uint32_t
find_pair(const struct vocab *v, uint32_t left, uint32_t right)
{
	uint64_t h = pair_hash(left, right);
	uint64_t mask = ((uint64_t)1 << (64 - v->pairs_shift)) - 1;
	uint32_t tag = hash_tag(h, v->pairs_shift);

	for (uint64_t i = h >> v->pairs_shift;; i = (i + 1) & mask) {
		uint32_t slot = v->pairs[i];

		if (slot == SLOT_EMPTY)
			return ID_NONE;
		if ((slot & ~ID_MASK) == tag) {
			uint64_t s = v->split[slot & ID_MASK];

			if (SPLIT_LEFT(s) == left && SPLIT_RIGHT(s) == right)
				return slot & ID_MASK;
		}
	}
}

/*
 * A lower bound for the rank of any merge across P, where LEFT and RIGHT, or
 * their parts, meet.
 */
static inline uint32_t
meet_bound(
    const struct vocab *v, uint32_t left, uint32_t right, const uint8_t *p)
{
	uint32_t bound = v->near[near_byte(p)], bound2;

	if (vocab_len(v, left) > 1 && vocab_len(v, right) > 1) {
		bound2 = v->near[near_bytes(p)];
		if (bound2 < bound)
			bound = bound2;
	}
	return bound * NEAR_UNIT;
}

/*
 * Undo the merges of both from the last one back.  Before each one that is
 * undone, the last part of LEFT and the first of RIGHT were neighbours; had
 * they a merge of a rank that comes sooner, it would have been made.  Of
 * equal ranks the left one comes first.  Once all that is left to undo comes
 * before any merge that there is across such bytes, the answer is known.
 */
bool
vocab_may_follow(const struct vocab *v, uint32_t left, uint32_t right,
    const uint8_t *p, bool meet)
{
	uint32_t bound = meet_bound(v, left, right, p);

	if (meet && find_pair(v, left, right) != ID_NONE)
		return false;
	while (left >= bound || right >= bound) {
		uint64_t split_left = v->split[left];
		uint64_t split_right = v->split[right];
		uint32_t limit; /* a merge below this comes first */

		/* A single byte has no merge to undo. */
		if (SPLIT_RIGHT(split_left) != ID_NONE &&
		    (left > right || SPLIT_LEFT(split_right) == ID_NONE)) {
			limit = left;
			left = SPLIT_RIGHT(split_left);
		} else if (SPLIT_LEFT(split_right) != ID_NONE) {
			limit = right + 1;
			right = SPLIT_LEFT(split_right);
		} else {
			break;
		}
		if (find_pair(v, left, right) < limit)
			return false;
	}
	return true;
}
