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
 * random texts are ordinary text) run the same code on the same data.  Once
 * is enough for the many; the usual number is for both.
 */
unsigned long
suite_cases(size_t i, unsigned long preset)
{
	const struct tok *a = &tok_table[i];
	unsigned long n = setting("TOK_CASES", preset);

	for (const struct tok *b = tok_table; b < a; b++)
		if (a->kind == b->kind && a->image == b->image &&
		    a->ntok == b->ntok && n > preset)
			return preset;
	return n;
}

uint64_t
suite_seed(void)
{
	return setting("TOK_SEED", 1);
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
		fprintf(stderr, "TOK_CASES=1 TOK_SEED=%llu\n",
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
	for (size_t i = 0; i < TOK_COUNT; i++)
		if (tally[i].random + tally[i].others > 0)
			fprintf(stderr,
			    "# %s, %s: %lu random texts and %lu others, "
			    "%lu tokens, %lu bytes, seed %llu\n",
			    name, tok_table[i].name, tally[i].random,
			    tally[i].others, tally[i].tokens, tally[i].bytes,
			    (unsigned long long)suite_seed());
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
