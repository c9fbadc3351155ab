/*
 * gen-vocab - turn a .tiktoken file into an image (src/tokenizer/image.h).
 *
 *	gen-vocab o200k_base.tiktoken o200k_base.img
 *
 * Every token is merged from its bytes as an encoder would do it, so that
 * what the encoder relies on is checked here and not assumed: the parts of
 * a token have lower ranks than it, every byte is a token, and a token that
 * merging never yields is known as such.  Equal input gives equal output.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/tokenizer/image.h"

#define TOKEN_MAX 255

struct token {
	const uint8_t *b;
	uint32_t len; /* 0: no such rank */
	uint32_t left, right, prefix;
	int proper;
};

static struct token *token;
static uint32_t ntok, maxlen;
static uint32_t *by_bytes; /* open addressing; rank + 1 */
static uint32_t by_bytes_mask;

static void *
alloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		err(1, NULL);
	return p;
}

static uint32_t
bytes_hash(const uint8_t *b, uint32_t len)
{
	uint32_t h = 2166136261u;

	while (len-- > 0)
		h = (h ^ *b++) * 16777619u;
	return h ^ h >> 15;
}

/* The rank of the token with these bytes, ID_NONE if there is none. */
static uint32_t
find(const uint8_t *b, uint32_t len)
{
	uint32_t i = bytes_hash(b, len) & by_bytes_mask;

	for (; by_bytes[i] != 0; i = (i + 1) & by_bytes_mask) {
		const struct token *t = &token[by_bytes[i] - 1];

		if (t->len == len && memcmp(t->b, b, len) == 0)
			return by_bytes[i] - 1;
	}
	return ID_NONE;
}

static int
base64_value(int c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Decode up to a space; the length, or 0 if it is not base64. */
static uint32_t
base64(const char *s, uint8_t *out)
{
	uint32_t bits = 0, n = 0, have = 0;

	for (; *s != ' ' && *s != '='; s++) {
		int v = base64_value(*s);

		if (v < 0 || n == TOKEN_MAX)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

static void
read_vocabulary(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[512];
	uint8_t *pool = alloc(1u << ID_BITS, 32);
	size_t used = 0;
	unsigned long lineno = 0;

	if (in == NULL)
		err(1, "%s", path);
	token = alloc(1u << ID_BITS, sizeof(*token));
	while (fgets(line, sizeof(line), in) != NULL) {
		const char *space = strchr(line, ' ');
		uint8_t b[TOKEN_MAX];
		uint32_t len = space != NULL ? base64(line, b) : 0;
		unsigned long rank = len > 0 ? strtoul(space, NULL, 10) : 0;

		lineno++;
		if (len == 0 || rank >= ID_NONE || token[rank].len != 0)
			errx(1, "%s:%lu: not a token and a rank", path, lineno);
		if (used + len > ((size_t)32 << ID_BITS))
			errx(1, "%s: too long", path);
		memcpy(pool + used, b, len);
		token[rank].b = pool + used;
		token[rank].len = len;
		used += len;
		if (rank >= ntok)
			ntok = (uint32_t)rank + 1;
		if (len > maxlen)
			maxlen = len;
	}
	if (ferror(in) || fclose(in) != 0)
		err(1, "%s", path);
}

static void
index_by_bytes(void)
{
	by_bytes_mask = (1u << 20) - 1;
	by_bytes = alloc(by_bytes_mask + 1, sizeof(*by_bytes));
	for (uint32_t r = 0; r < ntok; r++) {
		uint32_t i = bytes_hash(token[r].b, token[r].len);

		if (token[r].len == 0)
			continue;
		for (i &= by_bytes_mask; by_bytes[i] != 0;)
			i = (i + 1) & by_bytes_mask;
		by_bytes[i] = r + 1;
	}
	for (unsigned c = 0; c < 256; c++) {
		uint8_t b = (uint8_t)c;

		if (find(&b, 1) == ID_NONE)
			errx(1, "byte %u is not a token", c);
	}
}

/*
 * Merge the token's bytes as an encoder would: always the pair of lowest
 * rank, the leftmost of equals.  START holds where the parts begin.
 */
static void
merge(uint32_t rank)
{
	struct token *t = &token[rank];
	uint32_t start[TOKEN_MAX + 1], n = t->len;

	for (uint32_t i = 0; i <= n; i++)
		start[i] = i;
	t->left = t->right = ID_NONE;
	while (n > 1) {
		uint32_t best = ID_NONE, at = 0;

		for (uint32_t i = 0; i + 2 <= n; i++) {
			uint32_t r =
			    find(t->b + start[i], start[i + 2] - start[i]);

			if (r < best) {
				best = r;
				at = i;
			}
		}
		if (best == ID_NONE)
			break;
		if (n == 2) {
			t->left = find(t->b, start[1]);
			t->right = find(t->b + start[1], t->len - start[1]);
		}
		memmove(&start[at + 1], &start[at + 2],
		    (n - at - 1) * sizeof(start[0]));
		n--;
	}
	t->proper = n == 1;
	if (t->proper && t->len > 1 && (t->left >= rank || t->right >= rank))
		errx(1, "token %u is made of later ones", rank);
}

static void
find_prefixes(void)
{
	for (uint32_t r = 0; r < ntok; r++) {
		struct token *t = &token[r];

		t->prefix = ID_NONE;
		for (uint32_t n = t->len; n-- > 1 && t->prefix == ID_NONE;) {
			uint32_t p = find(t->b, n);

			if (p != ID_NONE && token[p].proper)
				t->prefix = p;
		}
	}
}

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

/* The image as it grows. */
static uint8_t *image;
static uint32_t image_size;

static uint32_t
section(uint32_t size)
{
	uint32_t at = image_size;

	image_size += (size + 63) & ~63u;
	return at;
}

/* How many buckets it takes to be PERCENT full. */
static uint32_t
buckets(uint32_t entries, uint32_t percent)
{
	return entries * 25 / percent + 1;
}

static void
put_records(struct image *im)
{
	struct tok_rec *rec = (void *)(image + im->rec);
	uint64_t *split = (void *)(image + im->split);
	uint32_t tail = 0;

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		rec[r].len = (uint8_t)t->len;
		split[r] = (uint64_t)t->left | (uint64_t)t->right << ID_BITS |
		           (uint64_t)t->prefix << 2 * ID_BITS;
		if (t->len <= REC_MAX) {
			memcpy(rec[r].b, t->b, t->len);
			continue;
		}
		memcpy(rec[r].b, &tail, sizeof(tail));
		memcpy(image + im->tail + tail, t->b, t->len);
		tail += t->len;
	}
}

static void
put_slot(uint32_t *slot, uint32_t size, uint64_t h, uint32_t id)
{
	uint32_t i = hash_bucket(h, size) * BUCKET;

	while (slot[i] != SLOT_EMPTY)
		i = i + 1 < size * BUCKET ? i + 1 : 0;
	slot[i] = id | hash_tag(h);
}

static void
put_hashes(struct image *im)
{
	uint32_t *words = (void *)(image + im->words);
	uint32_t *pairs = (void *)(image + im->pairs);
	struct tok_rec *rec = (void *)(image + im->rec);

	memset(words, 0xff, sizeof(*words) * BUCKET * im->words_size);
	memset(pairs, 0xff, sizeof(*pairs) * BUCKET * im->pairs_size);
	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];
		uint64_t key[2];

		memcpy(key, &rec[r], sizeof(key));
		if (t->len > 0 && t->len <= REC_MAX)
			put_slot(words, im->words_size,
			    word_hash(key[0], key[1]), r);
		if (t->proper && t->left != ID_NONE)
			put_slot(pairs, im->pairs_size,
			    pair_hash(t->left, t->right), r);
	}
}

static void
put_near(struct image *im)
{
	uint16_t *near = (void *)(image + im->near);

	memset(near, 0xff, 2 * NEAR_SLOTS * sizeof(*near));
	/* From the last to the first, so that the lowest stays. */
	for (uint32_t r = ntok; r-- > 0;) {
		const struct token *t = &token[r];
		const uint8_t *meet;
		uint32_t left;

		if (t->len < 2 || !t->proper)
			continue;
		left = token[t->left].len;
		meet = t->b + left;
		near[left > 1 && t->len - left > 1 ? near_bytes(meet)
						   : near_byte(meet)] =
		    (uint16_t)(r / NEAR_UNIT);
	}
}

static void
put_bytes(struct image *im)
{
	uint32_t *bytes = (void *)(image + im->bytes);
	uint32_t *twos = (void *)(image + im->twos);

	for (unsigned a = 0; a < 256; a++) {
		uint8_t b[2] = {(uint8_t)a, 0};

		bytes[a] = find(b, 1);
		for (; a < 128 && b[1] < 128; b[1]++)
			twos[a << 7 | b[1]] = find(b, 2);
	}
}

/* Mark the places that tokens span, proper or not. */
static void
put_span(struct image *im)
{
	uint8_t *span = image + im->span;

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		for (uint32_t i = 1; i < t->len; i++) {
			const uint8_t *p = t->b + i;
			uint32_t bit;

			if (!span_place(p))
				continue;
			if (i < 3)
				bit = span_1_1(p);
			else if (t->len - i < 3)
				bit = span_3_1(p);
			else
				bit = span_3_3(p);
			span[bit / 8] |= (uint8_t)(1u << bit % 8);
		}
	}
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

/* How many nodes the trie has: build it once with room for each unit. */
static uint32_t
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

static void
build(void)
{
	struct image im = {
	    .magic = IMAGE_MAGIC, .ntok = ntok, .maxlen = maxlen};
	uint32_t tail = 0;

	for (uint32_t r = 0; r < ntok; r++)
		tail += token[r].len > REC_MAX ? token[r].len : 0;
	im.words_size = buckets(ntok, 60);
	im.pairs_size = buckets(ntok, 60);
	im.trie_size = buckets(trie_nodes(), 60);
	section(sizeof(im));
	im.rec = section(ntok * (uint32_t)sizeof(struct tok_rec));
	im.split = section(ntok * 8);
	im.words = section(im.words_size * BUCKET * 4);
	im.pairs = section(im.pairs_size * BUCKET * 4);
	im.trie = section(im.trie_size * BUCKET * 8);
	im.bytes = section(256 * 4);
	im.twos = section(128 * 128 * 4);
	im.near = section(2 * NEAR_SLOTS * 2);
	im.span = section(SPAN_BITS / 8);
	im.tail = section(tail);
	im.size = image_size;
	image = alloc(1, image_size);
	memcpy(image, &im, sizeof(im));
	put_records(&im);
	put_hashes(&im);
	put_bytes(&im);
	put_near(&im);
	put_span(&im);
	put_trie((void *)(image + im.trie), im.trie_size);
}

int
main(int argc, char **argv)
{
	FILE *out;

	if (argc != 3)
		errx(2, "usage: gen-vocab IN.tiktoken OUT.img");
	read_vocabulary(argv[1]);
	index_by_bytes();
	for (uint32_t r = 0; r < ntok; r++)
		merge(r);
	find_prefixes();
	for (uint32_t r = 0; r < ntok; r++)
		if (!token[r].proper && token[r].len > REC_MAX)
			errx(1, "token %u: long, but not proper", r);
	build();
	out = fopen(argv[2], "wb");
	if (out == NULL || fwrite(image, 1, image_size, out) != image_size ||
	    fclose(out) != 0)
		err(1, "%s", argv[2]);
	return 0;
}
