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

int
sim_exchange_socket(const struct sim_exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* libmicrohttpd does not look at a suspended connection: we do. */
static void
watch(struct sim_exchange *x, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = x};

	if (epoll_ctl(x->server->epoll, EPOLL_CTL_ADD, sim_exchange_socket(x),
		&e) == -1)
		err(1, "cannot watch a connection");
	x->watched = true;
}

static void
unwatch(struct sim_exchange *x)
{
	if (x->watched)
		epoll_ctl(x->server->epoll, EPOLL_CTL_DEL,
		    sim_exchange_socket(x), NULL);
	x->watched = false;
}

/* From the end: most waits are equally long, so it goes in there. */
static void
set_timer(struct sim_exchange *x, int64_t at)
{
	struct sim_exchanges *list = &x->server->wake;
	struct sim_exchange *before = TAILQ_LAST(list, sim_exchanges);

	x->wake_at = at;
	while (before && before->wake_at > at)
		before = TAILQ_PREV(before, sim_exchanges, wake);
	if (before)
		TAILQ_INSERT_AFTER(list, before, x, wake);
	else
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
sim_exchange_suspend(struct sim_exchange *x, enum sim_state state,
    int64_t wake_at, uint32_t events)
{
	x->state = state;
	if (state == SIM_HELD) {
		TAILQ_INSERT_TAIL(&x->server->held, x, held);
		x->server->n_held++;
	}
	if (wake_at)
		set_timer(x, wake_at);
	if (events)
		watch(x, events);
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
	if (!x->suspended)
		return;
	MHD_resume_connection(x->connection);
	x->suspended = false;
	/* No event and no timeout of libmicrohttpd's will tell us. */
	x->server->resumed = true;
}

static const char *
header(const struct sim_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(
	    x->connection, MHD_HEADER_KIND, name);
}

static struct sim_incoming
incoming(const struct sim_exchange *x)
{
	return (struct sim_incoming){
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
}

static void
take_request(struct sim_exchange *x)
{
	struct sim_incoming in = incoming(x);

	x->record =
	    sim_service_take(&x->server->service, &in, sim_now(), &x->reply);
	/* Only the reply is needed from here on. */
	sim_text_free(&x->body);
}

static bool
is_control(const struct sim_exchange *x)
{
	return !strncmp(x->path, CONTROL, strlen(CONTROL));
}

/* Send what is ready; false: hang up. */
static bool
answer(struct sim_exchange *x)
{
	if (x->record)
		sim_service_answer(
		    &x->server->service, &x->reply, x->record, sim_now());
	x->state = SIM_SENDING;
	return sim_send(x);
}

bool
sim_exchange_begin(struct sim_exchange *x)
{
	struct sim_incoming in = incoming(x);

	if (is_control(x))
		return true;
	x->record =
	    sim_service_early(&x->server->service, &in, sim_now(), &x->reply);
	return !x->record || answer(x);
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
		sim_exchange_suspend(
		    x, SIM_DELAYED, sim_now() + delay, EPOLLRDHUP);
		return true;
	}
	if (x->state <= SIM_DELAYED && x->reply.hold &&
	    !x->server->hold_no_more) {
		sim_exchange_suspend(x, SIM_HELD, 0, EPOLLRDHUP);
		return true;
	}
	if (x->state != SIM_HUNG && x->reply.shape == SIM_NEVER) {
		sim_exchange_suspend(x, SIM_HUNG, 0, EPOLLRDHUP);
		return true;
	}
	return false;
}

bool
sim_exchange_step(struct sim_exchange *x)
{
	if (x->state == SIM_GONE)
		return false;
	if (x->state == SIM_READING && is_control(x)) {
		sim_reply_init(&x->reply);
		sim_control(x);
		if (x->suspended)
			return true;
	} else if (x->state == SIM_READING) {
		take_request(x);
	}
	if (x->record && must_wait(x))
		return true;
	return answer(x);
}

void
sim_exchange_event(struct sim_exchange *x, uint32_t events)
{
	bool gone = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);

	x->lost = x->lost || gone;
	/* The answer is being made and will be billed, whoever listens. */
	if (gone && x->state == SIM_DELAYED)
		unwatch(x);
	else if (gone)
		sim_exchange_resume(x, SIM_GONE);
	else if (x->state == SIM_RAW)
		sim_raw_more(x);
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
		sim_journal_done(&s->service.journal, x->record, sim_now(),
		    delivered && !x->lost);
	TAILQ_REMOVE(&s->all, x, all);
	sim_reply_free(&x->reply);
	sim_text_free(&x->body);
	free(x->method);
	free(x->path);
	free(x);
}
