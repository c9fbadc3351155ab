#include "refuse.h"

#include "run.h"
#include "units.h"

#include <stdio.h>
#include <string.h>

void
refuse_hopeless(struct run *r)
{
	const struct usage fresh = {0};
	const struct day day = {0};

	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];
		char limit[80], n[UNITS_TEXT];
		struct error why;
		int64_t until;
		enum verdict v;

		if (j->state != JOB_WANTING)
			continue;
		v = limits_check(&r->cfg->limits, &fresh, j->prompt->estimate,
		    1, true, day, &until);
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
