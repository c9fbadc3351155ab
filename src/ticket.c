#include "ticket.h"

#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
ticket_name(char name[TICKET_NAME], uint64_t number)
{
	snprintf(name, TICKET_NAME, "%" PRIu64, number);
	return name;
}

static uint64_t
ticket_number(const char *name)
{
	char back[TICKET_NAME];
	const uint64_t n = strtoull(name, NULL, 10);

	return strcmp(ticket_name(back, n), name) == 0 ? n : 0;
}

enum side {
	BELOW,
	ABOVE
};

static int
find(int dir, enum side side, uint64_t than, uint64_t *number)
{
	DIR *const d = io_open_dir(dir);
	const struct dirent *e;
	int saved;

	*number = 0;
	if (d == NULL)
		return -1;
	while ((errno = 0, e = readdir(d)) != NULL) {
		const uint64_t n = ticket_number(e->d_name);

		if (n == 0)
			continue;
		if (side == BELOW ? n < than && n > *number
				  : n > than && (*number == 0 || n < *number))
			*number = n;
	}
	saved = errno;
	closedir(d);
	errno = saved;
	return saved == 0 ? 0 : -1;
}

int
ticket_below(int dir, uint64_t than, uint64_t *number)
{
	return find(dir, BELOW, than, number);
}

int
ticket_above(int dir, uint64_t than, uint64_t *number)
{
	return find(dir, ABOVE, than, number);
}

void
ticket_write(int fd, const struct ticket *t)
{
	char text[80];
	const int n = snprintf(text, sizeof(text),
	    "%d %" PRId64 " %-20" PRId64 "\n", (int)t->pid, t->since, t->until);

	(void)io_pwrite(fd, text, (size_t)n, 0);
}

bool
ticket_read(int fd, struct ticket *t)
{
	char text[80] = {0};
	int pid;

	if (io_pread(fd, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%d %" SCNd64 " %" SCNd64, &pid, &t->since,
		&t->until) != 3)
		return false;
	t->pid = (pid_t)pid;
	return true;
}

bool
ticket_next(int locks, uint64_t number, struct ticket *t)
{
	const int dir =
	    openat(locks, "queue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[TICKET_NAME];
	bool found = false;
	int fd;

	if (dir == -1)
		return false;
	while (!found && ticket_above(dir, number, &t->number) == 0 &&
	       t->number != 0) {
		number = t->number;
		fd = openat(
		    dir, ticket_name(name, number), O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			continue;
		found = ticket_read(fd, t);
		close(fd);
	}
	close(dir);
	return found;
}
