#include "clock.h"

#include <time.h>

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
