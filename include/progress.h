/*
 * progress.h - what a run says on standard error while it goes.
 *
 * Notes and warnings are lines; on a terminal, unless quiet, one more line is
 * redrawn in place.  All text from outside is made printable (plain.h).
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool live;        /* a terminal, and not quiet */
	bool quiet;       /* no notes */
	bool verbose;     /* details, too */
	bool drawn;       /* the line is on the screen */
	int64_t drawn_at; /* boot clock */
	int64_t
	    wait_until; /* wall clock: what the countdown runs to; 0: none */
	char wait[160]; /* why */
};

/* Where a run stands. */
struct progress_state {
	size_t total, done, failed, running, resting;
	int64_t elapsed; /* ns */
};

void progress_init(struct progress *p, bool quiet, bool verbose);

/* "chatgpt-batch: ..." unless quiet. */
void progress_note(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same if verbose. */
void progress_detail(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "chatgpt-batch: ..." always. */
void progress_warn(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A wait begins: say why and until when (wall clock; 0: not known), once for
 * the same wait; the live line counts it down. */
void progress_wait(struct progress *p, int64_t until, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* It is over. */
void progress_wait_over(struct progress *p);

/* Redraw the line, if it is time.  How long until it should be called
 * again, in ns; -1: no need. */
int64_t progress_draw(struct progress *p, const struct progress_state *s);

/* Take the line off the screen. */
void progress_clear(struct progress *p);

/* What a verdict waits for or is refused by: "500,000 tokens a minute". */
const char *progress_limit(
    enum verdict v, const struct limits *lim, char text[80]);

#endif
