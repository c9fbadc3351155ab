/*
 * lookup.h - a host's addresses, looked up once for all children.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>

/*
 * HOST's addresses in the form that libcurl takes, "host:port:addr,addr",
 * IPv6 and IPv4 in the system's order; NULL if there are none to be had now,
 * HOST is an IPv6 address, or memory is out.  May wait for name servers.  The caller frees.
 */
char *lookup_host(const char *host, const char *port);

/* Ask again why HOST cannot be found: is it that there is no such host? */
bool lookup_is_hopeless(const char *host, const char **why);

#endif
