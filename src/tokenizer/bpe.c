#include "bpe.h"

#include <assert.h>
#include <string.h>

/*
 * The longest stretch that is encoded as a whole.  In a longer pretoken the
 * part that no later text can change is settled window by window, so that
 * memory and stack have a bound.
 */
#ifndef BPE_WINDOW
#define BPE_WINDOW 16384
#endif

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
	v->tail = base + im->tail;
	v->words_shift = im->words_shift;
	v->pairs_shift = im->pairs_shift;
	v->trie_size = im->trie_size;
	v->ntok = im->ntok;
	v->maxlen = im->maxlen;
}

/* The token that is exactly these LEN <= REC_MAX bytes, or ID_NONE. */
static uint32_t
find_word(const struct vocab *v, const uint8_t *text, size_t len)
{
	struct tok_rec want = {.len = (uint8_t)len};
	uint64_t key[2];
	uint64_t h, mask = ((uint64_t)1 << (64 - v->words_shift)) - 1;
	uint32_t tag;

	memcpy(want.b, text, len);
	memcpy(key, &want, sizeof(key));
	h = word_hash(key[0], key[1]);
	tag = hash_tag(h, v->words_shift);
	for (uint64_t i = h >> v->words_shift;; i = (i + 1) & mask) {
		uint32_t slot = v->words[i];

		if (slot == SLOT_EMPTY)
			return ID_NONE;
		if ((slot & ~ID_MASK) == tag &&
		    memcmp(&v->rec[slot & ID_MASK], &want, sizeof(want)) == 0)
			return slot & ID_MASK;
	}
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

/* The longest token that the text from P to END begins with. */
static uint32_t
longest(const struct vocab *v, const uint8_t *p, const uint8_t *end)
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
static uint32_t
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
 * May RIGHT follow LEFT?  Undo their merges from the last one back.  Before
 * each one that is undone, the last part of LEFT and the first of RIGHT were
 * neighbours; had they a merge of a rank that comes sooner, it would have
 * been made.  Of equal ranks the left one comes first.
 */
static bool
may_follow(const struct vocab *v, uint32_t left, uint32_t right)
{
	uint32_t limit = ID_NONE; /* a merge below this comes first */

	for (;;) {
		uint32_t c = find_pair(v, left, right), part;

		if (c < limit)
			return false;
		if (left > right) {
			part = SPLIT_RIGHT(v->split[left]);
			if (part != ID_NONE) {
				limit = left;
				left = part;
				continue;
			}
			/* LEFT is one byte: its rank says nothing. */
		}
		part = SPLIT_LEFT(v->split[right]);
		if (part != ID_NONE) {
			limit = right + 1;
			right = part;
			continue;
		}
		part = SPLIT_RIGHT(v->split[left]);
		if (part == ID_NONE)
			return true;
		limit = left;
		left = part;
	}
}

/* The encoding of a stretch: which token ends where. */
struct path {
	const struct vocab *v;
	const uint8_t *text;
	/* The token that ends at each boundary; at 0 the one before TEXT. */
	uint32_t last[BPE_WINDOW + 1];
	uint64_t dead[BPE_WINDOW / 64 + 1]; /* positions that failed */
};

static inline uint32_t
token_len(const struct vocab *v, uint32_t id)
{
	return v->rec[id].len;
}

static inline bool
is_dead(const struct path *path, size_t pos)
{
	return path->dead[pos / 64] >> pos % 64 & 1;
}

/* Extend the path, which ends at POS, to END, going back as need be. */
static void
path_extend(struct path *path, size_t pos, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t next = longest(v, text + pos, text + end);

	while (pos < end) {
		uint32_t last = path->last[pos], t = next;

		while (t != ID_NONE &&
		       (is_dead(path, pos + token_len(v, t)) ||
			   (last != ID_NONE && !may_follow(v, last, t))))
			t = SPLIT_PREFIX(v->split[t]);
		if (t != ID_NONE) {
			pos += token_len(v, t);
			path->last[pos] = t;
			if (pos < end)
				next = longest(v, text + pos, text + end);
			continue;
		}
		path->dead[pos / 64] |= (uint64_t)1 << pos % 64;
		assert(pos > 0 && last != ID_NONE);
		pos -= token_len(v, last);
		next = last;
	}
}

/* Hand over the tokens up to END. */
static void
path_emit(struct path *path, struct sink *sink, size_t end)
{
	size_t pos = end, n = 0;

	/* The path is known from its end: turn it around in place. */
	while (pos > 0) {
		uint32_t t = path->last[pos];

		pos -= token_len(path->v, t);
		n++;
		path->last[end + 1 - n] = t;
	}
	for (; n > 0; n--)
		sink_put(sink, path->last[end + 1 - n]);
}

/*
 * Other ends than END would give other encodings.  Each has a boundary among
 * the last positions, since a token has at most maxlen bytes.  Up to where
 * do all of them agree?
 */
static size_t
path_settled(const struct path *path, size_t end)
{
	const struct vocab *v = path->v;
	const uint8_t *text = path->text;
	uint32_t other[BPE_WINDOW + 1];
	uint8_t dead[BPE_WINDOW + 1] = {0};
	size_t common = end, on_path = end;
	uint8_t run = 0;

	for (size_t e = end - 1; e > end - v->maxlen && common > 0; e--) {
		size_t branch, pos;
		uint32_t next;

		while (on_path > e)
			on_path -= token_len(v, path->last[on_path]);
		pos = branch = on_path;
		run++;
		next = pos < e ? longest(v, text + pos, text + e) : ID_NONE;
		while (pos < e) {
			uint32_t t = next;
			uint32_t last =
			    pos > branch ? other[pos] : path->last[pos];

			while (
			    t != ID_NONE &&
			    (dead[pos + token_len(v, t)] == run ||
				(last != ID_NONE && !may_follow(v, last, t))))
				t = SPLIT_PREFIX(v->split[t]);
			if (t != ID_NONE) {
				pos += token_len(v, t);
				other[pos] = t;
				if (pos < e)
					next = longest(v, text + pos, text + e);
				continue;
			}
			dead[pos] = run;
			if (pos == 0)
				return 0;
			pos -= token_len(v, last);
			next = last;
			if (pos < branch)
				branch = pos;
		}
		if (branch < common)
			common = branch;
	}
	return common;
}

/* A pretoken that is longer than a window. */
static void
bpe_long(struct path *path, struct sink *sink, size_t len)
{
	while (len > BPE_WINDOW) {
		size_t settled, pos;
		uint32_t last;

		memset(path->dead, 0, sizeof(path->dead));
		path_extend(path, 0, BPE_WINDOW);
		settled = path_settled(path, BPE_WINDOW);
		/*
		 * Nothing settled: never seen with any vocabulary.  It would
		 * take text whose first token depends on what comes a whole
		 * window later.
		 */
		if (settled == 0)
			settled = BPE_WINDOW / 2;
		pos = BPE_WINDOW;
		while (pos - token_len(path->v, path->last[pos]) >= settled)
			pos -= token_len(path->v, path->last[pos]);
		last = path->last[pos];
		path_emit(path, sink, pos);
		path->text += pos;
		path->last[0] = last;
		len -= pos;
	}
	memset(path->dead, 0, sizeof(path->dead));
	path_extend(path, 0, len);
	path_emit(path, sink, len);
}

void
bpe_piece(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len)
{
	struct path path;
	uint32_t id = len <= REC_MAX ? find_word(v, text, len) : ID_NONE;

	if (id != ID_NONE) {
		sink_put(sink, id);
		return;
	}
	path.v = v;
	path.text = text;
	path.last[0] = ID_NONE;
	if (len > BPE_WINDOW) {
		bpe_long(&path, sink, len);
		return;
	}
	memset(path.dead, 0, (len / 64 + 1) * sizeof(path.dead[0]));
	path_extend(&path, 0, len);
	path_emit(&path, sink, len);
}
