#include "piece.h"

#include "path.h"
#include "run.h"

static inline bool
is_word(const struct piece *piece)
{
	return piece->len <= WORD_MAX;
}

/* What is remembered of a longer one than a word, next to where it is. */
static inline uint64_t
long_key(const struct engine *e, const struct piece *piece)
{
	return piece->len | e->memo.moved | LONG_MARK;
}

/* What is remembered of it, but for the number of tokens. */
static inline struct word
key_of(const struct engine *e, const struct piece *piece)
{
	return is_word(piece)
	           ? piece->w
	           : (struct word){(uintptr_t)piece->p, long_key(e, piece)};
}

static inline size_t
place_of(const struct engine *e, const struct piece *piece)
{
	return memo_place(&e->memo, piece->h);
}

/* Is it what KEY has, but for the bits of HI that are not in MASK? */
static inline bool
is_key(const struct engine *e, const struct piece *piece, struct word key,
    uint64_t mask)
{
	if (is_word(piece))
		return key.lo == piece->w.lo && (key.hi & mask) == piece->w.hi;
	return (key.hi & mask) == long_key(e, piece) &&
	       memcmp((const void *)(uintptr_t)key.lo, piece->p, piece->len) ==
	           0;
}

/* Encode one that is not to be merged. */
static void
encode_long(struct engine *e, struct sink *sink, const struct piece *piece,
    struct variety look)
{
	const uint8_t *p = piece->p;
	size_t len = piece->len;

	if (p[0] != p[1] || memcmp(p, p + 1, len - 1) != 0 ||
	    !run_encode(&e->v, sink, p, len))
		path_word(&e->v, &e->memo, sink, p, len, look);
}

/*
 * What is one like that is no word?  Where the way was the same for many short
 * ones in a row, only some are looked at; the others are taken to be like the
 * last one.
 */
#define SAME_ROW 8
static inline struct variety
look_at(struct ways *ways, const struct piece *piece)
{
	enum way way;

	if (piece->len > MERGE_MAX)
		return path_variety(piece->p, piece->len);
	if (ways->same >= SAME_ROW && ways->same++ % SAME_ROW != 0)
		return ways->look;
	ways->look = path_variety(piece->p, piece->len);
	way = ways_choice(ways, false, ways->look)->way;
	ways->same = way == ways->way ? ways->same + 1 : 0;
	ways->way = way;
	return ways->look;
}

/* C is told that LEN bytes, of characters of WIDTH, were merged to N tokens. */
static inline void
tell_merged(struct choice *c, size_t len, unsigned width, size_t n)
{
	choice_add(c, WAY_MERGE, len, cost_merged(len, width, n));
}

/* Merge one alone.  Returns how many tokens it is. */
static size_t
encode_merged(
    const struct engine *e, struct sink *sink, const struct piece *piece)
{
	uint32_t ids[MERGE_MAX];
	size_t n = merge_one(&e->v, piece->p, piece->len, ids);

	sink_put_all(sink, ids, n);
	return n;
}

/* One that is no word and does not wait. */
static void
encode_like(struct engine *e, struct sink *sink, const struct piece *piece,
    struct variety look)
{
	size_t len = piece->len;

	if (len <= MERGE_MAX) {
		struct choice *c = ways_choice(e->memo.ways, false, look);

		/* It may have become the way since it was looked at. */
		if (c->way == WAY_MERGE) {
			tell_merged(
			    c, len, look.width, encode_merged(e, sink, piece));
			return;
		}
	}
	encode_long(e, sink, piece, look);
}

/* One that does not wait, and is like LOOK, if that is not NULL. */
static void
encode(struct engine *e, struct sink *sink, const struct piece *piece,
    const struct variety *look)
{
	if (is_word(piece))
		encode_merged(e, sink, piece);
	else
		encode_like(e, sink, piece,
		    look != NULL ? *look : look_at(e->memo.ways, piece));
}

/* Let it wait if it is to be merged; if not, LOOK gets what it is like. */
static inline bool
put_off(struct engine *e, struct pieces *q, const struct piece *piece,
    size_t place, struct variety *look)
{
	struct ways *ways = e->memo.ways;
	unsigned j = q->merge.n;

	q->choice[j] = NULL;
	if (!is_word(piece)) {
		*look = look_at(ways, piece);
		if (piece->len > MERGE_MAX)
			return false;
		q->choice[j] = ways_choice(ways, false, *look);
		q->width[j] = (uint8_t)look->width;
		if (q->choice[j]->way != WAY_MERGE)
			return false;
	}
	q->key[j] = key_of(e, piece);
	q->place[j] = place;
	merge_add(&q->merge, piece->p, piece->len);
	return true;
}

/* The J-th was merged, to N tokens. */
static inline void
tell_choice(const struct pieces *q, unsigned j, size_t n)
{
	if (q->choice[j] != NULL)
		tell_merged(
		    q->choice[j], merge_len(&q->merge.job[j]), q->width[j], n);
}

/* Where the number of tokens is in an entry of such a length. */
static inline unsigned
number_shift(struct word key)
{
	return key.hi >> 56 == LONG_MARK >> 56 ? NUMBER_SHIFT : WORD_SHIFT;
}

/* Add N tokens, and remember that. */
static inline void
count(struct engine *e, size_t place, struct word key, size_t n)
{
	key.hi |= n << number_shift(key);
	e->memo.entry.count[place] = key;
	e->sink->n += n;
}

void
piece_count(struct engine *e, struct pieces *q, const struct piece *piece)
{
	struct sink sink = {.n = 0};
	struct variety look;
	size_t place;
	struct word key;

	if (piece->len > MEMO_LONG) {
		encode(e, e->sink, piece, NULL);
		return;
	}
	place = place_of(e, piece);
	key = e->memo.entry.count[place];
	if (is_word(piece)) {
		if (is_key(e, piece, key, ~(uint64_t)0 >> 4)) {
			e->sink->n += key.hi >> WORD_SHIFT;
			return;
		}
	} else if (is_key(e, piece, key,
		       ~((uint64_t)UINT16_MAX << NUMBER_SHIFT))) {
		e->sink->n += (uint16_t)(key.hi >> NUMBER_SHIFT);
		return;
	}
	if (q->merge.n == MERGE_JOBS)
		pieces_count(e, q);
	if (put_off(e, q, piece, place, &look))
		return;
	encode_long(e, &sink, piece, look);
	count(e, place, key_of(e, piece), sink.n);
}

void
pieces_count(struct engine *e, struct pieces *q)
{
	merge_all(&e->v, &q->merge);
	for (unsigned j = 0; j < q->merge.n; j++) {
		size_t n = merge_count(&q->merge.job[j]);

		count(e, q->place[j], q->key[j], n);
		tell_choice(q, j, n);
	}
	q->merge.n = 0;
}

/*
 * Is ENTRY that of PIECE, all of it?  A guess that took the place of ids has
 * its mark where no ids have anything.
 */
static inline bool
is_kept(const struct engine *e, const struct piece *piece,
    const struct memo_ids *entry)
{
	return is_key(e, piece, entry->key, ~(uint64_t)0) &&
	       entry->id[MEMO_IDS - 1] < GUESS_MARK >> 32;
}

static inline unsigned
number_kept(const struct memo_ids *entry)
{
	return entry->id[0] >> ID_BITS;
}

/* Are the tokens of ENTRY, which are too many for it, still in SINK? */
static inline bool
are_there(const struct sink *sink, const struct memo_ids *entry, size_t *at)
{
	uint64_t first;

	memcpy(&first, &entry->id[MEMO_IDS - 2], sizeof(first));
	*at = (size_t)first - sink->base;
	return first >= sink->base &&
	       sink->n - sink->base + number_kept(entry) <= sink->room;
}

/* Keep N tokens, IDS, which SINK has or gets next, as what KEY became. */
static void
keep(struct memo_ids *entry, const struct sink *sink, struct word key,
    const uint32_t *ids, size_t n)
{
	uint64_t first = sink->n;

	entry->key = key;
	for (size_t i = 0; i < MEMO_IDS; i++)
		entry->id[i] = ids[i < n ? i : 0];
	entry->id[0] |= (uint32_t)n << ID_BITS;
	if (n > MEMO_IDS)
		memcpy(&entry->id[MEMO_IDS - 2], &first, sizeof(first));
}

/* Those that ENTRY has, if they are few. */
static inline void
get_few(struct few *few, const struct memo_ids *entry)
{
	memcpy(few->ids, entry->id, sizeof(few->ids));
	few->ids[0] &= ~(uint64_t)UINT32_MAX | ID_MASK;
	few->n = number_kept(entry);
}

void
piece_wait(struct engine *e, struct pieces *q, const struct piece *piece,
    struct wait *wait)
{
	const struct memo_ids *entry;
	size_t place, at;

	wait->at = NOT_WAITING;
	wait->few.n = 0;
	wait->is_looked = false;
	if (piece->len > MERGE_MAX)
		return;
	place = place_of(e, piece);
	entry = &e->memo.entry.ids[place];
	if (is_kept(e, piece, entry)) {
		if (number_kept(entry) <= MEMO_IDS) {
			get_few(&wait->few, entry);
			return;
		}
		if (are_there(e->sink, entry, &at))
			return;
	}
	if (put_off(e, q, piece, place, &wait->look))
		wait->at = q->merge.n - 1;
	else
		wait->is_looked = true;
}

void
piece_merged(struct engine *e, const struct pieces *q, unsigned j)
{
	uint32_t room[MERGE_MAX], *ids = sink_room(e->sink, MERGE_MAX);
	bool is_there = ids != NULL;
	unsigned n;

	if (!is_there)
		ids = room;
	n = merge_ids(&e->v, &q->merge.job[j], ids);
	tell_choice(q, j, n);
	keep(&e->memo.entry.ids[q->place[j]], e->sink, q->key[j], ids, n);
	if (is_there)
		e->sink->n += n;
	else
		sink_put_all(e->sink, ids, n);
}

void
piece_ids(
    struct engine *e, const struct piece *piece, const struct variety *look)
{
	struct sink *sink = e->sink;
	struct memo_ids *entry;
	struct sink before = *sink;
	struct few few;
	size_t at;

	if (piece->len > MEMO_LONG) {
		encode(e, sink, piece, look);
		return;
	}
	entry = &e->memo.entry.ids[place_of(e, piece)];
	if (is_kept(e, piece, entry)) {
		if (number_kept(entry) <= MEMO_IDS) {
			get_few(&few, entry);
			put_few(sink, &few);
			return;
		}
		if (are_there(sink, entry, &at)) {
			sink_put_few(sink, sink->ids + at, number_kept(entry));
			return;
		}
	}
	encode(e, sink, piece, look);
	/* Unless some are gone already. */
	if (before.base == sink->base && sink->n - sink->base <= sink->room)
		keep(entry, &before, key_of(e, piece),
		    sink->ids + (before.n - before.base), sink->n - before.n);
}
