/*
 * cold - what a command costs as a whole process:
 *
 *	cold COMMAND [ARG]...
 *
 * It is run several times, its output thrown away; the shortest time and the
 * largest memory (resident set) are printed.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 15

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Run the command; how long it took, and its memory in *KB. */
static double
run(char **argv, int null, long *kb)
{
	double from = now();
	pid_t pid = fork();
	struct rusage use;
	int status;

	if (pid == 0) {
		dup2(null, STDOUT_FILENO);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0)
		err(1, "%s", argv[0]);
	if (status != 0)
		errx(1, "%s failed", argv[0]);
	*kb = use.ru_maxrss;
	return now() - from;
}

int
main(int argc, char **argv)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	double best = 1e9;
	long most = 0;

	if (argc < 2)
		errx(2, "usage: cold COMMAND [ARG]...");
	if (null < 0)
		err(1, "/dev/null");
	for (int i = 0; i < ROUNDS; i++) {
		long kb;
		double t = run(argv + 1, null, &kb);

		best = t < best ? t : best;
		most = kb > most ? kb : most;
	}
	printf("%.2f ms, %ld kB\n", 1e3 * best, most);
	return 0;
}
