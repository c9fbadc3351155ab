/*
 * tally.h - the jobs of a run counted by their ends.
 */
#ifndef TALLY_H
#define TALLY_H

#include "job.h"

#include <stdint.h>

struct run;

enum {
	JOB_STATES = JOB_LEFT - JOB_ANSWERED + 1
};

struct tally {
	int by_state[JOB_STATES]; /* from JOB_ANSWERED on */
	int attempts;
	int64_t input_tokens;
	int64_t output_tokens;
	int64_t charged;         /* to the day's limit */
	int unknown;             /* attempts of unknown fate */
	int64_t charged_unknown; /* for these */
};

void tally_count(const struct run *r, struct tally *t);

/* J's state in a word. */
const char *tally_word(const struct job *j);

#endif
