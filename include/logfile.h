/*
 * logfile.h - the file of --log, to which many invocations append.
 *
 * A line goes in whole or not at all: it is one write to a file that is open
 * for appending, under an flock as far as that is to be had without waiting
 * long; what a full disk has taken of a line is cut off again.  Nothing that
 * is wrong with the log stops a run: it is counted, and said.
 *
 * A pipe or a terminal will do for a file, but is not waited for without end.
 */
#ifndef LOGFILE_H
#define LOGFILE_H

#include "error.h"
#include "log_line.h"

#include <stdbool.h>

struct logfile {
	int fd;           /* -1: none is wanted */
	const char *name; /* borrowed */
	bool regular;
	bool crowded;     /* its lock was not to be had */
	bool looked;      /* at its end, for what a crash has left there */
	bool torn;        /* its last line has no end, which we cannot mend */
	int lines;        /* wanted so far */
	int lost;         /* of these */
	struct error why; /* of the first loss */
};

#define LOGFILE_INIT      \
	{                 \
		.fd = -1, \
	}

/* Open NAME for appending, making it if it is not there.  0, or -1: ERR. */
int logfile_open(struct logfile *l, const char *name, struct error *err);

/* Append E; nothing if no log is open.  False: it is lost (see why). */
bool logfile_add(struct logfile *l, const struct log_entry *e);

void logfile_close(struct logfile *l);

#endif
