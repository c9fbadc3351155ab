/*
 * sandbox_filter.h - sandbox.h's inner half: the system calls that fail.
 *
 * A list of what is denied, not of what is allowed.  What a request takes is
 * for libcurl, OpenSSL and the C library's name services to say, and each of
 * their versions says it differently: an allowed list that is right today
 * loses an answer that is paid for tomorrow.  What nobody needs for a request
 * is plain, and stays so:
 *
 *	EPERM	executing; forking (threads may be made: libcurl looks names up
 *		in one); tracing, and reading others' memory or descriptors;
 *		listening and accepting; sockets but of IPv4, IPv6 and netlink
 *		(of the unix family are the ways to agents, to the desktop and
 *		to containers); signals and limits to other processes; what
 *		Landlock overlooks, modes, owners, dates and attributes of
 *		files by name; typing into the terminal; io_uring, in which
 *		calls go past this filter; keyrings; and administration
 *	ENOSYS	clone3(2), whose flags cannot be seen: the C library falls
 *		back on clone(2); and all that is newer than this list,
 *		which programs have to do without on older kernels anyway
 *
 * They fail rather than kill: for a library that tries, failing is an answer,
 * and for foreign code it is as good.
 *
 * The program is a tree, so that a child pays for few of its nodes: the
 * kernel walks through it once for every call there is when it is installed
 * (measured: 40 us for the tree, 200 us for a list).
 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sock_filter;

enum {
	SANDBOX_PIDS = 2
};

struct sandbox_filter {
	struct sock_filter *program; /* NULL: none */
	size_t len;
	/* Where it compares with the process's own number. */
	size_t pids[SANDBOX_PIDS];
	size_t n_pids;
};

/* Make the program; none for a machine whose calls we do not know. */
void sandbox_filter_make(struct sandbox_filter *f);

void sandbox_filter_free(struct sandbox_filter *f);

/* Install it for this process, which must have no new privileges. */
bool sandbox_filter_enter(const struct sandbox_filter *f);

#endif
