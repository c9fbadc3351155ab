/*
 * tokenizer - how quick the tokenizer is, on files and on made-up text.
 *
 *	tokenizer [-e ENCODING]... [FILE]...
 *
 * Each text is encoded and counted several times in one thread, and the best
 * time is kept (processor time, so that a busy machine does less harm).
 * Without a FILE the texts are those that tokenizers fear.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tokenizer.h"

#define SIZE 1000000
#define ROUNDS 7

static uint64_t seed = 1;

static uint32_t
below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static size_t
put_utf8(unsigned char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (unsigned char)(0xc0 | c >> 6);
		p[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	p[0] = (unsigned char)(0xe0 | c >> 12);
	p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	p[2] = (unsigned char)(0x80 | (c & 0x3f));
	return 3;
}

static const struct made {
	const char *name;
	const char *cycle;    /* this again and again, or ... */
	uint32_t first, many; /* random characters of a range */
} made[] = {
    {"one letter", "a", 0, 0},
    {"spaces", " ", 0, 0},
    {"newlines", "\n", 0, 0},
    {"one digit", "7", 0, 0},
    {"dashes", "-", 0, 0},
    {"alternating case", "aB", 0, 0},
    {"random letters", NULL, 'a', 26},
    {"random digits", NULL, '0', 10},
    {"random punctuation", NULL, '!', 15},
    {"random CJK", NULL, 0x4e00, 20000},
    {"random 2-byte", NULL, 0x80, 0x700},
    {"random bytes", NULL, 0, 0},
};

static size_t
make_text(const struct made *m, unsigned char *text)
{
	size_t n = 0;

	while (n + 4 < SIZE) {
		if (m->cycle != NULL) {
			text[n] = (unsigned char)m->cycle[n % strlen(m->cycle)];
			n++;
		} else if (m->many != 0) {
			n += put_utf8(text + n, m->first + below(m->many));
		} else {
			text[n++] = (unsigned char)below(256);
		}
	}
	return n;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
measure(const struct tok *tok, const char *name, const unsigned char *text,
    size_t len)
{
	size_t n = tok_count(tok, text, len);
	uint32_t *ids = malloc((n + 1) * sizeof(*ids));
	double best_ids = 1e9, best_count = 1e9;

	if (ids == NULL)
		err(1, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		double t0 = now(), t1;

		if (tok_encode(tok, text, len, 0, ids, n) != n)
			errx(1, "%s: ids and count differ", name);
		t1 = now();
		best_ids = t1 - t0 < best_ids ? t1 - t0 : best_ids;
		if (tok_count(tok, text, len) != n)
			errx(1, "%s: counts differ", name);
		t0 = now();
		best_count = t0 - t1 < best_count ? t0 - t1 : best_count;
	}
	printf("%-13s %-24.24s %9zu bytes %8zu tokens %7.1f %7.1f\n",
	    tok_name(tok), name, len, n, (double)len / best_ids / 1e6,
	    (double)len / best_count / 1e6);
	free(ids);
}

static unsigned char *
read_file(const char *name, size_t *len)
{
	FILE *in = fopen(name, "rb");
	unsigned char *text = NULL;
	size_t room = 0, n = 0;

	if (in == NULL)
		err(1, "%s", name);
	do {
		room += 1 << 24;
		text = realloc(text, room);
		if (text == NULL)
			err(1, NULL);
		n += fread(text + n, 1, room - n, in);
	} while (n == room);
	if (ferror(in) || fclose(in) != 0)
		err(1, "%s", name);
	*len = n;
	return text;
}

static void
measure_all(const struct tok *tok, char **files)
{
	unsigned char *text;
	size_t len;

	for (; *files != NULL; files++) {
		text = read_file(*files, &len);
		measure(tok, *files, text, len);
		free(text);
	}
}

static void
measure_made(const struct tok *tok)
{
	unsigned char *text = malloc(SIZE);

	if (text == NULL)
		err(1, NULL);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		measure(tok, made[i].name, text, make_text(&made[i], text));
	free(text);
}

int
main(int argc, char **argv)
{
	const struct tok *only = NULL;
	int ch;

	while ((ch = getopt(argc, argv, "e:")) != -1) {
		only = ch == 'e' ? tok_by_name(optarg) : NULL;
		if (only == NULL)
			errx(2, "usage: tokenizer [-e ENCODING] [FILE]...");
	}
	printf("%73s\n", "MB/s: ids   count");
	for (size_t i = 0; tok_by_index(i) != NULL; i++) {
		const struct tok *tok = tok_by_index(i);

		if (only != NULL && tok != only)
			continue;
		if (optind < argc)
			measure_all(tok, argv + optind);
		else
			measure_made(tok);
	}
	return 0;
}
