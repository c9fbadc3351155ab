/*
 * summary_json.h - the summary as one JSON object, and what both forms share.
 */
#ifndef SUMMARY_JSON_H
#define SUMMARY_JSON_H

#include "job.h"

#include <stdint.h>

struct run;

enum {
	JOB_STATES = JOB_LEFT - JOB_ANSWERED + 1
};

struct summary_totals {
	int by_state[JOB_STATES]; /* from JOB_ANSWERED on */
	int attempts;
	int64_t input_tokens;
	int64_t output_tokens;
	int64_t charged; /* to the day's limit */
};

void summary_count(const struct run *r, struct summary_totals *t);

/* J's state in a word. */
const char *summary_word(const struct job *j);

/* 0, or -1 with errno. */
int summary_print_json(const struct run *r, int exit_status);

#endif
