#include "localday.h"

#include <time.h>

/*
 * Local time is a staircase: t + offset(t), where the offset changes at the
 * zone's transitions.  The offset is sampled often enough that no zone's two
 * transitions fall between two samples, and the steps are then solved
 * exactly, so gaps and repetitions need no cases of their own.
 */
enum {
	DAY_S = 86400,
	REACH_S = 26 * 3600, /* more than any zone is away from UTC */
	STEP_S = 6 * 3600
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
local_offset(int64_t t)
{
	const time_t when = (time_t)t;
	struct tm tm;

	/* It fails only for years that do not fit an int. */
	return localtime_r(&when, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

/* The first second after LO whose offset is not LO's; HI's is not. */
static int64_t
transition(int64_t lo, int64_t hi)
{
	const int64_t offset = local_offset(lo);

	while (hi - lo > 1) {
		const int64_t mid = lo + (hi - lo) / 2;

		if (local_offset(mid) == offset)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

/* The first moment at which local clocks show CIVIL or later. */
static int64_t
first_at(int64_t civil)
{
	int64_t t = civil - REACH_S;

	for (;;) {
		const int64_t offset = local_offset(t);
		const int64_t next = t + STEP_S;
		const int64_t end =
		    local_offset(next) == offset ? next : transition(t, next);
		const int64_t hit = civil - offset > t ? civil - offset : t;

		if (hit < end)
			return hit;
		t = end;
	}
}

int64_t
local_instant(int64_t civil)
{
	const int64_t before = local_offset(civil - DAY_S);
	const int64_t after = local_offset(civil + DAY_S);
	const int64_t late = civil - (before < after ? before : after);
	const int64_t early = civil - (before < after ? after : before);

	if (late + local_offset(late) == civil)
		return late;
	if (early + local_offset(early) == civil)
		return early;
	return civil - before;
}

static int64_t
to_ns(int64_t t)
{
	int64_t ns;

	if (__builtin_mul_overflow(t, NS_PER_S, &ns))
		return t < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

struct day
local_day(int64_t now)
{
	const int64_t t = floor_div(now, NS_PER_S);
	int64_t date = floor_div(t + local_offset(t), DAY_S);
	int64_t start = first_at(date * DAY_S);
	int64_t end = first_at((date + 1) * DAY_S);

	/* Clocks went back over a midnight that has already been. */
	while (end <= t) {
		date++;
		start = end;
		end = first_at((date + 1) * DAY_S);
	}
	return (struct day){.start = to_ns(start), .end = to_ns(end)};
}
