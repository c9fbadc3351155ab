/*
 * seal.h - a secret that is not wanted now, but once more, kept where no
 * picture of this process's memory shows it.
 *
 * A child waits for its answer for minutes and needs the key again only to
 * mask it in what comes.  Meanwhile memory has random bytes, and a pipe, which
 * the kernel keeps, has the secret combined with them: neither a core file
 * nor a trace of system calls has it.
 */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SEAL_MAX = 4096
}; /* the longest secret, in bytes; a pipe takes it */

struct seal {
	int fd; /* -1: not sealed */
	unsigned char pad[SEAL_MAX];
};

/* Take SECRET's LEN bytes away.  False: it stays where it is (no descriptors,
 * or it is too long). */
bool seal_close(struct seal *s, char *secret, size_t len);

/* Put them back.  False: it is lost. */
bool seal_open(struct seal *s, char *secret, size_t len);

#endif
