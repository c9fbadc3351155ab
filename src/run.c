#include "run.h"

#include "clock.h"

void
run_stop(struct run *r, enum stop reason, const struct error *why)
{
	if (reason <= r->stop)
		return;
	r->stop = reason;
	r->why = *why;
}

void
run_wanted(const struct run *r, int64_t *tokens, int64_t *requests)
{
	*tokens = *requests = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (r->jobs[i].state != JOB_WANTING)
			continue;
		*tokens += r->jobs[i].prompt->estimate;
		(*requests)++;
	}
}

bool
run_is_stale(const struct run *r, const struct job *j)
{
	return reservation_is_stale(
	    &j->claim.record.reservation, &r->cfg->limits, clock_wall());
}
