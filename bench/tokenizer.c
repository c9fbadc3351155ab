/*
 * tokenizer - how quick the tokenizer is, on files and on made-up text.
 *
 *	tokenizer [-e ENCODING] [FILE]...
 *
 * Each text is encoded and counted several times in one thread, and the best
 * time is kept (processor time, so that a busy machine does less harm).  The
 * first FILE is prose, with which the other texts are compared.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

#include "texts.h"
#include "tokenizer.h"

#define ROUNDS 9
#define TEXTS_MAX 100

/* Those whose ids are the same, but for special tokens, share a table. */
static const struct {
	const char *name, *like;
} encodings[] = {
    {"r50k_base", ", and gpt2"},
    {"p50k_base", ", and p50k_edit"},
    {"cl100k_base", ""},
    {"o200k_base", ", and o200k_harmony"},
};
#define ENCODINGS (sizeof(encodings) / sizeof(encodings[0]))

struct cost {
	double seconds;
	double cycles; /* of the time-stamp counter, or 0 */
};

struct result {
	size_t tokens;
	size_t billed; /* bytes, with U+FFFD for what is not UTF-8 */
	struct cost ids, count;
};

static const struct cost never = {INFINITY, INFINITY};

static struct cost
now(void)
{
	struct cost c = {0, 0};
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	c.seconds = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
#if defined(__x86_64__) || defined(__i386__)
	c.cycles = (double)__rdtsc();
#endif
	return c;
}

/* Keep what has been spent since FROM in *BEST if it is less. */
static void
keep(struct cost *best, struct cost from)
{
	struct cost to = now();

	best->seconds = fmin(best->seconds, to.seconds - from.seconds);
	best->cycles = fmin(best->cycles, to.cycles - from.cycles);
}

static void *
room_for(size_t n, size_t size)
{
	void *room = calloc(n + 1, size);

	if (room == NULL)
		err(1, NULL);
	return room;
}

static void
our_round(const struct tok *tok, const struct text *t, uint32_t *ids,
    struct result *r)
{
	struct cost from = now();

	if (tok_encode(tok, t->bytes, t->len, 0, ids, r->tokens) != r->tokens)
		errx(1, "%s: ids and count differ", t->name);
	keep(&r->ids, from);
	from = now();
	if (tok_count(tok, t->bytes, t->len) != r->tokens)
		errx(1, "%s: counts differ", t->name);
	keep(&r->count, from);
}

static struct result
measure(const struct tok *tok, const struct text *t)
{
	struct result r = {.tokens = tok_count(tok, t->bytes, t->len),
	    .ids = never,
	    .count = never};
	uint32_t *ids = room_for(r.tokens, sizeof(*ids));

	for (int i = 0; i < ROUNDS; i++)
		our_round(tok, t, ids, &r);
	r.billed = tok_decode(tok, ids, r.tokens, NULL, 0);
	free(ids);
	return r;
}

/* One row: R is what T took, per byte of BYTES; PROSE what prose took. */
static void
print(const char *name, double bytes, const struct result *r,
    const struct text *prose_text, const struct result *prose)
{
	double per = bytes * 1e-6;

	printf("%-19.19s%6.2f%9zu%8.1f%8.1f", name, per, r->tokens,
	    per / r->ids.seconds, per / r->count.seconds);
	if (r->ids.cycles > 0)
		printf("%7.2f%7.2f", r->ids.cycles / bytes,
		    r->count.cycles / bytes);
	if (prose != NULL) {
		double times = (double)prose_text->len / bytes;

		printf("%6.2f%6.2f",
		    times * r->ids.seconds / prose->ids.seconds,
		    times * r->count.seconds / prose->count.seconds);
	}
	putchar('\n');
}

static void
print_head(const char *name, const char *like)
{
	const char *cycles = now().cycles > 0 ? "   cycles/byte" : "";
	const char *two = *cycles != '\0' ? "    ids  count" : "";

	printf("\n%s%s\n%34s%16s%s%12s\n", name, like, "", "MB/s", cycles,
	    "x prose");
	printf("%-19s%6s%9s%8s%8s%s%6s%6s\n", "", "MB", "tokens", "ids",
	    "count", two, "ids", "count");
}

/* All texts in one encoding; the first of FILES, if there are any, is prose. */
static void
table(const struct tok *tok, const char *like, const struct text *texts,
    size_t files, struct result *r)
{
	print_head(tok_name(tok), like);
	for (size_t i = 0; texts[i].name != NULL; i++) {
		double bytes = (double)texts[i].len;
		const struct result *prose = files == 0 ? NULL : r;

		r[i] = measure(tok, &texts[i]);
		print(texts[i].name, bytes, &r[i], texts, prose);
		if (r[i].billed != texts[i].len)
			print("  as it is billed", (double)r[i].billed, &r[i],
			    texts, prose);
		fflush(stdout);
	}
}

/* FILES and the made-up texts; the last has no name. */
static void
read_texts(char **files, size_t n, struct text *texts)
{
	for (size_t i = 0; i < TEXTS_MAX; i++) {
		texts[i] = i < n ? text_of_file(files[i]) : text_made(i - n);
		if (texts[i].name == NULL)
			return;
	}
	errx(2, "too many files");
}

int
main(int argc, char **argv)
{
	static struct text texts[TEXTS_MAX];
	static struct result results[TEXTS_MAX];
	const char *only = NULL;
	size_t files;
	int ch;

	while ((ch = getopt(argc, argv, "e:")) != -1) {
		if (ch != 'e')
			errx(2, "usage: tokenizer [-e ENCODING] [FILE]...");
		only = optarg;
	}
	files = (size_t)(argc - optind);
	read_texts(argv + optind, files, texts);
	for (size_t i = 0; i < ENCODINGS; i++) {
		const char *name = encodings[i].name;

		if (only == NULL || strcmp(only, name) == 0)
			table(tok_by_name(name), encodings[i].like, texts,
			    files, results);
	}
	return 0;
}
