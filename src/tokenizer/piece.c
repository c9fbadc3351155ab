#include "piece.h"

#include "merge.h"

/*
 * Has it characters of three bytes or more?  The first merges of one only
 * yield the character, which a walk of the trie finds at once.
 */
static inline bool
has_wide(struct word w)
{
	uint64_t lo = w.lo & w.lo << 1 & w.lo << 2;
	uint64_t hi = w.hi & w.hi << 1 & w.hi << 2;

	return ((lo | hi) & 0x8080808080808080u) != 0;
}

static unsigned
encode_word(struct engine *e, const uint8_t *p, size_t len, struct word w,
    uint32_t ids[BPE_SHORT])
{
	return has_wide(w) ? bpe_short(&e->v, p, len, ids)
	                   : merge_word(&e->v, p, len, ids);
}

/* Hand over N tokens, and keep in ENTRY what has room there. */
static void
put(struct sink *sink, struct memo_ids *entry, const uint32_t *ids, unsigned n)
{
	for (unsigned i = 0; i < n && i < MEMO_IDS; i++)
		entry->id[i] = ids[i];
	entry->id[0] |= n << ID_BITS;
	sink_put_all(sink, ids, n);
}

/* Hand over what ENTRY has.  False if it has not all of it. */
static bool
put_again(struct sink *sink, const struct memo_ids *entry)
{
	unsigned n = entry->id[0] >> ID_BITS;

	if (n > MEMO_IDS)
		return false;
	sink_put(sink, entry->id[0] & ID_MASK);
	for (unsigned i = 1; i < n; i++)
		sink_put(sink, entry->id[i]);
	return true;
}

void
piece_word(
    struct engine *e, const uint8_t *p, size_t len, struct word w, uint64_t h)
{
	size_t place = memo_place(&e->memo, h);
	struct memo_count *count = &e->memo.entry.count[place];
	struct memo_ids *entry = &e->memo.entry.ids[place];
	uint32_t ids[BPE_SHORT];

	if (e->sink->ids == NULL) {
		if (count->key.lo != w.lo || count->key.hi << 4 != w.hi << 4) {
			count->key = w;
			count->key.hi |=
			    (uint64_t)encode_word(e, p, len, w, ids) << 60;
		}
		e->sink->n += count->key.hi >> 60;
		return;
	}
	if (entry->key.lo == w.lo && entry->key.hi == w.hi &&
	    put_again(e->sink, entry))
		return;
	entry->key = w;
	put(e->sink, entry, ids, encode_word(e, p, len, w, ids));
}

/* Is it what KEY has, but for the bits of HI that are not in MASK? */
static inline bool
long_met(struct word key, const uint8_t *p, size_t len, uint64_t mask)
{
	return (key.hi & mask) == (len | LONG_MARK) &&
	       memcmp((const void *)(uintptr_t)key.lo, p, len) == 0;
}

static void
count_long(
    struct engine *e, struct memo_count *entry, const uint8_t *p, size_t len)
{
	struct sink sink = {.n = 0};

	if (!long_met(
		entry->key, p, len, ~((uint64_t)UINT16_MAX << NUMBER_SHIFT))) {
		bpe_long(&e->v, &sink, p, len);
		entry->key.lo = (uintptr_t)p;
		entry->key.hi = len | LONG_MARK | sink.n << NUMBER_SHIFT;
	}
	e->sink->n += (uint16_t)(entry->key.hi >> NUMBER_SHIFT);
}

/*
 * Keep in ENTRY what came to SINK after the first BEFORE tokens; nothing if
 * it is too much, or gone already.
 */
static void
remember(struct memo_ids *entry, const struct sink *sink, size_t before)
{
	size_t n = sink->n - before;

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
	struct memo_ids *entry;
	struct word ends;
	size_t place, n = e->sink->n;

	if (len > MEMO_LONG) {
		bpe_long(&e->v, e->sink, p, len);
		return;
	}
	memcpy(&ends.lo, p, 8);
	memcpy(&ends.hi, p + len - 8, 8);
	place = memo_place(&e->memo, long_hash(ends.lo ^ len, ends.hi));
	if (e->sink->ids == NULL) {
		count_long(e, &e->memo.entry.count[place], p, len);
		return;
	}
	entry = &e->memo.entry.ids[place];
	if (long_met(entry->key, p, len, ~(uint64_t)0) &&
	    put_again(e->sink, entry))
		return;
	entry->key.lo = (uintptr_t)p;
	entry->key.hi = len | LONG_MARK;
	bpe_long(&e->v, e->sink, p, len);
	remember(entry, e->sink, n);
}
