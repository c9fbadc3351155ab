#include "slots.h"

#include "clock.h"
#include "hold.h"
#include "run.h"

#include <stdlib.h>
#include <sys/random.h>

void
slots_begin(struct run *r)
{
	struct error err;

	r->slots_max = r->cfg->jobs > 0 ? r->cfg->jobs : (int)r->count;
	/* One child is our own slot: nothing to ask of make. */
	if (r->slots_max < 2)
		return;
	switch (jobserver_start(&r->jobserver, getenv("MAKEFLAGS"), &err)) {
	case 0:
	case 1:
		break;
	default:
		/* As make does in our place; a -j of our own is the user's. */
		if (r->cfg->jobs == 0)
			r->slots_max = 1;
		progress_warn(&r->progress, "%s; running %d at once", err.text,
		    r->slots_max);
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

static void
hold_until(struct run *r, int64_t until)
{
	const int64_t left = until - clock_boot();

	/* The same time, read twice, is not the same to the nanosecond. */
	if (until - r->hold_until < NS_PER_S / 100 || left <= 0)
		return;
	r->hold_until = until;
	r->ramp = 1;
	progress_wait(&r->progress, clock_wall() + left,
	    "the server has asked to slow down");
}

void
slots_hold(struct run *r, int64_t delay)
{
	const int64_t wall = clock_wall();

	if (delay > HOLD_MAX)
		delay = HOLD_MAX;
	hold_tell(r->ws->locks, wall, wall + delay);
	r->hold_heard = wall + delay;
	hold_until(r, clock_boot() + delay);
}

void
slots_passed(struct run *r)
{
	if (r->ramp != 0)
		r->ramp *= 2;
	if (r->ramp >= r->slots_max)
		r->ramp = 0;
}

/* Up to a tenth of LEFT and a tenth of a second. */
static int64_t
some_of(int64_t left)
{
	uint64_t random = 0;

	(void)getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return (int64_t)(random % (uint64_t)(left / 10 + NS_PER_S / 10));
}

/*
 * What other invocations have heard from the server.  There may be many of us
 * who hear it, each with one prompt: we do not all start at one moment.
 */
static void
listen(struct run *r)
{
	const int64_t wall = clock_wall();
	const int64_t until = hold_read(r->ws->locks, wall);
	const int64_t left = until - wall;

	if (until == 0 || until == r->hold_heard || useful(r) <= r->running)
		return;
	r->hold_heard = until;
	hold_until(r, clock_boot() + left + some_of(left));
}

void
slots_update(struct run *r)
{
	const int64_t now = clock_boot();

	if (r->cfg->exec == NULL)
		listen(r);
	if (r->hold_until != 0 && r->hold_until <= now) {
		r->hold_until = 0;
		progress_wait_over(&r->progress);
	}
	r->slots = r->slots_max;
	if (r->jobserver.fd != -1) {
		jobserver_want(&r->jobserver, useful(r) - 1);
		r->slots = 1 + r->jobserver.held;
	}
	if (r->slots > r->slots_max)
		r->slots = r->slots_max;
	if (r->ramp != 0 && r->slots > r->ramp)
		r->slots = r->ramp;
}

void
slots_end(struct run *r)
{
	jobserver_stop(&r->jobserver);
}
