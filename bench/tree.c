/*
 * tree - run a command and say what it and all its descendants cost.
 *
 *	tree [-m] COMMAND [ARGUMENT]...
 *
 * Prints milliseconds of wall time, milliseconds of CPU (user and system),
 * and the exit status; the command's own output goes to /dev/null.  With -m
 * also the peak of the tree's memory in KiB: the proportional set sizes of
 * all its processes, summed every few milliseconds.  Looking costs CPU, so
 * times and memory are better measured in runs of their own.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 8192,
	SAMPLE_NS = 2000000
};

struct process {
	long pid, parent;
	bool ours;
};

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The parent stands behind the name, which may hold anything. */
static long
parent_of(long pid)
{
	char path[64], line[512];
	const char *end;
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL &&
	    (end = strrchr(line, ')')) != NULL && strlen(end) > 4)
		parent = strtol(end + 4, NULL, 10);
	fclose(f);
	return parent;
}

static size_t
list_processes(struct process *list)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	if (dir == NULL)
		err(1, "/proc");
	while (n < PROCESSES_MAX && (entry = readdir(dir)) != NULL) {
		const long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			list[n++] =
			    (struct process){pid, parent_of(pid), false};
	}
	closedir(dir);
	return n;
}

/* A process may be gone by now: 0. */
static long
pss_kib(long pid)
{
	char path[64], line[128];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "Pss:", 4) == 0)
			kib = strtol(line + 4, NULL, 10);
	fclose(f);
	return kib;
}

/* Whatever descends from us is the command's. */
static long
tree_kib(void)
{
	static struct process list[PROCESSES_MAX];
	const size_t n = list_processes(list);
	long sum = 0;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			bool ours = list[i].parent == (long)getpid();

			for (size_t j = 0; j < n && !ours; j++)
				ours = list[j].ours &&
				       list[j].pid == list[i].parent;
			more |= ours && !list[i].ours;
			list[i].ours |= ours;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].ours)
			sum += pss_kib(list[i].pid);
	return sum;
}

static pid_t
start(char **argv)
{
	const pid_t pid = fork();
	int null;

	if (pid == -1)
		err(1, "fork");
	if (pid > 0)
		return pid;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null == -1 || dup2(null, STDOUT_FILENO) == -1)
		err(127, "/dev/null");
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* Until ROOT has ended: the peak of the tree. */
static long
watch(pid_t root)
{
	const struct timespec nap = {.tv_nsec = SAMPLE_NS};
	siginfo_t info;
	long peak = 0, kib;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)root, &info,
			WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    info.si_pid != 0)
			return peak;
		kib = tree_kib();
		if (kib > peak)
			peak = kib;
		nanosleep(&nap, NULL);
	}
}

static double
ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int
main(int argc, char **argv)
{
	const int memory = argc > 1 && strcmp(argv[1], "-m") == 0;
	struct rusage used;
	double begun, wall;
	long peak = 0;
	int status = 0, other;
	pid_t root, pid;

	argv += 1 + memory;
	if (argv[0] == NULL)
		errx(2, "usage: tree [-m] COMMAND [ARGUMENT]...");
	/* Descendants whose parents end first are ours to wait for. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) == -1)
		err(1, "PR_SET_CHILD_SUBREAPER");
	begun = now_ms();
	root = start(argv);
	if (memory)
		peak = watch(root);
	if (waitpid(root, &status, 0) == -1)
		err(1, "waitpid");
	wall = now_ms() - begun;
	do
		pid = waitpid(-1, &other, 0);
	while (pid > 0 || errno == EINTR);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%.1f %.1f %d", wall, ms(used.ru_utime) + ms(used.ru_stime),
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (memory)
		printf(" %ld", peak);
	putchar('\n');
	return 0;
}
