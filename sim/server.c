/* The listening socket and the loop: see server.h. */
#include "server.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The largest request; the real API has a bound, too. */
#define BODY_MAX (64u << 20)
#define CONNECTIONS_MAX 4000
#define BACKLOG 1024

int64_t
sim_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		err(1, "clock_gettime");
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct sim_exchange *x = *state;

	(void)version;
	if (!x) {
		*state = x = sim_exchange_new(cls, c, method, url);
		return sim_exchange_begin(x) ? MHD_YES : MHD_NO;
	}
	if (*size) {
		if (x->body.len + *size > BODY_MAX)
			return MHD_NO;
		sim_text_add(&x->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return sim_exchange_step(x) ? MHD_YES : MHD_NO;
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **state,
    enum MHD_RequestTerminationCode why)
{
	(void)cls;
	(void)c;
	if (*state)
		sim_exchange_end(
		    *state, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	*state = NULL;
}

static char *
read_file(const char *path)
{
	struct sim_text t = {0};
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		err(1, "%s", path);
	while ((n = fread(part, 1, sizeof(part), f)))
		sim_text_add(&t, part, n);
	if (ferror(f))
		err(1, "cannot read %s", path);
	fclose(f);
	if (!t.data)
		errx(1, "%s: is empty", path);
	return t.data;
}

static int
listen_on(const struct sim_options *o)
{
	struct sockaddr_in a4 = {.sin_family = AF_INET,
	    .sin_port = htons(o->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(o->port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr *a = (const struct sockaddr *)&a4;
	socklen_t len = sizeof(a4);
	int fd, on = 1;

	if (o->ipv6) {
		a = (const struct sockaddr *)&a6;
		len = sizeof(a6);
	}
	fd =
	    socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(1, "cannot make a socket");
	if (bind(fd, a, len) == -1 || listen(fd, BACKLOG) == -1)
		err(1, "cannot listen on port %u of loopback", o->port);
	return fd;
}

static void
set_url(struct sim_server *s, int fd)
{
	struct sockaddr_in6 a = {0}; /* the port is where IPv4 has it */
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		err(1, "cannot tell which port this is");
	snprintf(s->url, sizeof(s->url), "%s://%s:%u/v1",
	    s->options->cert ? "https" : "http",
	    s->options->ipv6 ? "[::1]" : "127.0.0.1", ntohs(a.sin6_port));
}

static void
start_daemon(struct sim_server *s, int fd)
{
	const struct sim_options *o = s->options;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, NULL},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL},
	    {MHD_OPTION_END, 0, NULL},
	};

	if (o->cert) {
		flags |= MHD_USE_TLS;
		tls[0].ptr_value = s->cert = read_file(o->cert);
		tls[1].ptr_value = s->cert_key = read_file(o->cert_key);
	} else {
		tls[0] = tls[2];
	}
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, s, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (!s->daemon)
		errx(1, "cannot start the HTTP server%s%s%s",
		    o->cert ? "; is " : "", o->cert ? o->cert : "",
		    o->cert ? " a certificate for the key?" : "");
}

static void
add_event(struct sim_server *s, int fd, void *who)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = who};

	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == -1)
		err(1, "cannot wait for %s",
		    fd == STDIN_FILENO ? "standard input; is it a file?"
				       : "events");
}

static void
set_events(struct sim_server *s)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll == -1 || !info)
		err(1, "cannot make an epoll");
	if (!s->options->stall)
		add_event(s, info->epoll_fd, &s->daemon);
	add_event(s, s->signals, &s->signals);
	if (s->options->until_eof)
		add_event(s, STDIN_FILENO, &s->stop);
}

/* Blocked before anything else, so that none is ever missed. */
static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(1, "cannot block signals");
	/* Clients that go away are nothing to die of. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(1, "cannot ignore SIGPIPE");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		err(1, "signalfd");
	return fd;
}

/* A connection each: the usual 1024 are too few for a herd. */
static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return;
	if (r.rlim_cur < CONNECTIONS_MAX + 100)
		r.rlim_cur = r.rlim_max < CONNECTIONS_MAX + 100
		                 ? r.rlim_max
		                 : CONNECTIONS_MAX + 100;
	/* Failing that, we serve as many as may be. */
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

void
sim_server_start(struct sim_server *s, const struct sim_options *o)
{
	int fd;

	*s = (struct sim_server){.options = o};
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->wake);
	TAILQ_INIT(&s->held);
	raise_files();
	s->signals = catch_signals();
	sim_service_init(&s->service, o);
	if (o->journal) {
		s->service.journal.file = fopen(o->journal, "ae");
		if (!s->service.journal.file)
			err(1, "cannot append to %s", o->journal);
	}
	fd = listen_on(o);
	set_url(s, fd);
	start_daemon(s, fd);
	set_events(s);
}

/* Milliseconds until something is due by time, rounded up; -1: never. */
static int
time_left(struct sim_server *s)
{
	struct sim_exchange *first = TAILQ_FIRST(&s->wake);
	MHD_UNSIGNED_LONG_LONG mhd;
	int64_t us;

	if (s->options->stall)
		return -1;
	if (s->resumed)
		return 0;
	if (MHD_get_timeout(s->daemon, &mhd) == MHD_YES && !mhd)
		return 0;
	if (!first)
		return -1;
	us = first->wake_at - sim_now();
	return us <= 0 ? 0 : (int)((us + 999) / 1000);
}

static void
drain_input(struct sim_server *s)
{
	char sink[4096];
	ssize_t n = read(STDIN_FILENO, sink, sizeof(sink));

	if (!n || (n == -1 && errno != EINTR && errno != EAGAIN))
		s->stop = true;
}

static void
handle_event(struct sim_server *s, const struct epoll_event *e)
{
	if (e->data.ptr == &s->daemon)
		return; /* runs in every turn anyway */
	if (e->data.ptr == &s->signals)
		s->stop = true;
	else if (e->data.ptr == &s->stop)
		drain_input(s);
	else
		sim_exchange_event(e->data.ptr, e->events);
}

void
sim_server_run(struct sim_server *s)
{
	while (!s->stop) {
		struct epoll_event events[64];
		struct sim_exchange *x;
		int64_t now;
		int n = epoll_wait(s->epoll, events, 64, time_left(s));

		if (n == -1 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++)
			handle_event(s, &events[i]);
		now = sim_now();
		while ((x = TAILQ_FIRST(&s->wake)) && x->wake_at <= now)
			sim_exchange_wake(x);
		s->resumed = false;
		if (!s->options->stall && MHD_run(s->daemon) != MHD_YES)
			errx(1, "the HTTP server failed");
		sim_control_check(s);
	}
}

void
sim_server_stop(struct sim_server *s)
{
	struct sim_exchange *x = TAILQ_FIRST(&s->all);

	/* libmicrohttpd does not stop while a connection is suspended. */
	for (; x; x = TAILQ_NEXT(x, all)) {
		if (x->suspended)
			sim_exchange_resume(x, SIM_GONE);
	}
	MHD_stop_daemon(s->daemon);
	if (s->service.journal.file && fclose(s->service.journal.file))
		err(1, "cannot write %s", s->options->journal);
	sim_service_free(&s->service);
	close(s->epoll);
	close(s->signals);
	free(s->cert);
	free(s->cert_key);
}
