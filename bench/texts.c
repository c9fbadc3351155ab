#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/tokenizer/unicode.h"
#include "texts.h"

#define SIZE 1000000

static uint64_t seed;

static uint32_t
below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static size_t
put_utf8(unsigned char *p, uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		p[0] = (unsigned char)c;
		return n;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		p[i] = (unsigned char)(0x80 | (c & 0x3f));
	p[0] = (unsigned char)(0xf00u >> n | c);
	return n;
}

static uint32_t
any_letter(void)
{
	uint32_t c;

	do
		c = below(0x110000);
	while ((uc_of(c) & UC_LETTER) == 0);
	return c;
}

static uint32_t
any_punctuation(void)
{
	static const char of[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

	return (unsigned char)of[below(sizeof(of) - 1)];
}

static const struct made {
	const char *name;
	const char *cycle;        /* this again and again, or ... */
	uint32_t (*random)(void); /* characters that this thinks of, or ... */
	uint32_t first, many;     /* random ones of a range, or bytes */
} made[] = {
    {"one letter", "a", NULL, 0, 0},
    {"spaces", " ", NULL, 0, 0},
    {"newlines", "\n", NULL, 0, 0},
    {"one digit", "7", NULL, 0, 0},
    {"dashes", "-", NULL, 0, 0},
    {"alternating case", "aB", NULL, 0, 0},
    {"random letters", NULL, NULL, 'a', 26},
    {"random a and b", NULL, NULL, 'a', 2},
    {"random digits", NULL, NULL, '0', 10},
    {"random punctuation", NULL, any_punctuation, 0, 0},
    {"random CJK", NULL, NULL, 0x4e00, 20000},
    {"random Unicode", NULL, any_letter, 0, 0},
    {"random bytes", NULL, NULL, 0, 0},
};

struct text
text_made(size_t i)
{
	const struct made *m = &made[i];
	struct text t = {NULL, NULL, 0};

	if (i >= sizeof(made) / sizeof(made[0]))
		return t;
	t.name = m->name;
	t.bytes = malloc(SIZE);
	if (t.bytes == NULL)
		err(1, NULL);
	seed = 1;
	while (t.len + 4 <= SIZE) {
		unsigned char *p = t.bytes + t.len;

		if (m->cycle != NULL) {
			*p = (unsigned char)m->cycle[t.len % strlen(m->cycle)];
			t.len++;
		} else if (m->random != NULL) {
			t.len += put_utf8(p, m->random());
		} else if (m->many != 0) {
			t.len += put_utf8(p, m->first + below(m->many));
		} else {
			*p = (unsigned char)below(256);
			t.len++;
		}
	}
	return t;
}

struct text
text_of_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	struct text t = {slash == NULL ? file : slash + 1, NULL, 0};
	FILE *in = fopen(file, "rbe");
	size_t room = 0;

	if (in == NULL)
		err(1, "%s", file);
	do {
		room += 1 << 24;
		t.bytes = realloc(t.bytes, room);
		if (t.bytes == NULL)
			err(1, NULL);
		t.len += fread(t.bytes + t.len, 1, room - t.len, in);
	} while (t.len == room);
	if (ferror(in) || fclose(in) != 0)
		err(1, "%s", file);
	return t;
}
