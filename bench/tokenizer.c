/*
 * tokenizer - how quick the tokenizer is, on files and on made-up text.
 *
 *	tokenizer [-q] [-p PEERS] [-e ENCODING] [FILE]...
 *	tokenizer -c FILE
 *
 * Each text is encoded and counted several times in one thread, and the best
 * time is kept (processor time, so that a busy machine does less harm).  The
 * first FILE is prose, with which the other texts are compared.
 *
 * -q has quicktok do the same, in turns with ours, and compares the ids.
 * PEERS is a file of what other tokenizers took for the FILEs, a line each:
 *	ENCODING FILE'S-NUMBER PEER SECONDS-FOR-IDS SECONDS-TO-COUNT TOKENS SUM
 * where SUM is made as sum_of() does.
 *
 * -c only counts FILE with quicktok: for its cold start.
 */
#include <err.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

#include "quicktok.h"
#include "texts.h"
#include "tokenizer.h"

#define ROUNDS 9
#define TEXTS_MAX 100
#define PEERS_MAX 1000

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
	uint32_t sum;  /* of the ids */
	size_t billed; /* bytes, with U+FFFD for what is not UTF-8 */
	struct cost ids, count;
	struct cost their_ids, their_count;
	bool same; /* ids as theirs */
};

struct peer {
	char encoding[32], name[32];
	size_t text;
	double ids, count; /* seconds */
	size_t tokens;
	uint32_t sum;
};

static unsigned differing; /* rows whose ids are not the peer's */

static const struct cost never = {INFINITY, INFINITY};

static const char *
verdict(bool same)
{
	differing += !same;
	return same ? "" : "  DIFFERS";
}

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

static uint32_t
sum_of(const uint32_t *ids, size_t n)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ids[i]) * 16777619u;
	return sum;
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

/* MENDED is valid UTF-8, which is what others want. */
static void
their_round(const struct qt_tokenizer *q, const unsigned char *mended,
    const uint32_t *ids, struct result *r)
{
	struct cost from = now();
	size_t n, count;
	uint32_t *theirs = quicktok_encode(q, mended, r->billed, &n);

	keep(&r->their_ids, from);
	from = now();
	count = quicktok_count(q, mended, r->billed);
	keep(&r->their_count, from);
	r->same = n == r->tokens && count == n &&
	          memcmp(ids, theirs, n * sizeof(*ids)) == 0;
	quicktok_free(theirs);
}

static struct result
measure(
    const struct tok *tok, const struct qt_tokenizer *q, const struct text *t)
{
	struct result r = {.tokens = tok_count(tok, t->bytes, t->len),
	    .ids = never,
	    .count = never,
	    .their_ids = never,
	    .their_count = never,
	    .same = true};
	uint32_t *ids = room_for(r.tokens, sizeof(*ids));
	unsigned char *mended;

	tok_encode(tok, t->bytes, t->len, 0, ids, r.tokens);
	r.sum = sum_of(ids, r.tokens);
	r.billed = tok_decode(tok, ids, r.tokens, NULL, 0);
	mended = room_for(r.billed, 1);
	tok_decode(tok, ids, r.tokens, mended, r.billed);
	for (int i = 0; i < ROUNDS; i++) {
		our_round(tok, t, ids, &r);
		if (q != NULL)
			their_round(q, mended, ids, &r);
	}
	free(mended);
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
	} else {
		printf("%12s", "");
	}
	if (r->their_ids.seconds < INFINITY)
		printf(" |%7.1f%8.1f%7.2f%7.2f%s", per / r->their_ids.seconds,
		    per / r->their_count.seconds,
		    r->their_ids.seconds / r->ids.seconds,
		    r->their_count.seconds / r->count.seconds,
		    verdict(r->same));
	putchar('\n');
}

static void
print_head(const char *name, const char *like, bool theirs)
{
	const char *cycles = now().cycles > 0 ? "   cycles/byte" : "";
	const char *two = *cycles != '\0' ? "    ids  count" : "";

	printf("\n%s%s\n%34s%16s%s%12s%s\n", name, like, "", "MB/s", cycles,
	    "x prose", theirs ? " |  quicktok MB/s   ours/theirs" : "");
	printf("%-19s%6s%9s%8s%8s%s%6s%6s%s\n", "", "MB", "tokens", "ids",
	    "count", two, "ids", "count",
	    theirs ? " |    ids   count    ids  count" : "");
}

/* What the other tokenizers took for the files, next to R, what we did. */
static void
print_peers(const struct peer *peers, size_t n, const char *encoding,
    const struct text *texts, const struct result *r)
{
	for (size_t i = 0; i < n; i++) {
		const struct peer *p = &peers[i];
		const struct result *ours = &r[p->text];
		double mb = (double)texts[p->text].len * 1e-6;

		if (strcmp(p->encoding, encoding) != 0)
			continue;
		printf("%-19s%-15s%8.1f%8.1f MB/s, ours/theirs%7.1f%7.1f%s\n",
		    p->name, texts[p->text].name, mb / p->ids, mb / p->count,
		    p->ids / ours->ids.seconds, p->count / ours->count.seconds,
		    verdict(p->tokens == ours->tokens && p->sum == ours->sum));
	}
}

/* Read what other tokenizers took for FILES texts; how many lines that is. */
static size_t
read_peers(const char *name, size_t files, struct peer *peers)
{
	FILE *in = fopen(name, "re");
	char line[200];
	size_t n = 0;

	if (in == NULL)
		err(1, "%s", name);
	for (; n < PEERS_MAX && fgets(line, sizeof(line), in) != NULL; n++) {
		struct peer *p = &peers[n];

		if (sscanf(line, "%31s %zu %31s %lf %lf %zu %" SCNu32,
			p->encoding, &p->text, p->name, &p->ids, &p->count,
			&p->tokens, &p->sum) != 7 ||
		    p->text >= files)
			errx(1, "%s: cannot make sense of: %s", name, line);
	}
	if (ferror(in) || fclose(in) != 0)
		err(1, "%s", name);
	return n;
}

/* All texts in one encoding; the first of FILES, if there are any, is prose. */
static void
table(const struct tok *tok, const char *like, struct qt_tokenizer *q,
    const struct text *texts, size_t files, struct result *r)
{
	print_head(tok_name(tok), like, q != NULL);
	for (size_t i = 0; texts[i].name != NULL; i++) {
		double bytes = (double)texts[i].len;
		const struct result *prose = files == 0 ? NULL : r;

		r[i] = measure(tok, q, &texts[i]);
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

/* Anything but a count is a failure: there is nothing to time then. */
static int
count_with_quicktok(const char *file)
{
	struct text t = text_of_file(file);
	struct qt_tokenizer *q =
	    quicktok_open() ? quicktok_load("o200k_base") : NULL;

	if (q == NULL)
		return 1;
	printf("%zu\n", quicktok_count(q, t.bytes, t.len));
	return 0;
}

int
main(int argc, char **argv)
{
	static struct text texts[TEXTS_MAX];
	static struct result results[TEXTS_MAX];
	static struct peer peers[PEERS_MAX];
	const char *only = NULL, *peers_file = NULL;
	bool theirs = false;
	size_t files, peers_n = 0;
	int ch;

	while ((ch = getopt(argc, argv, "c:e:p:q")) != -1) {
		if (ch == 'c')
			return count_with_quicktok(optarg);
		else if (ch == 'e')
			only = optarg;
		else if (ch == 'p')
			peers_file = optarg;
		else if (ch == 'q')
			theirs = true;
		else
			errx(2, "usage: tokenizer [-q] [-p PEERS] "
				"[-e ENCODING] [FILE]... | -c FILE");
	}
	files = (size_t)(argc - optind);
	read_texts(argv + optind, files, texts);
	if (peers_file != NULL)
		peers_n = read_peers(peers_file, files, peers);
	theirs = theirs && quicktok_open();
	/* Memory once had is kept, so that nobody's time is the kernel's. */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	for (size_t i = 0; i < ENCODINGS; i++) {
		const char *name = encodings[i].name;
		struct qt_tokenizer *q;

		if (only != NULL && strcmp(only, name) != 0)
			continue;
		q = theirs ? quicktok_load(name) : NULL;
		table(tok_by_name(name), encodings[i].like, q, texts, files,
		    results);
		print_peers(peers, peers_n, name, texts, results);
		if (q != NULL)
			quicktok_unload(q);
	}
	if (differing > 0)
		printf("\n*** The ids DIFFER in %u rows ***\n", differing);
	return 0;
}
