#include "window.h"

#include "merge.h"

#define WINDOWS 8
#define STRIDE (MERGE_MAX * 3 / 4)

/*
 * Add the parts of JOB, whose text begins at POS, from FROM to TO, or until one
 * ends where the path failed.  Returns where that is.
 */
static unsigned
add(struct path *path, const struct merge_job *job, size_t pos, unsigned from,
    unsigned to)
{
	while (from < to) {
		struct found t = merge_part(path->v, job, from);

		if (is_dead(path, pos + from + t.len))
			break;
		from += t.len;
		path->step[++path->n] = t.id | STEP_LEN(t.len) | UNTRIED;
	}
	return from;
}

/*
 * Where the window NEXT, whose text is at P, may go on after LAST, in bytes
 * from P; MERGE_MAX if nowhere.
 */
static unsigned
joint(const struct vocab *v, const struct merge_job *last,
    const struct merge_job *next, const uint8_t *p)
{
	uint64_t both = last->starts >> STRIDE & next->starts;

	for (; both != 0; both &= both - 1) {
		unsigned i = (unsigned)__builtin_ctzll(both);
		unsigned before = merge_before(last, STRIDE + i);
		struct found left = merge_part(v, last, before);
		struct found right = merge_part(v, next, i);

		if (vocab_may_follow(v, left, right, p + i, true))
			return i;
	}
	return MERGE_MAX;
}

/* May the window JOB go on where the path ends, at POS? */
static bool
may_begin(const struct path *path, size_t pos, const struct merge_job *job)
{
	const struct vocab *v = path->v;
	struct found left = path_last(path);

	return left.id == ID_NONE ||
	       vocab_may_follow(
		   v, left, merge_part(v, job, 0), path->text + pos, true);
}

/* Windows from POS on, the last of which may end as the text does, at END. */
static void
add_windows(const struct path *path, struct merge *m, size_t pos, size_t end)
{
	m->n = 0;
	for (; m->n < path->windows; pos += STRIDE) {
		if (end - pos <= MERGE_MAX) {
			merge_add(m, path->text + pos, end - pos);
			return;
		}
		merge_add(m, path->text + pos, MERGE_MAX);
	}
}

/*
 * Each window begins before the last one ends, and all are merged together.
 * Where one goes over into the next is asked for at the boundaries that both
 * have.
 *
 * There are path->windows at most; more next time if all were of use, and fewer
 * if not.
 */
size_t
window_steps(struct path *path, size_t pos, size_t end)
{
	const struct merge_job *job;
	unsigned from = 0, to;
	struct merge m;

	if (pos == end)
		return pos;
	add_windows(path, &m, pos, end);
	merge_all(path->v, &m);
	for (job = m.job; job < m.job + m.n; job++)
		path->cost +=
		    cost_merged(merge_len(job), path->width, merge_count(job));
	path->windows = 1;
	if (!may_begin(path, pos, &m.job[0]))
		return pos;
	for (job = m.job; job < m.job + m.n - 1; job++) {
		unsigned i =
		    joint(path->v, job, job + 1, path->text + pos + STRIDE);

		if (i == MERGE_MAX)
			break;
		from = add(path, job, pos, from, STRIDE + i);
		if (from < STRIDE + i)
			return pos + from;
		pos += STRIDE;
		from = i;
		path->windows++;
	}
	if (path->windows == m.n)
		path->windows *= 2;
	if (path->windows > WINDOWS)
		path->windows = WINDOWS;
	to = merge_len(job);
	if (pos + to < end) {
		/* What comes next can change the last two tokens. */
		to = merge_before(job, to);
		if (to > from)
			to = merge_before(job, to);
	}
	return pos + add(path, job, pos, from, to);
}
