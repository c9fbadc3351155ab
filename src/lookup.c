#include "lookup.h"

#include "buf.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* So many addresses are tried at most; a host with more is a mistake. */
enum {
	ADDRESSES_MAX = 16,
	TEXT_MAX = 4096
};

static int
look_up(const char *host, const char *port, struct addrinfo **list)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	return getaddrinfo(host, port, &hints, list);
}

/* Append one address; IPv6 in brackets, as libcurl wants it. */
static int
add_address(struct buf *b, const struct addrinfo *ai, bool first)
{
	char text[INET6_ADDRSTRLEN];
	const bool v6 = ai->ai_family == AF_INET6;
	const void *addr;

	if (v6)
		addr = &((const struct sockaddr_in6 *)(const void *)ai->ai_addr)
		            ->sin6_addr;
	else
		addr = &((const struct sockaddr_in *)(const void *)ai->ai_addr)
		            ->sin_addr;
	if (inet_ntop(ai->ai_family, addr, text, sizeof(text)) == NULL)
		return -1;
	return buf_addf(b, v6 ? "%s[%s]" : "%s%s", first ? "" : ",", text);
}

char *
lookup_host(const char *host, const char *port)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	struct addrinfo *list = NULL;
	int n = 0, rc;

	/* An IPv6 address is its own, and libcurl would misread it here. */
	if (strchr(host, ':') != NULL || look_up(host, port, &list) != 0)
		return NULL;
	rc = buf_addf(&b, "%s:%s:", host, port);
	for (const struct addrinfo *ai = list;
	     ai != NULL && n < ADDRESSES_MAX && rc == 0; ai = ai->ai_next)
		if (ai->ai_family == AF_INET || ai->ai_family == AF_INET6)
			rc = add_address(&b, ai, n++ == 0);
	freeaddrinfo(list);
	if (rc == -1 || n == 0)
		buf_free(&b);
	return b.data;
}

bool
lookup_is_hopeless(const char *host, const char **why)
{
	struct addrinfo *list = NULL;
	const int rc = look_up(host, NULL, &list);

	*why = "";
	if (rc == 0) {
		freeaddrinfo(list);
		return false;
	}
	*why = gai_strerror(rc);
	return rc == EAI_NONAME || rc == EAI_NODATA;
}
