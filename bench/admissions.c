/*
 * admissions - admissions a second, beside a bare lock-and-rename loop.
 *
 *	admissions [TURNS]
 *
 * For 1, 8, 64 and 200 contenders, TURNS (1000) turns in all are made by
 *
 *	bare	the least that keeps a file exact: lock it, compare inodes, read,
 *		write a locked temporary, sync, rename
 *	synced	the same, and the rename is on the disk, too, before it counts
 *	ours	what a run does for one prompt that it has the claim on: queue,
 *		ledger, journal, claim, all synced
 *
 * in turns of the three in one run, as machines are noisy.  Works in a temporary
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

/* All begin at once, when all have made ready: at the end of these. */
static int ready[2], go[2];

static void
pass_gate(void)
{
	char c;

	close(ready[0]);
	close(ready[1]);
	close(go[1]);
	if (read(go[0], &c, 1) != 0)
		die("gate");
}

/* ---- the bare loops ---- */

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
	pass_gate();
	while (turns-- > 0)
		bare_turn(id);
}

static void
synced(int id, int turns)
{
	const int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		die("open");
	pass_gate();
	while (turns-- > 0) {
		bare_turn(id);
		if (fsync(dir) == -1)
			die("sync");
	}
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
	account_sync(a);
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
	pass_gate();
	for (int i = 0; i < turns; i++)
		our_turn(&a, &claims[i]);
	free(claims);
	account_close(&a);
	close(locks);
}

/* ---- the comparison ---- */

typedef void loop_fn(int id, int turns);

static void
start(loop_fn *loop, int contenders, int turns)
{
	if (pipe2(ready, O_CLOEXEC) == -1 || pipe2(go, O_CLOEXEC) == -1)
		die("pipe");
	for (int i = 0; i < contenders; i++) {
		const pid_t pid = fork();

		if (pid == -1)
			die("fork");
		if (pid == 0) {
			loop(i, turns / contenders);
			_exit(0);
		}
	}
	close(ready[1]);
	close(go[0]);
}

/* Turns a second, all contenders together. */
static double
measure(loop_fn *loop, int contenders, int turns)
{
	int64_t begun;
	int status;
	char c;

	start(loop, contenders, turns);
	if (read(ready[0], &c, 1) != 0)
		die("gate");
	sync(); /* what was made ready is not to be paid for by the turns */
	begun = clock_boot();
	close(go[1]);
	while (wait(&status) > 0)
		if (status != 0)
			exit(1);
	close(ready[0]);
	return (double)(turns / contenders * contenders) * 1e9 /
	       (double)(clock_boot() - begun);
}

static void
compare(int contenders, int turns)
{
	loop_fn *const loops[] = {bare, synced, ours};
	double best[3] = {0, 0, 0};

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < 3; i++) {
			const double r = measure(loops[i], contenders, turns);

			best[i] = r > best[i] ? r : best[i];
		}
		if (system("rm -rf lockfiles/* bare") != 0)
			exit(1);
	}
	printf("%10d  %8.0f  %8.0f  %8.0f  %9.2f  %11.2f\n", contenders,
	    best[0], best[1], best[2], best[2] / best[0], best[2] / best[1]);
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
	puts(
	    "contenders    bare/s  synced/s    ours/s  ours/bare  ours/synced");
	fflush(stdout);
	for (size_t i = 0; i < sizeof(contenders) / sizeof(contenders[0]); i++)
		compare(contenders[i], turns);
	if (system("rm -rf -- \"$PWD\"") != 0)
		return 1;
	return 0;
}
