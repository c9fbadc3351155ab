/*
 * The sections of an image, one after another.
 */
#include <string.h>

#include "gen-vocab.h"

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

uint32_t
buckets(uint32_t entries, uint32_t percent)
{
	return entries * 25 / percent + 1;
}

static void
put_tokens(const struct image *im)
{
	uint8_t *len = image + im->len, *text = image + im->text;
	uint32_t *start = (void *)(image + im->start), at = 0;
	uint64_t *split = (void *)(image + im->split);

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		split[r] = (uint64_t)t->left | (uint64_t)t->right << ID_BITS |
		           (uint64_t)t->prefix << 2 * ID_BITS;
		if (r % START_EACH == 0)
			start[r / START_EACH] = at;
		len[r] = (uint8_t)t->len;
		memcpy(text + at, t->b, t->len);
		at += t->len;
	}
}

void
put_slot(uint32_t *slot, uint32_t size, uint64_t h, uint32_t id)
{
	uint32_t i = hash_bucket(h, size) * BUCKET;

	while (slot[i] != SLOT_EMPTY)
		i = i + 1 < size * BUCKET ? i + 1 : 0;
	slot[i] = id | hash_tag(h);
}

static void
put_pairs(const struct image *im)
{
	uint32_t *pairs = (void *)(image + im->pairs);

	memset(pairs, 0xff, sizeof(*pairs) * BUCKET * im->pairs_size);
	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		if (t->len > WORD_MAX)
			put_slot(pairs, im->pairs_size,
			    pair_hash(t->left, t->right), r);
	}
}

static void
put_near(const struct image *im)
{
	uint16_t *near = (void *)(image + im->near);

	memset(near, 0xff, 2 * NEAR_SLOTS * sizeof(*near));
	/* From the last to the first, so that the lowest stays. */
	for (uint32_t r = ntok; r-- > 0;) {
		const struct token *t = &token[r];
		const uint8_t *meet;
		uint32_t left;

		if (t->len < 2)
			continue;
		left = token[t->left].len;
		meet = t->b + left;
		near[left > 1 && t->len - left > 1 ? near_bytes(meet)
						   : near_byte(meet)] =
		    (uint16_t)(r / NEAR_UNIT);
	}
}

/* The token T spans a place between its bytes, before the I-th. */
static void
put_place(const struct token *t, uint32_t i, uint64_t *span, uint64_t *edge)
{
	uint32_t before = i < SPAN_BEFORE ? i : SPAN_BEFORE;
	uint8_t about[TOKEN_MAX + 8] = {0};
	uint64_t w, h;
	uint32_t bit;

	memcpy(about + SPAN_BEFORE - before, t->b + i - before,
	    t->len - i + before);
	memcpy(&w, about, sizeof(w));
	h = span_hash(w);
	if (i >= 3 && t->len - i >= 3) {
		span[set_place(h)] |= set_bits(h);
		return;
	}
	if (i < 3 && t->len - i < 3)
		bit = edge_1_1(w);
	else
		bit = i < 3 ? edge_1_3(w) : edge_3_1(w);
	edge[bit / 64] |= (uint64_t)1 << bit % 64;
}

/* Mark the places that tokens span, and what cannot be told from those. */
static void
put_places(const struct image *im)
{
	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		for (uint32_t i = 1; i < t->len; i++) {
			const uint8_t *p = t->b + i;

			if (p[0] >= 0xe0 ||
			    (!is_after(p[0]) && is_after(p[-1]) &&
				(i == 1 || is_after(p[-2]))))
				put_place(t, i, (void *)(image + im->span),
				    (void *)(image + im->edge));
		}
	}
}

static void
add_ascii(uint8_t set[ASCII_SET], uint8_t c)
{
	set[c & 15] |= (uint8_t)(1u << (c >> 4));
}

/* The characters that tokens have next to U+FFFD, or as much as they have. */
static void
put_mended(struct image *im)
{
	static const uint8_t mended[] = {0xef, 0xbf, 0xbd};

	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		for (uint32_t i = 1; i < t->len; i++) {
			uint32_t n = i < 3 ? i : 3, m = t->len - i;
			const uint8_t *p = t->b + i;

			if (p[-1] < 0x80 &&
			    memcmp(p, mended, m < 3 ? m : 3) == 0)
				add_ascii(im->before_mended, p[-1]);
			if (p[0] < 0x80 &&
			    memcmp(p - n, mended + 3 - n, n) == 0)
				add_ascii(im->after_mended, p[0]);
		}
	}
}

static void
put_runs(struct image *im)
{
	for (uint32_t r = 0; r < ntok; r++) {
		const struct token *t = &token[r];

		if (t->len > 0 && memcmp(t->b, t->b + 1, t->len - 1) == 0 &&
		    t->len > im->run[t->b[0]])
			im->run[t->b[0]] = (uint8_t)t->len;
	}
}

uint8_t *
image_build(uint32_t *size)
{
	struct image im = {
	    .magic = IMAGE_MAGIC, .ntok = ntok, .maxlen = maxlen};
	uint32_t bytes = 0, nlong = 0, nroots;

	for (uint32_t r = 0; r < ntok; r++)
		bytes += token[r].len, nlong += token[r].len > WORD_MAX;
	words_plan(&im);
	put_mended(&im);
	put_runs(&im);
	im.pairs_size = buckets(nlong, 60);
	trie_plan(&im, &nroots);
	section(sizeof(im));
	for (unsigned i = 0; i < WORD_TABLES; i++)
		im.words[i] = section(im.words_size[i] * BUCKET_WORDS * 8);
	im.maybe = section(8u << MAYBE_WORDS_LOG);
	im.rest = section(im.rest_size * (uint32_t)sizeof(struct rest_entry));
	im.roots = section(nroots * 4);
	im.runs = section(128 * RUN_NODES * 4);
	im.kids = section(8u << SET_WORDS_LOG);
	im.near = section(2 * NEAR_SLOTS * 2);
	im.span = section(8u << SET_WORDS_LOG);
	im.edge = section(8 * EDGE_WORDS);
	im.len = section(ntok);
	im.split = section(ntok * 8);
	im.pairs = section(im.pairs_size * BUCKET * 4);
	im.trie = section(im.trie_size * BUCKET * 8);
	im.start = section((ntok / START_EACH + 1) * 4);
	im.text = section(bytes);
	im.size = image_size;
	image = alloc(1, image_size);
	memcpy(image, &im, sizeof(im));
	words_put(&im, image);
	put_tokens(&im);
	put_pairs(&im);
	put_near(&im);
	put_places(&im);
	trie_put(&im, image);
	*size = image_size;
	return image;
}
