#include "piece.h"

/* Hand over N tokens, and keep in ENTRY what has room there. */
static void
put(struct engine *e, struct memo_entry *entry, const uint32_t *ids, unsigned n)
{
	for (unsigned i = 0; i < n && i < MEMO_IDS; i++)
		entry->id[i] = ids[i];
	entry->id[0] |= n << ID_BITS;
	if (e->sink->ids == NULL) {
		e->sink->n += n;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		sink_put(e->sink, ids[i]);
}

/* Hand over what ENTRY has.  False if it has not all that is wanted. */
static bool
put_again(struct engine *e, const struct memo_entry *entry)
{
	unsigned n = entry->id[0] >> ID_BITS;

	if (e->sink->ids == NULL) {
		e->sink->n += n;
		return true;
	}
	if (n > MEMO_IDS)
		return false;
	sink_put(e->sink, entry->id[0] & ID_MASK);
	for (unsigned i = 1; i < n; i++)
		sink_put(e->sink, entry->id[i]);
	return true;
}

/*
 * Has it characters of three bytes or more?  The first merges of one only
 * yield the character, which a walk of the trie finds at once.
 */
static inline bool
has_wide(struct word_key key)
{
	uint64_t lo = key.lo & key.lo << 1 & key.lo << 2;
	uint64_t hi = key.hi & key.hi << 1 & key.hi << 2;

	return ((lo | hi) & 0x8080808080808080u) != 0;
}

void
piece_short(struct engine *e, const uint8_t *p, size_t len, struct word_key key,
    uint64_t h)
{
	struct memo_entry *entry = piece_memo(&e->memo, h);
	uint32_t ids[BPE_SHORT];

	if (entry->key.lo == key.lo && entry->key.hi == key.hi &&
	    put_again(e, entry))
		return;
	entry->key = key;
	put(e, entry, ids,
	    has_wide(key) ? bpe_short(&e->v, p, len, ids)
			  : bpe_merge(&e->v, p, len, ids));
}

/*
 * Keep in ENTRY what came to SINK after the first BEFORE tokens; nothing if
 * it is too much, or gone already.
 */
static void
remember(struct memo_entry *entry, const struct sink *sink, size_t before)
{
	size_t n = sink->n - before;

	memset(entry->id, 0, sizeof(entry->id));
	if (sink->ids == NULL) {
		entry->id[0] = (uint32_t)n << ID_BITS;
		return;
	}
	if (n > MEMO_IDS || before < sink->base ||
	    sink->n - sink->base > sink->room) {
		entry->key.hi = 0;
		return;
	}
	memcpy(entry->id, sink->ids + (before - sink->base),
	    n * sizeof(entry->id[0]));
	entry->id[0] |= (uint32_t)n << ID_BITS;
}

void
piece_long(struct engine *e, const uint8_t *p, size_t len)
{
	struct word_key key = {(uintptr_t)p, len | LONG_MARK}, ends;
	struct memo_entry *entry;
	uint32_t ids[BPE_SHORT];
	struct sink *sink = e->sink;
	size_t n = sink->n;

	if (len > MEMO_LONG) {
		bpe_long(&e->v, sink, p, len);
		return;
	}
	memcpy(&ends.lo, p, 8);
	memcpy(&ends.hi, p + len - 8, 8);
	entry =
	    &e->memo
		 .entry[word_hash(ends.lo ^ len, ends.hi) >> 16 & e->memo.mask];
	if (entry->key.hi == key.hi &&
	    memcmp((const void *)(uintptr_t)entry->key.lo, p, len) == 0 &&
	    put_again(e, entry))
		return;
	entry->key = key;
	if (len <= BPE_SHORT) {
		put(e, entry, ids, bpe_short(&e->v, p, len, ids));
		return;
	}
	bpe_long(&e->v, sink, p, len);
	remember(entry, sink, n);
}

void
piece_any(struct engine *e, const uint8_t *p, size_t len)
{
	struct word_key key;
	uint64_t h;
	uint32_t id;

	if (len > REC_MAX) {
		piece_long(e, p, len);
		return;
	}
	key = word_key_safe(p, len);
	h = word_hash(key.lo, key.hi);
	id = vocab_word(&e->v, key, h);
	if (id != ID_NONE)
		sink_put(e->sink, id);
	else
		piece_short(e, p, len, key, h);
}
