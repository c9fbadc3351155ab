/*
 * hostile.h - servers that misbehave, for the tests of the network.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "scratch.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Serve the connection FD; ARG is the row's. */
typedef void (*serve_fn)(int fd, const char *arg);

struct hostile {
	char url[48];
	pid_t pid;
	int *count; /* shared: connections, or what serve_count counts */
	int fillers[16];
};

/* Shared with the server's process, for serve_count. */
static int *hostile_count;

/* In valgrind all of it takes so much longer. */
static inline int
slow(void)
{
	return in_valgrind() ? 4 : 1;
}

static inline void
nap(int ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

/* Write all of it, to a peer that may be gone. */
static inline bool
put(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static inline bool
puts_fd(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

/* Read a request to its end; its head (cut to SIZE) goes to HEAD. */
static inline void
take_request(int fd, char *head, size_t size)
{
	char data[65536];
	size_t have = 0, total = 0, want = SIZE_MAX;

	while (total < want) {
		const ssize_t n = recv(fd, data, sizeof(data), 0);
		const char *end, *length;

		if (n <= 0)
			return;
		total += (size_t)n;
		if (want != SIZE_MAX)
			continue;
		for (ssize_t i = 0; i < n && have + 1 < size; i++)
			head[have++] = data[i];
		head[have] = '\0';
		end = strstr(head, "\r\n\r\n");
		length = strcasestr(head, "content-length: ");
		if (end != NULL && length != NULL)
			want = (size_t)(end + 4 - head) +
			       strtoul(length + 16, NULL, 10);
	}
}

/* Say ARG before anything is asked, and take what comes then. */
static inline void
serve_greeting(int fd, const char *arg)
{
	char data[65536];

	if (!puts_fd(fd, arg))
		return;
	shutdown(fd, SHUT_WR);
	while (recv(fd, data, sizeof(data), 0) > 0)
		;
}

/* Slam the door: gone before the request can be read. */
static inline void
serve_slam(int fd, const char *arg)
{
	const struct linger now = {1, 0};

	(void)arg;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Take the request, say ARG, hang up. */
static inline void
serve_text(int fd, const char *arg)
{
	char head[4096];

	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
}

/* Take the request, say ARG and the request's own head. */
static inline void
serve_echo(int fd, const char *arg)
{
	char head[4096];

	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
	puts_fd(fd, head);
}

static inline void
serve_close(int fd, const char *arg)
{
	(void)fd;
	(void)arg;
}

static inline void
serve_reset(int fd, const char *arg)
{
	const struct linger now = {1, 0};
	char head[4096];

	(void)arg;
	take_request(fd, head, sizeof(head));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Take the request, say ARG, then nothing for ever. */
static inline void
serve_silence(int fd, const char *arg)
{
	char head[4096];

	if (arg != NULL) {
		take_request(fd, head, sizeof(head));
		puts_fd(fd, arg);
	}
	pause();
}

/* Read nothing at all. */
static inline void
serve_deaf(int fd, const char *arg)
{
	(void)fd;
	(void)arg;
	pause();
}

/* After ARG one byte now and then. */
static inline void
serve_drip(int fd, const char *arg)
{
	char head[4096];

	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
	if (*arg == '\0')
		arg = "HTTP/1.1 200 OK\r\nX-A: b\r\nX-C: d\r\nX-E: f\r\n"
		      "X-G: h\r\nX-I: j\r\nX-K: l\r\nX-M: n\r\n";
	else
		arg = "{                                                    ";
	for (; *arg != '\0' && put(fd, arg, 1); arg++)
		nap(30 * slow());
}

/* After ARG the letter x for ever. */
static inline void
serve_flood(int fd, const char *arg)
{
	char head[4096], data[65536];

	memset(data, 'x', sizeof(data));
	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
	while (put(fd, data, sizeof(data)))
		;
}

/* After ARG one header after the other. */
static inline void
serve_headers(int fd, const char *arg)
{
	char head[4096];

	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
	while (puts_fd(fd, "X-Filler: and another one of these\r\n"))
		;
}

/* After ARG one chunk after the other, each with an extension. */
static inline void
serve_chunks(int fd, const char *arg)
{
	static const char begin[] = "1000;extension=of-no-use-at-all\r\n";
	char head[4096], chunk[sizeof(begin) - 1 + 0x1000 + 2];

	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, begin, sizeof(begin) - 1);
	memcpy(chunk + sizeof(chunk) - 2, "\r\n", 2);
	take_request(fd, head, sizeof(head));
	puts_fd(fd, arg);
	while (put(fd, chunk, sizeof(chunk)))
		;
}

/* "Go on" for ever. */
static inline void
serve_interim(int fd, const char *arg)
{
	char head[4096];

	(void)arg;
	take_request(fd, head, sizeof(head));
	while (puts_fd(fd, "HTTP/1.1 100 Continue\r\n\r\n"))
		;
}

/*
 * Say ARG as soon as the first byte comes, and take the rest as servers do
 * that want to be heard: closing at once would have the kernel reset the
 * connection, and the answer with it.
 */
static inline void
serve_early(int fd, const char *arg)
{
	char data[65536];

	if (recv(fd, data, sizeof(data), 0) <= 0 || !puts_fd(fd, arg))
		return;
	shutdown(fd, SHUT_WR);
	while (recv(fd, data, sizeof(data), 0) > 0)
		;
}

/* Count connections on which something comes. */
static inline void
serve_count(int fd, const char *arg)
{
	char c;

	(void)arg;
	--*hostile_count;
	if (recv(fd, &c, 1, 0) == 1)
		++*hostile_count;
}

/* A socket that listens on a free port of 127.0.0.1. */
static inline int
listen_on(struct hostile *h, int backlog)
{
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%d",
	    ntohs(addr.sin_port));
	return fd;
}

/* Serve those who come to LISTENER, which is H's. */
static inline void
hostile_serve(struct hostile *h, int listener, serve_fn serve, const char *arg)
{
	h->count = mmap(NULL, sizeof(*h->count), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(h->count, MAP_FAILED);
	hostile_count = h->count;
	h->pid = fork();
	ck_assert_int_ne(h->pid, -1);
	if (h->pid == 0) {
		for (;;) {
			const int fd = accept(listener, NULL, NULL);

			++*h->count;
			serve(fd, arg);
			close(fd);
		}
	}
	close(listener);
}

static inline struct hostile
hostile_start(serve_fn serve, const char *arg)
{
	struct hostile h = {.pid = -1};

	hostile_serve(&h, listen_on(&h, 16), serve, arg);
	return h;
}

/* The same on ::1, at OTHER's port.  Its pid is -1 if there is no IPv6. */
static inline struct hostile
hostile_start_ipv6(const struct hostile *other, serve_fn serve, const char *arg)
{
	struct hostile h = {.pid = -1};
	const struct sockaddr_in6 addr = {.sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT,
	    .sin6_port = htons((uint16_t)atoi(strrchr(other->url, ':') + 1))};
	const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return h;
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1 ||
	    listen(fd, 16) == -1)
		close(fd);
	else
		hostile_serve(&h, fd, serve, arg);
	return h;
}

/* A listener whose queue is full: to connect takes for ever. */
static inline struct hostile
hostile_full(void)
{
	struct hostile h = {.pid = -1};
	const int listener = listen_on(&h, 0);
	struct sockaddr_in addr = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)atoi(strrchr(h.url, ':') + 1))};

	h.fillers[0] = listener;
	for (int i = 1; i < 16; i++) {
		h.fillers[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		ck_assert_int_ne(h.fillers[i], -1);
		connect(h.fillers[i], (struct sockaddr *)&addr, sizeof(addr));
	}
	nap(50);
	return h;
}

/* End it; returns its count. */
static inline int
hostile_stop(struct hostile *h)
{
	int count = 0;

	for (int i = 0; i < 16; i++)
		if (h->fillers[i] != 0)
			close(h->fillers[i]);
	if (h->pid != -1) {
		/* What is on its way may still be counted. */
		nap(20);
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
		count = *h->count;
		munmap(h->count, sizeof(*h->count));
	}
	return count;
}

#endif
