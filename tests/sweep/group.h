/*
 * group.h - a group of cases: one thing to go wrong, at K = 1, 2, 3, ...
 *
 * Several workers take the Ks of one group in turn, each with a workspace and
 * a simulator of its own, until one of them finds that the run ended before
 * the K-th.
 */
#ifndef GROUP_H
#define GROUP_H

#include "space.h"
#include "trace.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
	GROUP_NAME = 96,
	GROUPS_MAX = 256
};

struct group {
	char name[GROUP_NAME];
	const struct scenario *scenario;
	struct plan plan;  /* k and variant are set by the workers */
	const char *alloc; /* allocations of whom fail; NULL: none */
	long stride;       /* between Ks */

	/* shared between the workers */
	atomic_long next;
	atomic_long points; /* deeds done */
	atomic_long failed;
	atomic_long skipped; /* crashes of libraries */
	atomic_bool over;
};

struct sweep {
	const char *program, *simulator, *preload;
	char dir[SWEEP_PATH];
	int workers;
	bool verbose;
	long only_k;          /* 0: all */
	int only_variant;     /* -1: all */
	struct group *groups; /* in shared memory */
	int n;
};

/* Run all groups; TAP on standard output.  The exit status. */
int sweep_run(struct sweep *w);

#endif
