/* A hash table of counts: see attempts.h. */
#include "attempts.h"
#include "text.h"

#include <stdlib.h>

struct sim_attempt {
	uint64_t hash;
	uint64_t n; /* 0: a free slot */
};

/* The slot of HASH, or the free one where it belongs. */
static struct sim_attempt *
find(const struct sim_attempts *a, uint64_t hash)
{
	size_t i = (size_t)(hash ^ (hash >> 32)) & (a->size - 1);

	while (a->slots[i].n && a->slots[i].hash != hash)
		i = (i + 1) & (a->size - 1);
	return &a->slots[i];
}

static void
grow(struct sim_attempts *a)
{
	struct sim_attempts bigger = {
	    .size = a->size ? a->size * 2 : 64,
	    .used = a->used,
	};

	bigger.slots = sim_alloc(bigger.size, sizeof(*bigger.slots));
	for (size_t i = 0; i < a->size; i++) {
		if (a->slots[i].n)
			*find(&bigger, a->slots[i].hash) = a->slots[i];
	}
	free(a->slots);
	*a = bigger;
}

uint64_t
sim_attempts_next(struct sim_attempts *a, uint64_t hash)
{
	struct sim_attempt *slot;

	if (a->used * 2 >= a->size)
		grow(a);
	slot = find(a, hash);
	if (!slot->n) {
		slot->hash = hash;
		a->used++;
	}
	return ++slot->n;
}

void
sim_attempts_free(struct sim_attempts *a)
{
	free(a->slots);
	*a = (struct sim_attempts){0};
}
