#include "tally.h"

#include "run.h"

const char *
tally_word(const struct job *j)
{
	switch (j->state) {
	case JOB_ANSWERED:
		return "answered";
	case JOB_ACCEPTED:
		return "accepted";
	case JOB_KEPT:
		return "incomplete";
	case JOB_FAILED:
		return "failed";
	case JOB_CURRENT:
		return "up to date";
	case JOB_BLANK:
		return "blank";
	case JOB_ELSEWHERE:
		return "elsewhere";
	case JOB_LEFT:
		return "pending";
	default:
		return "unsettled";
	}
}

void
tally_count(const struct run *r, struct tally *t)
{
	*t = (struct tally){0};
	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];

		if (j->state >= JOB_ANSWERED)
			t->by_state[j->state - JOB_ANSWERED]++;
		t->attempts += j->tries.attempts;
		t->input_tokens += j->input_tokens;
		t->output_tokens += j->output_tokens;
		t->charged += j->charged;
		t->unknown += j->tries.unknown;
		t->charged_unknown += j->charged_unknown;
	}
}
