/*
 * server.h - the simulator on the network.
 *
 *	struct sim_server s;
 *	sim_server_start(&s, &options);		or ends the program
 *	sim_server_run(&s);			until a signal
 *	sim_server_stop(&s);
 *
 * One thread does everything: libmicrohttpd is driven from our own epoll
 * loop, and a request that has to wait is suspended, which costs a socket
 * and no more.  So hundreds may wait at once, nothing needs a lock, and the
 * journal has one order.
 *
 * An exchange is one request and its reply.  Its life:
 *
 *	READING --> DELAYED --> HELD --> READY --> SENDING --> freed
 *	        --> HUNG (until the client goes)
 *	        --> WAITING (/_sim/wait) --> READY
 *
 * with DELAYED and HELD only if asked for.  In DELAYED, HELD, HUNG, WAITING
 * and RAW (raw.c, in place of SENDING) the connection is suspended, and a
 * client that hangs up is noticed: that makes the exchange GONE, but when
 * DELAYED, as an answer under way is made and billed all the same.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "options.h"
#include "reply.h"
#include "service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct MHD_Connection;
struct MHD_Daemon;

enum sim_state {
	SIM_READING,
	SIM_DELAYED,
	SIM_HELD,
	SIM_HUNG,
	SIM_WAITING,
	SIM_READY,
	SIM_SENDING,
	SIM_RAW, /* like SENDING, but by raw.c */
	SIM_GONE,
};

struct sim_exchange {
	struct sim_server *server;
	struct MHD_Connection *connection;
	enum sim_state state;
	char *method;
	char *path;
	struct sim_text body;
	struct sim_reply reply;
	struct sim_record *record; /* NULL: not an API request */
	bool lost;                 /* the client hung up before the answer */
	bool suspended;
	bool watched;           /* its socket is in our epoll */
	int64_t wake_at;        /* when to go on; 0: not by time */
	uint64_t sent;          /* bytes so far, if dripped or raw */
	uint64_t want_received; /* what /_sim/wait waits for; 0: not */
	uint64_t want_answered;
	uint64_t want_held;
	TAILQ_ENTRY(sim_exchange) all;
	TAILQ_ENTRY(sim_exchange) wake; /* by wake_at, earliest first */
	TAILQ_ENTRY(sim_exchange) held; /* in order of arrival */
};

TAILQ_HEAD(sim_exchanges, sim_exchange);

struct sim_server {
	const struct sim_options *options;
	struct sim_service service;
	struct MHD_Daemon *daemon;
	int epoll;
	int signals;
	char url[64]; /* http://127.0.0.1:PORT/v1 */
	char *cert;
	char *cert_key;
	bool stop;
	bool resumed; /* a connection that libmicrohttpd must look at */
	bool hold_no_more;
	size_t n_held;
	struct sim_exchanges all;
	struct sim_exchanges wake;
	struct sim_exchanges held;
};

void sim_server_start(struct sim_server *s, const struct sim_options *o);
void sim_server_run(struct sim_server *s);
void sim_server_stop(struct sim_server *s);

/* Microseconds on the monotonic clock. */
int64_t sim_now(void);

/* exchange.c: what libmicrohttpd calls, and the steps of a life. */
struct sim_exchange *sim_exchange_new(struct sim_server *s,
    struct MHD_Connection *c, const char *method, const char *path);
/* The headers are here.  False: hang up. */
bool sim_exchange_begin(struct sim_exchange *x);
/* The request is whole, or the wait is over: go on.  False: hang up. */
bool sim_exchange_step(struct sim_exchange *x);
/* The connection goes on after a wait, in STATE. */
void sim_exchange_resume(struct sim_exchange *x, enum sim_state state);
/* Suspends until WAKE_AT (0: no time) or until EVENTS (epoll's; 0: none). */
void sim_exchange_suspend(struct sim_exchange *x, enum sim_state state,
    int64_t wake_at, uint32_t events);
/* One of these events has come. */
void sim_exchange_event(struct sim_exchange *x, uint32_t events);
/* Its time has come, while DELAYED, WAITING or SENDING. */
void sim_exchange_wake(struct sim_exchange *x);
/* Over: journal it and free it. */
void sim_exchange_end(struct sim_exchange *x, bool delivered);

/* The connection's socket. */
int sim_exchange_socket(const struct sim_exchange *x);

/* send.c: hands the reply to libmicrohttpd. */
bool sim_send(struct sim_exchange *x);

/* raw.c: past libmicrohttpd, for what is not HTTP.  Plain HTTP only. */
bool sim_raw_start(struct sim_exchange *x);
void sim_raw_more(struct sim_exchange *x);

/* control.c: /_sim/...  Prepares the reply, or suspends. */
void sim_control(struct sim_exchange *x);
/* Wakes those whose /_sim/wait is fulfilled. */
void sim_control_check(struct sim_server *s);

#endif
