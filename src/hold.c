#include "hold.h"

#include "io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	HOLD_TEXT = 32
};

int64_t
hold_read(int locks, int64_t now)
{
	const int fd = openat(locks, "hold", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[HOLD_TEXT + 1] = "";
	int64_t until;

	if (fd == -1)
		return 0;
	if (io_read(fd, text, HOLD_TEXT) == -1)
		text[0] = '\0';
	close(fd);
	until = strtoimax(text, NULL, 10);
	return until > now && until - now <= HOLD_MAX ? until : 0;
}

void
hold_tell(int locks, int64_t now, int64_t until)
{
	char text[HOLD_TEXT + 1];
	int fd;

	if (until > now + HOLD_MAX)
		until = now + HOLD_MAX;
	if (until <= hold_read(locks, now))
		return;
	fd = openat(
	    locks, "hold", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd == -1)
		return;
	/* Always as long, so that it needs no truncation. */
	snprintf(text, sizeof(text), "%-31" PRId64 "\n", until);
	(void)io_pwrite(fd, text, HOLD_TEXT, 0); /* advice, no more */
	close(fd);
}
