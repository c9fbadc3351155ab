/*
 * tok_suite.h - tests that each encoding has to pass.
 *
 * TOK_CASES is how many random texts they are tried with, where more than
 * some thousand are wanted; TOK_SEED is where the random numbers begin.
 * What was compared is told on standard error at the end, an encoding a line.
 */
#ifndef TOK_SUITE_H
#define TOK_SUITE_H

#include <check.h>
#include <stdint.h>

#include "tok_ref.h"
#include "tok_text.h"
#include "tokenizer.h"

/*
 * Run N tests for each encoding, which is a test case of its name, so that
 * CK_RUN_CASE chooses one.  A test has the encoding's index in _i.  Returns
 * the exit status.
 */
int suite_run(const char *name, const TTest *const *tests, size_t n);

/* Is it the long run? */
int suite_is_long(void);

/* Is encoding I one that has come before, but for the special tokens? */
int suite_is_repeated(size_t i);

/*
 * How many random texts encoding I is to be tried with: TOK_CASES, if set,
 * else PRESET.  One that has come before need not have the many.
 */
unsigned long suite_cases(size_t i, unsigned long preset);
uint64_t suite_seed(void);

/*
 * Feed TEXT to a stream in pieces of random size, up to MOST bytes.  Stores
 * the first CAP ids in IDS; if that is NULL, they are only counted.  Returns
 * how many there are.
 */
size_t suite_stream(const struct tok *tok, unsigned flags, uint64_t *seed,
    size_t most, const uint8_t *text, size_t len, uint32_t *ids, size_t cap);

/* One text more was compared; RANDOM says if it was such. */
void suite_compared(size_t i, int random, size_t tokens, size_t bytes);

/*
 * Fail, and show TEXT and the SEED that it was made from, which may be NULL.
 * (An assertion of check's that holds costs more than encoding the text.)
 */
void suite_fail(const struct tok *tok, const uint8_t *text, size_t len,
    const uint64_t *seed, const char *what);

/* Fail if the ids differ, of which as many as wanted are there. */
void suite_same_ids(const struct tok *tok, const uint8_t *text, size_t len,
    const uint64_t *seed, const uint32_t *want, size_t nwant,
    const uint32_t *have, size_t nhave);

#endif
