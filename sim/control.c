/* /_sim/...: how tests watch and steer the simulator; see server.h. */
#include "server.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define DEFAULT_TIMEOUT 20

static const char *
argument(const struct sim_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(
	    x->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ?NAME=N, OTHERWISE if it is not there. */
static uint64_t
count(const struct sim_exchange *x, const char *name, uint64_t otherwise)
{
	const char *value = argument(x, name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

/* One figure alone, for ?get=NAME; all without. */
static void
stats(struct sim_exchange *x)
{
	struct sim_server *s = x->server;
	const char *name = argument(x, "get");
	struct sim_text all = {0}, key = {0};

	sim_journal_stats(&s->service.journal, s->n_held, &all);
	if (!name) {
		sim_text_add(&x->reply.body, all.data, all.len);
	} else {
		const char *at;

		sim_text_addf(&key, "\"%s\": ", name);
		at = strstr(all.data, key.data);
		if (at) {
			at += key.len;
			sim_text_add(&x->reply.body, at, strcspn(at, ",}\n"));
			sim_text_adds(&x->reply.body, "\n");
		} else {
			x->reply.status = 404;
			sim_text_addf(
			    &x->reply.body, "no figure named %s\n", name);
		}
		x->reply.type = "text/plain";
	}
	sim_text_free(&all);
	sim_text_free(&key);
}

/* Lets go the oldest ?n=N of those held, or all. */
static void
release(struct sim_exchange *x)
{
	struct sim_server *s = x->server;
	uint64_t n = count(x, "n", UINT64_MAX), released = 0;
	struct sim_exchange *held;

	if (count(x, "open", 0))
		s->hold_no_more = true;
	while (released < n && (held = TAILQ_FIRST(&s->held))) {
		sim_exchange_resume(held, SIM_READY);
		released++;
	}
	sim_text_addf(&x->reply.body, "{\"released\": %llu}\n",
	    (unsigned long long)released);
}

static void
reset(struct sim_exchange *x)
{
	struct sim_server *s = x->server;

	if (strcmp(x->method, "POST") != 0) {
		x->reply.status = 405;
		sim_text_adds(&x->reply.body, "reset by POST\n");
		return;
	}
	sim_service_reset(&s->service);
	s->hold_no_more = false;
	sim_text_adds(&x->reply.body, "{}\n");
}

static bool
fulfilled(const struct sim_exchange *x)
{
	const struct sim_journal *j = &x->server->service.journal;

	return j->n >= x->want_received && j->answered >= x->want_answered &&
	       x->server->n_held >= x->want_held;
}

static void
wait_for(struct sim_exchange *x)
{
	uint64_t seconds = count(x, "timeout", DEFAULT_TIMEOUT);

	x->want_received = count(x, "received", 0);
	x->want_answered = count(x, "answered", 0);
	x->want_held = count(x, "held", 0);
	if (fulfilled(x))
		sim_text_adds(&x->reply.body, "{}\n");
	else
		sim_exchange_suspend(x, SIM_WAITING,
		    sim_now() + (int64_t)(seconds % 86400) * 1000000,
		    EPOLLRDHUP);
}

void
sim_control_check(struct sim_server *s)
{
	struct sim_exchange *x, *next;

	for (x = TAILQ_FIRST(&s->wake); x; x = next) {
		next = TAILQ_NEXT(x, wake);
		if (x->state != SIM_WAITING || !fulfilled(x))
			continue;
		sim_text_adds(&x->reply.body, "{}\n");
		sim_exchange_resume(x, SIM_READY);
	}
}

void
sim_control(struct sim_exchange *x)
{
	const char *what = x->path + strlen("/_sim/");

	if (!strcmp(what, "journal")) {
		sim_journal_print(&x->server->service.journal, &x->reply.body);
	} else if (!strcmp(what, "stats")) {
		stats(x);
	} else if (!strcmp(what, "release")) {
		release(x);
	} else if (!strcmp(what, "reset")) {
		reset(x);
	} else if (!strcmp(what, "wait")) {
		wait_for(x);
	} else {
		x->reply.status = 404;
		sim_text_adds(&x->reply.body,
		    "/_sim/ has journal, stats, wait, release and reset\n");
	}
}
