/*
 * fault.h - which errors a system call can plausibly give.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

enum {
	FAULT_SHORT = -1 /* do it, but only with half of the bytes */
};

/* The VARIANT-th error for system call NR, from 0; 0: no such. */
int fault_error(long nr, int variant);

/* Does it do its work all the same, and only then complains?  (close) */
bool fault_executes(long nr);

/* Is ERROR one that system call NR could give time after time?  (A disk that
 * is full, a table that is; not a signal that comes, not half a write.) */
bool fault_lasts(long nr, int error);

/* For people. */
const char *fault_call_name(long nr);

#endif
