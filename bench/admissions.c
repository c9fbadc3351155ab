/*
 * admissions - admissions a second, beside a bare lock-and-rename loop.
 *
 *	admissions [TURNS]
 *
 * For 1, 8, 64 and 200 contenders, TURNS (1000) turns in all are made by
 *
 *	bare	the least that keeps a file exact: lock it, compare inodes, read,
 *		write a locked temporary, sync, rename
 *	ours	what a run does for one prompt: queue, ledger, journal, claim
 *
 * in turns of the two in one run, as machines are noisy.  Works in a temporary
 * directory under $TMPDIR, else the current directory, as the disk matters.
 */
#include "account.h"
#include "clock.h"
#include "io.h"
#include "queue.h"

#include <bsd/libutil.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ROUNDS = 3
};

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the bare loop ---- */

static void
bare_turn(int id)
{
	char temp[32], text[256] = "";
	long n;
	int fd, out, len;

	fd = flopen("bare", O_RDWR | O_CREAT, 0666);
	if (fd == -1)
		die("bare: lock");
	if (io_read(fd, text, sizeof(text) - 1) == -1)
		die("bare: read");
	n = strtol(text, NULL, 10);
	snprintf(temp, sizeof(temp), ".bare.%d", id);
	out = open(temp, O_RDWR | O_CREAT | O_EXCL, 0666);
	if (out == -1 || flock(out, LOCK_EX) == -1)
		die(temp);
	len = snprintf(text, sizeof(text), "%-200ld\n", n + 1);
	if (io_write(out, text, (size_t)len) == -1 || fsync(out) == -1 ||
	    rename(temp, "bare") == -1)
		die(temp);
	close(fd);
	close(out);
}

static void
bare(int id, int turns)
{
	while (turns-- > 0)
		bare_turn(id);
}

/* ---- ours ---- */

static void
complain(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
	exit(1);
}

static void
wait_for_turn(struct queue *q, int locks, struct error *err)
{
	int turn;

	if (queue_join(q, locks, err) == -1)
		complain(err);
	while ((turn = queue_turn(q, true, err)) == 0)
		continue;
	if (turn == -1)
		complain(err);
}

static void
our_turn(struct account *a, struct claim *c)
{
	struct queue q = QUEUE_INIT;
	struct account_txn txn;
	struct error err;

	wait_for_turn(&q, a->locks, &err);
	if (account_begin(a, &txn, &err) == -1)
		complain(&err);
	if (account_reserve(&txn, c, 100) == -1)
		die("reserve");
	if (account_commit(&txn, &err) == -1)
		complain(&err);
	account_end(&txn);
	queue_leave(&q);
}

/* A claim for each turn, as each is an invocation's. */
static struct claim *
take_claims(const struct account *a, int first, int turns)
{
	struct claim *const claims = calloc((size_t)turns, sizeof(*claims));
	struct error err;

	if (claims == NULL)
		die("claims");
	for (int i = 0; i < turns; i++)
		if (claim_take(a->locks, first + i, &claims[i], &err) != 1 ||
		    claim_renew(&claims[i], a->ledger.path, &err) == -1)
			complain(&err);
	return claims;
}

static void
ours(int id, int turns)
{
	const struct limits lim = LIMITS_DEFAULT;
	const int locks = open("lockfiles", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct account a;
	struct claim *claims;
	struct error err;

	if (locks == -1)
		die("lockfiles");
	if (account_open(&a, NULL, locks, &lim, &err) == -1)
		complain(&err);
	claims = take_claims(&a, id * turns + 1, turns);
	for (int i = 0; i < turns; i++)
		our_turn(&a, &claims[i]);
	for (int i = 0; i < turns; i++)
		claim_remove(locks, &claims[i]);
	free(claims);
	account_close(&a);
	close(locks);
}

/* ---- the comparison ---- */

/* Turns a second, all contenders together. */
static double
measure(void (*loop)(int id, int turns), int contenders, int turns)
{
	const int64_t begun = clock_boot();
	int status;

	for (int i = 0; i < contenders; i++) {
		const pid_t pid = fork();

		if (pid == -1)
			die("fork");
		if (pid == 0) {
			loop(i, turns / contenders);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		if (status != 0)
			exit(1);
	return (double)(turns / contenders * contenders) * 1e9 /
	       (double)(clock_boot() - begun);
}

static void
compare(int contenders, int turns)
{
	double best[2] = {0, 0};

	for (int round = 0; round < ROUNDS; round++) {
		const double b = measure(bare, contenders, turns);
		const double o = measure(ours, contenders, turns);

		best[0] = b > best[0] ? b : best[0];
		best[1] = o > best[1] ? o : best[1];
	}
	printf("%10d  %9.0f  %9.0f  %5.2f\n", contenders, best[0], best[1],
	    best[1] / best[0]);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const int contenders[] = {1, 8, 64, 200};
	const int turns = argc > 1 ? atoi(argv[1]) : 1000;
	const char *const tmp = getenv("TMPDIR");
	char dir[4096];

	snprintf(
	    dir, sizeof(dir), "%s/admissions.XXXXXX", tmp != NULL ? tmp : ".");
	if (mkdtemp(dir) == NULL || chdir(dir) == -1 ||
	    mkdir("lockfiles", 0777) == -1)
		die(dir);
	puts("contenders     bare/s     ours/s  ratio");
	fflush(stdout);
	for (size_t i = 0; i < sizeof(contenders) / sizeof(contenders[0]); i++)
		compare(contenders[i], turns);
	if (system("rm -rf -- \"$PWD\"") != 0)
		return 1;
	return 0;
}
