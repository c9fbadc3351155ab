#include "vocab.h"

#include "find.h"

void
vocab_open(struct vocab *v, const void *image, uint32_t ntok)
{
	const struct image *im = image;
	const uint8_t *base = image;

	v->len = base + im->len;
	v->start = (const void *)(base + im->start);
	v->text = base + im->text;
	v->split = (const void *)(base + im->split);
	for (unsigned i = 0; i < WORD_TABLES; i++) {
		v->words[i].slot = (const void *)(base + im->words[i]);
		v->words[i].size = im->words_size[i];
		v->words[i].id_bits = im->words_bits[i];
	}
	v->maybe = (const void *)(base + im->maybe);
	v->rest = (const void *)(base + im->rest);
	v->pairs = (const void *)(base + im->pairs);
	v->trie = (const void *)(base + im->trie);
	v->roots = (const void *)(base + im->roots);
	v->runs = (const void *)(base + im->runs);
	v->kids = (const void *)(base + im->kids);
	v->near = (const void *)(base + im->near);
	v->span = (const void *)(base + im->span);
	v->edge = (const void *)(base + im->edge);
	v->before_mended = im->before_mended;
	v->after_mended = im->after_mended;
	v->run = im->run;
	v->rest_size = im->rest_size;
	v->pairs_size = im->pairs_size;
	v->trie_size = im->trie_size;
	v->ntok = ntok != 0 ? ntok : im->ntok;
	v->maxlen = im->maxlen;
}

const uint8_t *
vocab_text(const struct vocab *v, uint32_t id)
{
	const uint8_t *p = v->text + v->start[id / START_EACH];

	for (uint32_t i = id - id % START_EACH; i < id; i++)
		p += v->len[i];
	return p;
}

uint32_t
vocab_rest(const struct vocab *v, struct word w, uint64_t h)
{
	uint32_t i = hash_bucket(rest_hash(h), v->rest_size);

	while (v->rest[i].id != ID_NONE) {
		const struct rest_entry *r = &v->rest[i];

		if (r->lo == w.lo && r->hi == w.hi)
			return r->id < v->ntok ? (uint32_t)r->id : ID_NONE;
		i = i + 1 < v->rest_size ? i + 1 : 0;
	}
	return ID_NONE;
}

uint32_t
vocab_pair(const struct vocab *v, uint32_t left, uint32_t right)
{
	uint64_t h = pair_hash(left, right);
	uint32_t bucket = hash_bucket(h, v->pairs_size);
	uint32_t tag = hash_tag(h);

	for (;;) {
		const uint32_t *slot = &v->pairs[(size_t)bucket * BUCKET];

		for (unsigned i = 0; i < BUCKET; i++) {
			uint32_t id = slot[i] & ID_MASK;
			uint64_t s;

			if (slot[i] == SLOT_EMPTY)
				return ID_NONE;
			if ((slot[i] & ~ID_MASK) != tag)
				continue;
			s = v->split[id];
			if (SPLIT_LEFT(s) == left && SPLIT_RIGHT(s) == right)
				return id < v->ntok ? id : ID_NONE;
		}
		bucket = bucket + 1 < v->pairs_size ? bucket + 1 : 0;
	}
}

/* The slot of NODE's child by UNIT, or TRIE_ROOT if there is none. */
static inline uint32_t
find_child(const struct vocab *v, uint32_t node, uint32_t unit)
{
	uint64_t key = trie_key(node, unit), hash = trie_hash(key);
	uint32_t bucket = hash_bucket(hash, v->trie_size);

	if (node - ROOT_NODE - ROOT_PAIR < 128 * 128 &&
	    (~v->kids[set_place(hash)] & set_bits(hash)) != 0)
		return TRIE_ROOT;
	for (;;) {
		const uint64_t *slot = &v->trie[(size_t)bucket * BUCKET];
		/* An empty slot has the key 0, as no child but one. */
		unsigned match = (unsigned)(TRIE_KEY(slot[0]) == key) |
		                 (unsigned)(TRIE_KEY(slot[1]) == key) << 1 |
		                 (unsigned)(TRIE_KEY(slot[2]) == key) << 2 |
		                 (unsigned)(TRIE_KEY(slot[3]) == key) << 3;

		if (match != 0) {
			unsigned i = (unsigned)__builtin_ctz(match);

			if (slot[i] != 0)
				return bucket * BUCKET + i;
		}
		if (slot[BUCKET - 1] == 0)
			return TRIE_ROOT;
		bucket = bucket + 1 < v->trie_size ? bucket + 1 : 0;
	}
}

/* The token of the node with SLOT, whose path is LEN bytes. */
static inline struct found
slot_token(const struct vocab *v, uint64_t slot, uint32_t len)
{
	struct found f = {TRIE_TOK(slot), len - TRIE_LESS(slot)};

	if (TRIE_LESS(slot) == TRIE_MUCH_LESS)
		f.len = vocab_len(v, f.id);
	return f.id < v->ntok ? f : vocab_shorter(v, f);
}

/* A token may end within the unit of N bytes at P, below NODE. */
static struct found
longest_part(const struct vocab *v, uint32_t node, const uint8_t *p, unsigned n,
    uint32_t len, struct found otherwise)
{
	while (--n > 0) {
		uint32_t next = find_child(v, node, unit_at(p, n));

		if (next != TRIE_ROOT)
			return slot_token(v, v->trie[next], len + n);
	}
	return otherwise;
}

/*
 * The node that the run of one ASCII character at P leads to, as far as the
 * nodes of runs do, or TRIE_ROOT; *LEN is how far.
 */
static inline uint32_t
run_node(
    const struct vocab *v, const uint8_t *p, const uint8_t *end, uint32_t *len)
{
	const uint32_t *nodes = v->runs + (p[0] & 0x7fu) * RUN_NODES;
	uint64_t same = EACH(p[0]), text;
	uint32_t node = TRIE_ROOT;

	*len = 0;
	if (p[0] >= 0x80)
		return node;
	for (unsigned i = 0; i < RUN_NODES && end - p >= RUN_STEP; i++) {
		memcpy(&text, p, sizeof(text));
		if (text != same || nodes[i] == TRIE_ROOT)
			break;
		node = nodes[i];
		p += RUN_STEP;
		*len += RUN_STEP;
	}
	return node;
}

struct found
vocab_longest(const struct vocab *v, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *start = p;
	unsigned n = unit_len(p, end);
	uint32_t node = root_number(p, n), run, skip;
	uint64_t slot = TRIE_PART | TRIE_KIDS;

	run = run_node(v, p, end, &skip);
	if (run != TRIE_ROOT) {
		node = run;
		slot = v->trie[node];
		p += skip;
	} else if (node >= ROOT_END) {
		uint32_t root = n == 4 ? vocab_char(v, p, 4) : TRIE_KIDS;

		node = TRIE_ROOT;
		if (!(root & TRIE_KIDS))
			return slot_token(v, root, 4);
	} else {
		slot = node < ROOT_WIDE ? v->roots[node] : vocab_char(v, p, 3);
		node += ROOT_NODE;
		p += n;
	}
	while (p < end && slot & TRIE_KIDS) {
		struct found byte = {vocab_byte(v, *start), 1}, none;
		uint32_t next, len = (uint32_t)(p - start);

		n = unit_len(p, end);
		next = find_child(v, node, unit_at(p, n));
		if (next == TRIE_ROOT) {
			none = len > 0 ? slot_token(v, slot, len) : byte;
			return slot & TRIE_PART
			           ? longest_part(v, node, p, n, len, none)
			           : none;
		}
		node = next;
		slot = v->trie[node];
		p += n;
	}
	return slot_token(v, slot, (uint32_t)(p - start));
}

uint32_t
vocab_joined(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p)
{
	uint32_t len = left.len + right.len;

	if (len > WORD_MAX)
		return vocab_pair(v, left.id, right.id);
	if (len == 2 && (p[-1] | p[0]) < 0x80)
		return vocab_two(v, p - 1);
	return find_word(v, word_exact(p - left.len, len));
}

/*
 * Undo the merges of both from the last one back.  Before each one that is
 * undone, the last part of LEFT and the first of RIGHT were neighbours; had
 * they a merge of a rank that comes sooner, it would have been made.  Of
 * equal ranks the left one comes first.  Once all that is left to undo comes
 * before any merge that there is across such bytes, the answer is known.
 */
bool
vocab_undo(const struct vocab *v, struct found left, struct found right,
    const uint8_t *p, uint32_t bound, bool meet)
{
	if (meet && vocab_joined(v, left, right, p) != ID_NONE)
		return false;
	while (left.id >= bound || right.id >= bound) {
		uint32_t limit; /* a merge below this comes first */

		/* A single byte has no merge to undo. */
		if (left.len > 1 && (left.id > right.id || right.len == 1)) {
			limit = left.id;
			left.id = SPLIT_RIGHT(v->split[left.id]);
			left.len = vocab_len(v, left.id);
		} else if (right.len > 1) {
			limit = right.id + 1;
			right.id = SPLIT_LEFT(v->split[right.id]);
			right.len = vocab_len(v, right.id);
		} else {
			break;
		}
		if (vocab_joined(v, left, right, p) < limit)
			return false;
	}
	return true;
}
