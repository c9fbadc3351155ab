/*
 * alloc.h - what alloc.c, inside the program, and the sweep tell each other.
 */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdatomic.h>

/* In the file that $SWEEP_ALLOC_REPORT names, mapped by both. */
struct alloc_report {
	atomic_int failed; /* so many allocations were made to fail */
	char caller[128];  /* the object that asked for the last of them */
};

#endif
