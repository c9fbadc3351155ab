#include "repeat.h"

#define PERIOD_MAX 16 /* tokens */

/* Has any place after FROM, as far as TO, failed? */
static bool
any_dead(const struct path *path, size_t from, size_t to)
{
	uint64_t dead = path->dead[from / 64] >> from % 64 >> 1;

	for (size_t i = from / 64 + 1; i <= to / 64; i++)
		dead |= path->dead[i];
	return dead != 0;
}

size_t
repeat_steps(struct path *path, size_t pos, size_t end)
{
	const uint8_t *text = path->text;
	uint32_t *next = path->step + path->n + 1;
	uint32_t id = path_last(path).id;
	size_t period = 0, n = 0, to = pos, keep = 2 * path->v->maxlen, steps;

	if (path->n == 0)
		return pos;
	do {
		period += step_token(*(next - ++n)).len;
		if (n == path->n || n > PERIOD_MAX)
			return pos;
	} while (step_token(*(next - n - 1)).id != id);
	while (to + 8 <= end && memcmp(text + to, text + to - period, 8) == 0)
		to += 8;
	if (to - pos < keep + period)
		return pos;
	to -= keep;
	to -= (to - pos) % period;
	if (any_dead(path, pos, to))
		return pos;
	/* That longer ones failed there says nothing about here. */
	for (size_t i = 1; i <= n; i++)
		if (!(*(next - i) & LONGEST))
			*(next - i) |= UNTRIED;
	steps = (to - pos) / period * n;
	path->n += steps;
	/* Each time all that there is, which is one period more. */
	for (size_t done = 0, more; done < steps; done += more) {
		more = steps - done < done + n ? steps - done : done + n;
		memcpy(next + done, next - n, more * sizeof(*next));
	}
	return to;
}
