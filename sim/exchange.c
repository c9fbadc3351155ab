/* The life of a request and its reply: see server.h. */
#include "server.h"

#include <err.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define CONTROL "/_sim/"

struct sim_exchange *
sim_exchange_new(struct sim_server *s, struct MHD_Connection *c,
    const char *method, const char *path)
{
	struct sim_exchange *x = sim_alloc(1, sizeof(*x));

	x->server = s;
	x->connection = c;
	x->method = sim_strdup(method);
	x->path = sim_strdup(path);
	TAILQ_INSERT_TAIL(&s->all, x, all);
	return x;
}

static int
socket_of(const struct sim_exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* libmicrohttpd does not look at a suspended connection: we do. */
static void
watch(struct sim_exchange *x)
{
	struct epoll_event e = {.events = EPOLLRDHUP, .data.ptr = x};

	if (epoll_ctl(x->server->epoll, EPOLL_CTL_ADD, socket_of(x), &e) == -1)
		err(1, "cannot watch a connection");
	x->watched = true;
}

static void
unwatch(struct sim_exchange *x)
{
	if (x->watched)
		epoll_ctl(x->server->epoll, EPOLL_CTL_DEL, socket_of(x), NULL);
	x->watched = false;
}

/* From the end: most waits are equally long, so it goes in there. */
static void
set_timer(struct sim_exchange *x, int64_t at)
{
	struct sim_exchanges *list = &x->server->wake;
	struct sim_exchange *before;

	x->wake_at = at;
	TAILQ_FOREACH_REVERSE(before, list, sim_exchanges, wake)
	{
		if (before->wake_at <= at) {
			TAILQ_INSERT_AFTER(list, before, x, wake);
			return;
		}
	}
	TAILQ_INSERT_HEAD(list, x, wake);
}

static void
clear_timer(struct sim_exchange *x)
{
	if (x->wake_at)
		TAILQ_REMOVE(&x->server->wake, x, wake);
	x->wake_at = 0;
}

static void
unhold(struct sim_exchange *x)
{
	if (x->state != SIM_HELD)
		return;
	TAILQ_REMOVE(&x->server->held, x, held);
	x->server->n_held--;
}

void
sim_exchange_suspend(
    struct sim_exchange *x, enum sim_state state, int64_t wake_at, bool watched)
{
	x->state = state;
	if (state == SIM_HELD) {
		TAILQ_INSERT_TAIL(&x->server->held, x, held);
		x->server->n_held++;
	}
	if (wake_at)
		set_timer(x, wake_at);
	if (watched)
		watch(x);
	x->suspended = true;
	MHD_suspend_connection(x->connection);
}

void
sim_exchange_resume(struct sim_exchange *x, enum sim_state state)
{
	unhold(x);
	clear_timer(x);
	unwatch(x);
	x->state = state;
	if (x->suspended)
		MHD_resume_connection(x->connection);
	x->suspended = false;
}

static const char *
header(const struct sim_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(
	    x->connection, MHD_HEADER_KIND, name);
}

static void
take_request(struct sim_exchange *x)
{
	struct sim_incoming in = {
	    .method = x->method,
	    .path = x->path,
	    .authorization = header(x, "authorization"),
	    .idempotency_key = header(x, "idempotency-key"),
	    .organization = header(x, "openai-organization"),
	    .project = header(x, "openai-project"),
	    .user_agent = header(x, "user-agent"),
	    .body = x->body.data ? x->body.data : "",
	    .len = x->body.len,
	};

	x->record =
	    sim_service_take(&x->server->service, &in, sim_now(), &x->reply);
	/* Only the reply is needed from here on. */
	sim_text_free(&x->body);
}

/*
 * What the reply must still wait for, after the states it has been in;
 * true if it is suspended for that.
 */
static bool
must_wait(struct sim_exchange *x)
{
	int64_t delay = (int64_t)x->reply.delay_ms * 1000;

	if (x->state == SIM_READING && delay) {
		sim_exchange_suspend(x, SIM_DELAYED, sim_now() + delay, false);
		return true;
	}
	if (x->state <= SIM_DELAYED && x->reply.hold &&
	    !x->server->hold_no_more) {
		sim_exchange_suspend(x, SIM_HELD, 0, true);
		return true;
	}
	if (x->state != SIM_HUNG && x->reply.shape == SIM_NEVER) {
		sim_exchange_suspend(x, SIM_HUNG, 0, true);
		return true;
	}
	return false;
}

bool
sim_exchange_step(struct sim_exchange *x)
{
	struct sim_server *s = x->server;

	if (x->state == SIM_GONE)
		return false;
	if (x->state == SIM_READING &&
	    !strncmp(x->path, CONTROL, strlen(CONTROL))) {
		sim_reply_init(&x->reply);
		sim_control(x);
		if (x->suspended)
			return true;
	} else if (x->state == SIM_READING) {
		take_request(x);
	}
	if (x->record) {
		if (must_wait(x))
			return true;
		sim_service_answer(
		    &s->service, &x->reply, x->record, sim_now());
	}
	x->state = SIM_SENDING;
	return sim_send(x);
}

void
sim_exchange_wake(struct sim_exchange *x)
{
	if (x->state == SIM_WAITING) {
		x->reply.status = 504;
		sim_text_adds(&x->reply.body, "timed out\n");
	}
	sim_exchange_resume(x, x->state == SIM_WAITING ? SIM_READY : x->state);
}

void
sim_exchange_end(struct sim_exchange *x, bool delivered)
{
	struct sim_server *s = x->server;

	unhold(x);
	clear_timer(x);
	unwatch(x);
	if (x->record)
		sim_journal_done(
		    &s->service.journal, x->record, sim_now(), delivered);
	TAILQ_REMOVE(&s->all, x, all);
	sim_reply_free(&x->reply);
	sim_text_free(&x->body);
	free(x->method);
	free(x->path);
	free(x);
}
