/*
 * endpoint.h - where requests go: a base URL, checked.
 *
 * The API key travels in clear text inside the connection, so the scheme is
 * https; http is for loopback alone, unless the user insists.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "error.h"

#include <stdbool.h>

struct endpoint {
	char *url;  /* base and path, normalised */
	char *host; /* without brackets */
	char *port; /* decimal, always there */
	bool https;
	bool loopback; /* localhost, 127.0.0.0/8 or ::1 */
};

/*
 * Check BASE and join PATH ("chat/completions") to it.  Refused, with ERR
 * set: anything but http and https; http off loopback unless INSECURE_HTTP;
 * a user name or password; a query or a fragment; no host.
 * Returns 0, or -1.  Free with endpoint_free.
 */
int endpoint_parse(const char *base, const char *path, bool insecure_http,
    struct endpoint *e, struct error *err);

void endpoint_free(struct endpoint *e);

#endif
