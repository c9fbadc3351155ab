/*
 * memory PID <TEXT - how often TEXT is in the memory of another process.
 *
 * Looks through all that is mapped and readable.  Prints the count, and on
 * standard error where.  Status 0; or 77 if the memory cannot be had, for which
 * it takes root's rights where the process has made itself not dumpable.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 20,
	NOT_ALLOWED = 77
};

static char needle[4096];
static size_t len;

static void
read_needle(void)
{
	const ssize_t n = read(STDIN_FILENO, needle, sizeof(needle));

	len = n > 0 ? (size_t)n : 0;
	while (len > 0 && needle[len - 1] == '\n')
		len--;
	if (len == 0)
		errx(2, "nothing to look for");
}

/* From FROM to TO; what cannot be read there (devices) is nobody's. */
static long
search(int mem, uint64_t from, uint64_t to, const char *what)
{
	static char data[CHUNK + sizeof(needle)];
	long found = 0;
	ssize_t n;

	for (; from < to; from += CHUNK) {
		const uint64_t left = to - from;
		const char *at = data;

		/* Some more, for what lies across the chunk's end. */
		n = pread(mem, data,
		    left < CHUNK + len - 1 ? left : CHUNK + len - 1,
		    (off_t)from);
		if (n <= 0)
			break;
		while ((at = memmem(at, (size_t)(data + n - at), needle,
			    len)) != NULL) {
			fprintf(stderr, "found at %" PRIx64 ": %s",
			    from + (uint64_t)(at - data), what);
			found++;
			at++;
		}
	}
	return found;
}

int
main(int argc, char **argv)
{
	char path[64], line[4096], mode[8];
	uint64_t from, to;
	long found = 0;
	FILE *maps;
	int mem;

	if (argc != 2)
		errx(2, "usage: memory PID <TEXT");
	read_needle();
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "re");
	if (mem == -1 || maps == NULL) {
		warn("%s", path);
		return NOT_ALLOWED;
	}
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to,
			mode) == 3 &&
		    mode[0] == 'r')
			found += search(mem, from, to, line);
	printf("%ld\n", found);
	return 0;
}
