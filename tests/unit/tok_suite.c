#include "tok_suite.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../src/tokenizer/tok.h"

/* What was compared.  Tests run in children, so this is shared memory. */
static struct tally {
	unsigned long random, others, tokens, bytes;
} * tally;

static unsigned long
setting(const char *name, unsigned long preset)
{
	const char *s = getenv(name);

	return s != NULL ? strtoul(s, NULL, 10) : preset;
}

int
suite_is_long(void)
{
	return getenv("TOK_CASES") != NULL;
}

/*
 * Two encodings that have the pattern and the ranks in common (p50k_edit and
 * p50k_base, o200k_harmony and o200k_base: they differ in special tokens, and
 * random texts are ordinary text) run the same code on the same data.
 */
int
suite_is_repeated(size_t i)
{
	const struct tok *a = &tok_table[i];

	for (const struct tok *b = tok_table; b < a; b++)
		if (a->kind == b->kind && a->image == b->image &&
		    a->ntok == b->ntok)
			return 1;
	return 0;
}

unsigned long
suite_cases(size_t i, unsigned long preset)
{
	unsigned long n = setting("TOK_CASES", preset);

	return suite_is_repeated(i) && n > preset ? preset : n;
}

uint64_t
suite_seed(void)
{
	return setting("TOK_SEED", 1);
}

size_t
suite_stream(const struct tok *tok, unsigned flags, uint64_t *seed, size_t most,
    const uint8_t *text, size_t len, uint32_t *ids, size_t cap)
{
	static struct tok_stream stream;
	struct sink have = {.ids = ids, .room = cap};
	size_t n;

	tok_stream_init(&stream, tok, flags);
	if (ids != NULL)
		tok_stream_sink(&stream, sink_store, &have);
	for (size_t at = 0; at < len; at += n) {
		n = 1 + text_below(seed, most);
		if (n > len - at)
			n = len - at;
		tok_stream_feed(&stream, text + at, n);
	}
	n = tok_stream_finish(&stream);
	if (ids != NULL && have.n != n)
		ck_abort_msg("%s: a count of %zu, and %zu ids", tok_name(tok),
		    n, have.n);
	return n;
}

void
suite_compared(size_t i, int random, size_t tokens, size_t bytes)
{
	tally[i].random += random != 0;
	tally[i].others += random == 0;
	tally[i].tokens += tokens;
	tally[i].bytes += bytes;
}

static void
show(const char *what, const uint32_t *ids, size_t n)
{
	fprintf(stderr, "%s:", what);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %u", ids[i]);
	fprintf(stderr, "\n");
}

void
suite_fail(const struct tok *tok, const uint8_t *text, size_t len,
    const uint64_t *seed, const char *what)
{
	if (seed != NULL)
		fprintf(stderr, "first with TOK_SEED=%llu:\n",
		    (unsigned long long)*seed);
	fprintf(stderr, "%s of %zu bytes:", tok_name(tok), len);
	for (size_t i = 0; i < len && i < 5000; i++)
		fprintf(stderr, " %02x", text[i]);
	fprintf(stderr, "\n");
	ck_abort_msg("%s: %s", tok_name(tok), what);
}

void
suite_same_ids(const struct tok *tok, const uint8_t *text, size_t len,
    const uint64_t *seed, const uint32_t *want, size_t nwant,
    const uint32_t *have, size_t nhave)
{
	if (nhave == nwant && memcmp(have, want, nhave * sizeof(*have)) == 0)
		return;
	show("want", want, nwant);
	show("have", have, nhave < nwant ? nhave : nwant);
	suite_fail(tok, text, len, seed, "the ids are others");
}

static void
tell(const char *name)
{
	for (size_t i = 0; i < TOK_COUNT; i++) {
		if (tally[i].random + tally[i].others == 0)
			continue;
		fprintf(stderr, "# %s, %s: ", name, tok_table[i].name);
		if (tally[i].random > 0)
			fprintf(stderr, "%lu random texts, seed %llu, ",
			    tally[i].random, (unsigned long long)suite_seed());
		if (tally[i].others > 0)
			fprintf(stderr, "%lu other texts, ", tally[i].others);
		if (tally[i].tokens > 0)
			fprintf(stderr, "%lu tokens, ", tally[i].tokens);
		fprintf(stderr, "%lu bytes\n", tally[i].bytes);
	}
}

int
suite_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	SRunner *sr = srunner_create(suite);
	size_t size = TOK_COUNT * sizeof(*tally);
	int failed;

	tally = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < TOK_COUNT; i++) {
		TCase *tc = tcase_create(tok_table[i].name);

		tcase_set_timeout(tc, 0);
		for (size_t k = 0; k < n; k++)
			tcase_add_loop_test(tc, tests[k], i, i + 1);
		suite_add_tcase(suite, tc);
	}
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	tell(name);
	munmap(tally, size);
	return failed != 0;
}
