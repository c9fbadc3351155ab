#include "clock.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

int64_t
clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_boot(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

struct timespec
clock_timespec(int64_t ns)
{
	if (ns < 0)
		ns = 0;
	return (struct timespec){.tv_sec = (time_t)(ns / INT64_C(1000000000)),
	    .tv_nsec = (long)(ns % INT64_C(1000000000))};
}
