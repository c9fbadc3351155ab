/*
 * merge.h - short pretokens, and windows of long ones, merged pair by pair.
 *
 * Several at once: what one has to wait for, from memory or for the result
 * before, is time for the others.
 */
#ifndef MERGE_H
#define MERGE_H

#include "vocab.h"

#define MERGE_MAX 63  /* bytes of a text */
#define MERGE_JOBS 32 /* texts at a time */

/* A text to be merged, and its parts, by where they begin. */
struct merge_job {
	/* The rank of a part with the next one, above where it begins. */
	_Alignas(32) uint32_t rank[MERGE_MAX + 1];
	uint64_t starts; /* a bit for each part, and one where the text ends */
	uint32_t id[MERGE_MAX]; /* of parts that are not single bytes */
	uint8_t text[MERGE_MAX + 17];
};

struct merge {
	unsigned n;
	struct merge_job job[MERGE_JOBS];
};

/* Add LEN bytes, 1 to MERGE_MAX, to M, which has room. */
static inline void
merge_add(struct merge *m, const void *text, size_t len)
{
	struct merge_job *job = &m->job[m->n++];

	job->starts = ((uint64_t)2 << len) - 1;
	memset(job->text, 0, sizeof(job->text));
	memcpy(job->text, text, len);
}

/* The length of its text. */
static inline unsigned
merge_len(const struct merge_job *job)
{
	return 63 - (unsigned)__builtin_clzll(job->starts);
}

/* Merge all that was added. */
void merge_all(const struct vocab *v, struct merge *m);

/* How many tokens it became. */
static inline unsigned
merge_count(const struct merge_job *job)
{
	return (unsigned)__builtin_popcountll(job->starts) - 1;
}

/* Its token that begins at I. */
static inline struct found
merge_part(const struct vocab *v, const struct merge_job *job, unsigned i)
{
	uint32_t len = (uint32_t)__builtin_ctzll(job->starts >> i >> 1) + 1;

	/* Both, as a branch would be guessed wrong; of a single byte the id was
	 * never set. */
	uint32_t one = vocab_byte(v, job->text[i]), more = job->id[i];

	return (struct found){len > 1 ? more : one, len};
}

/* Where the token that ends at I begins. */
static inline unsigned
merge_before(const struct merge_job *job, unsigned i)
{
	return 63 - (unsigned)__builtin_clzll(
			job->starts & (((uint64_t)1 << i) - 1));
}

/* The tokens of it, to IDS; how many. */
unsigned merge_ids(const struct vocab *v, const struct merge_job *job,
    uint32_t ids[MERGE_MAX]);

/* A text alone. */
unsigned merge_one(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[MERGE_MAX]);

#endif
