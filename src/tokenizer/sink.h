/*
 * sink.h - where tokens go.
 */
#ifndef SINK_H
#define SINK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* They are counted, and the ids kept if IDS is not NULL. */
struct sink {
	uint32_t *ids;
	size_t n;    /* tokens so far */
	size_t base; /* the token that IDS begins with */
	size_t room; /* of IDS */
	/* Makes room; if NULL, ids that find none are dropped. */
	void (*full)(struct sink *sink);
	void *arg;
};

static inline void
sink_put(struct sink *sink, uint32_t id)
{
	if (sink->ids != NULL) {
		if (sink->n - sink->base >= sink->room && sink->full != NULL)
			sink->full(sink);
		if (sink->n - sink->base < sink->room)
			sink->ids[sink->n - sink->base] = id;
	}
	sink->n++;
}

/*
 * Where the next N go, if there is room for these and SINK_STEP more; or NULL.
 * Who puts them there counts them.
 */
#define SINK_STEP 16
static inline uint32_t *
sink_room(const struct sink *sink, size_t n)
{
	size_t used = sink->n - sink->base;

	return sink->ids != NULL && used + n + SINK_STEP <= sink->room
	           ? sink->ids + used
	           : NULL;
}

/* N of them at once. */
static inline void
sink_put_all(struct sink *sink, const uint32_t *ids, size_t n)
{
	size_t used = sink->n - sink->base;

	if (sink->ids == NULL || used + n <= sink->room) {
		if (sink->ids != NULL)
			memcpy(sink->ids + used, ids, n * sizeof(*ids));
		sink->n += n;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sink_put(sink, ids[i]);
}

/* The same, if they are few; SINK_STEP more can be read. */
static inline void
sink_put_few(struct sink *sink, const uint32_t *ids, size_t n)
{
	uint32_t *to = sink_room(sink, n);

	if (to == NULL) {
		sink_put_all(sink, ids, n);
		return;
	}
	for (size_t i = 0; i < n; i += SINK_STEP) {
		/* What is copied too much may overlap. */
		uint32_t step[SINK_STEP];

		memcpy(step, ids + i, sizeof(step));
		memcpy(to + i, step, sizeof(step));
	}
	sink->n += n;
}

#endif
