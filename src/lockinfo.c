#include "lockinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

pid_t
lock_holder(const struct stat *st)
{
	FILE *const f = fopen("/proc/locks", "re");
	char line[256];
	pid_t holder = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned int maj, min;
		uint64_t ino;
		int pid;

		/* "1: FLOCK  ADVISORY  WRITE 4242 fe:00:131 0 EOF"; a waiter
		 * has "->" after the number and does not match. */
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%" SCNu64, &pid,
			&maj, &min, &ino) == 4 &&
		    ino == st->st_ino && maj == major(st->st_dev) &&
		    min == minor(st->st_dev)) {
			holder = (pid_t)pid;
			break;
		}
	}
	fclose(f);
	return holder;
}
