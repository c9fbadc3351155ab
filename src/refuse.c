#include "refuse.h"

#include "run.h"
#include "units.h"

#include <stdio.h>
#include <string.h>

/* The verdict on TOKENS in REQUESTS if nothing else had ever been sent. */
static enum verdict
at_best(const struct run *r, int64_t tokens, int64_t requests)
{
	const struct usage fresh = {0};
	const struct day day = {0};
	int64_t until;

	return limits_check(
	    &r->cfg->limits, &fresh, tokens, requests, true, day, &until);
}

static void
refuse_batch(struct run *r)
{
	int64_t tokens, requests;
	char limit[80];
	struct error why;
	enum verdict v;

	run_wanted(r, &tokens, &requests);
	v = at_best(r, tokens, requests);
	if (v == ADMIT)
		return;
	error_set(&why, "over the limit of %s, which waiting cannot cure",
	    progress_limit(v, &r->cfg->limits, limit));
	run_stop(r, STOP_REFUSED, &why);
}

static void
refuse_single(struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];
		char limit[80], n[UNITS_TEXT];
		struct error why;
		enum verdict v;

		if (j->state != JOB_WANTING)
			continue;
		v = at_best(r, j->prompt->estimate, 1);
		if (v == ADMIT)
			continue;
		error_set(&why,
		    "prompt %d alone has %s tokens, over the limit of %s",
		    j->prompt->number,
		    units_format_count(j->prompt->estimate, n),
		    progress_limit(v, &r->cfg->limits, limit));
		run_stop(r, STOP_REFUSED, &why);
	}
}

void
refuse_hopeless(struct run *r)
{
	if (r->cfg->split)
		refuse_single(r);
	else
		refuse_batch(r);
}

/* The heaviest job below LIMIT tokens that was not sent. */
static const struct job *
heaviest(const struct run *r, const struct job *before)
{
	const struct job *best = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];

		if (j->state != JOB_LEFT || j == before ||
		    (before != NULL &&
			(j->prompt->estimate > before->prompt->estimate ||
			    (j->prompt->estimate == before->prompt->estimate &&
				j < before))))
			continue;
		if (best == NULL ||
		    j->prompt->estimate > best->prompt->estimate)
			best = j;
	}
	return best;
}

void
refuse_explain(struct run *r)
{
	enum {
		SHOWN = 3
	};
	const struct job *j = NULL;
	int64_t total = 0;
	int count = 0;
	char list[256] = "", n[UNITS_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (r->jobs[i].state == JOB_LEFT) {
			total += r->jobs[i].prompt->estimate;
			count++;
		}
	}
	for (int i = 0; i < SHOWN && (j = heaviest(r, j)) != NULL; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%s%d (%s)", i > 0 ? ", " : "", j->prompt->number,
		    units_format_count(j->prompt->estimate, n));
	progress_warn(&r->progress,
	    "refused: %s tokens in %d prompt%s, %s; nothing was sent",
	    units_format_count(total, n), count, count == 1 ? "" : "s",
	    r->why.text);
	progress_warn(&r->progress, "heaviest prompts: %s%s", list,
	    r->cfg->split || count < 2
		? ""
		: "; --split would send them in consecutive batches");
}
