/*
 * What no HTTP server sends, past the one we use: see server.h.
 *
 * While the connection is suspended libmicrohttpd leaves its socket alone,
 * so we may write to it as it drains, and then have the connection closed.
 * Under TLS the socket is not where the bytes go in: refused.
 */
#include "server.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* A header line, again and again. */
static const char line[] = "x-filler: there is always one more of these\r\n";

/* The bytes from POS of what is to be sent; *N of them. */
static const char *
part(const struct sim_exchange *x, uint64_t pos, size_t *n)
{
	const struct sim_text *body = &x->reply.body;
	uint64_t left = x->reply.arg - pos;
	const char *from;

	if (pos < body->len) {
		from = body->data + pos;
		*n = body->len - (size_t)pos;
	} else {
		from = line + (pos - body->len) % (sizeof(line) - 1);
		*n = sizeof(line) - 1 - (size_t)(from - line);
	}
	if (*n > left)
		*n = (size_t)left;
	return from;
}

bool
sim_raw_start(struct sim_exchange *x)
{
	if (x->server->options->cert)
		return false;
	sim_exchange_suspend(x, SIM_RAW, 0, EPOLLOUT | EPOLLRDHUP);
	return true;
}

void
sim_raw_more(struct sim_exchange *x)
{
	/* Not for ever in one go: others wait for the loop. */
	for (int i = 0; i < 256; i++) {
		const char *from;
		ssize_t sent;
		size_t n;

		from = part(x, x->sent, &n);
		if (!n) {
			sim_exchange_resume(x, SIM_GONE);
			return;
		}
		sent = send(sim_exchange_socket(x), from, n,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		/* A lost connection comes as an event of its own. */
		if (sent <= 0)
			return;
		x->sent += (uint64_t)sent;
	}
}
