/*
 * sweep.h - stop the program at every instant, and see that nothing is lost.
 *
 * Three sweeps run chatgpt-batch again and again on a small workspace against
 * a real simulator, each time with one thing gone wrong at another place:
 *
 *	kill	SIGKILL at the K-th system call of the parent or of a child: to
 *		that process, or to all at once
 *	fault	the K-th system call fails, with each error that it could
 *		plausibly give, or takes only half of what it was given
 *	alloc	the K-th allocation fails
 *
 * for K from 1 until the run ends untouched.  Afterwards the next, undisturbed
 * run has to put everything in order.  What "in order" means is in check.h.
 *
 * trace.h runs the program under ptrace(2), space.h has the workspace, sim.h
 * the simulator, check.h the invariants, and group.h the order of it all.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SWEEP_PATH = 512,
	SWEEP_PROMPTS = 3, /* at most, in a workspace */
	SWEEP_TEXT = 4096
};

/* What is wrong with a case, in lines; empty: nothing. */
struct findings {
	char text[SWEEP_TEXT];
	size_t len;
};

/* Add a line. */
void wrong(struct findings *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The sweep itself is broken: say so in TAP, and end all. */
_Noreturn void bail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A file's first bytes in TEXT, NUL-terminated.  -1 if it is not there. */
long slurp(const char *path, char *text, size_t size);

#endif
