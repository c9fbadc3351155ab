#include "slots.h"

#include "clock.h"
#include "run.h"

#include <stdlib.h>

void
slots_begin(struct run *r)
{
	struct error err;

	r->slots_max = r->cfg->jobs > 0 ? r->cfg->jobs : (int)r->count;
	r->slots = r->slots_max;
	/* One child is our own slot: nothing to ask of make. */
	if (r->slots_max < 2)
		return;
	switch (jobserver_start(&r->jobserver, getenv("MAKEFLAGS"), &err)) {
	case 0:
		break;
	case 1:
		r->slots = 1;
		break;
	default:
		/* As make does in our place; a -j of our own is the user's. */
		if (r->cfg->jobs == 0)
			r->slots = r->slots_max = 1;
		progress_warn(
		    &r->progress, "%s; running %d at once", err.text, r->slots);
	}
}

/* How many could run now if there were slots for all. */
static int
useful(const struct run *r)
{
	const int64_t now = clock_boot();
	int n = r->running;

	if (r->stop != STOP_NONE || r->admission.waiting || now < r->hold_until)
		return n;
	for (size_t i = 0; i < r->count && n < r->slots_max; i++) {
		const struct job *const j = &r->jobs[i];

		if (j->state == JOB_WANTING || j->state == JOB_READY ||
		    (j->state == JOB_RESTING && j->due <= now))
			n++;
	}
	return n;
}

void
slots_update(struct run *r)
{
	if (r->jobserver.fd == -1)
		return;
	jobserver_want(&r->jobserver, useful(r) - 1);
	r->slots = 1 + r->jobserver.held;
	if (r->slots > r->slots_max)
		r->slots = r->slots_max;
}

void
slots_end(struct run *r)
{
	jobserver_stop(&r->jobserver);
}
