/*
 * gen-vocab - turn a .tiktoken file into an image (src/tokenizer/image.h).
 *
 *	gen-vocab o200k_base.tiktoken o200k_base.img
 *
 * Every token is merged from its bytes as an encoder would do it, so that
 * what the encoder relies on is checked here and not assumed: merging a
 * token's bytes yields it, its parts have lower ranks than it, and every byte
 * is a token.  Equal input gives equal output.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen-vocab.h"

struct token *token;
uint32_t ntok, maxlen;
static uint32_t *by_bytes; /* open addressing; rank + 1 */
static uint32_t by_bytes_mask;

void *
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

uint32_t
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
	static const uint8_t mended[] = {0xef, 0xbf, 0xbd};

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
	if (find(mended, sizeof(mended)) == ID_NONE)
		errx(1, "U+FFFD is not a token");
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
	if (n > 1)
		errx(1, "token %u: merging does not yield it", rank);
	if (t->len > 1 && (t->left >= rank || t->right >= rank))
		errx(1, "token %u is made of later ones", rank);
}

static void
find_prefixes(void)
{
	for (uint32_t r = 0; r < ntok; r++) {
		struct token *t = &token[r];

		t->prefix = ID_NONE;
		for (uint32_t n = t->len; n-- > 1 && t->prefix == ID_NONE;)
			t->prefix = find(t->b, n);
	}
}

int
main(int argc, char **argv)
{
	FILE *out;
	uint8_t *image;
	uint32_t size;

	if (argc != 3)
		errx(2, "usage: gen-vocab IN.tiktoken OUT.img");
	read_vocabulary(argv[1]);
	index_by_bytes();
	for (uint32_t r = 0; r < ntok; r++)
		if (token[r].len > 0)
			merge(r);
	find_prefixes();
	image = image_build(&size);
	out = fopen(argv[2], "wb");
	if (out == NULL || fwrite(image, 1, size, out) != size ||
	    fclose(out) != 0)
		err(1, "%s", argv[2]);
	return 0;
}
