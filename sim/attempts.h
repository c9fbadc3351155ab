/*
 * attempts.h - how often each prompt was tried.
 *
 *	struct sim_attempts a = {0};
 *	n = sim_attempts_next(&a, request.hash);	1, 2, 3, ...
 *	sim_attempts_free(&a);				and count anew
 */
#ifndef SIM_ATTEMPTS_H
#define SIM_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

struct sim_attempts {
	struct sim_attempt *slots; /* open addressing; a power of two */
	size_t size;
	size_t used;
};

/* Counts one more attempt at the prompt of this hash, and returns which. */
uint64_t sim_attempts_next(struct sim_attempts *a, uint64_t hash);

void sim_attempts_free(struct sim_attempts *a);

#endif
