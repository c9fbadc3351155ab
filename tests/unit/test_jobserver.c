/* Slots from make: taken, used, and always given back. */
#include "jobserver.h"

#include "scratch.h"

#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

/* A jobserver of ours, in one of make's two forms. */
struct server {
	int in, out;
	char makeflags[128];
};

static void
fill(struct server *s, int slots)
{
	for (int i = 0; i < slots; i++)
		ck_assert_int_eq(write(s->out, "+", 1), 1);
}

static void
pipe_server(struct server *s, int slots)
{
	int ends[2];

	/* Not close-on-exec: as make passes it on. */
	ck_assert_int_eq(pipe(ends), 0);
	s->in = ends[0];
	s->out = ends[1];
	snprintf(s->makeflags, sizeof(s->makeflags),
	    " -j --jobserver-auth=%d,%d -- X=1", s->in, s->out);
	fill(s, slots);
}

static void
fifo_server(struct server *s, int slots)
{
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	s->in = s->out = open("fifo", O_RDWR);
	ck_assert_int_ne(s->in, -1);
	snprintf(s->makeflags, sizeof(s->makeflags),
	    "kB -j8 --jobserver-auth=fifo:fifo");
	fill(s, slots);
}

static int
left(const struct server *s)
{
	int n = -1;

	ck_assert_int_eq(ioctl(s->in, FIONREAD, &n), 0);
	return n;
}

static void
begin(struct jobserver *j, const struct server *s)
{
	struct error err = {""};

	ck_assert_msg(
	    jobserver_start(j, s->makeflags, &err) == 1, "%s", err.text);
}

/* News until N slots are held. */
static void
hear_until(struct jobserver *j, int n)
{
	while (j->held != n) {
		struct pollfd p = {.fd = j->fd, .events = POLLIN};

		ck_assert_int_eq(poll(&p, 1, 20000), 1);
		jobserver_hear(j);
		ck_assert_int_ne(j->fd, -1);
	}
}

/* Both forms behave alike; the loop's index chooses. */
static void
any_server(struct server *s, int which, int slots)
{
	if (which == 0)
		pipe_server(s, slots);
	else
		fifo_server(s, slots);
}

START_TEST(takes_what_is_wanted_and_gives_all_back)
{
	struct jobserver j = JOBSERVER_INIT;
	struct server s;

	any_server(&s, _i, 7);
	begin(&j, &s);
	jobserver_want(&j, 3);
	hear_until(&j, 3);
	ck_assert_int_eq(left(&s), 4);
	jobserver_stop(&j);
	ck_assert_int_eq(left(&s), 7);
	ck_assert_int_eq(j.fd, -1);
}
END_TEST

START_TEST(takes_no_more_than_there_are_and_more_later)
{
	struct jobserver j = JOBSERVER_INIT;
	struct server s;

	any_server(&s, _i, 2);
	begin(&j, &s);
	jobserver_want(&j, 5);
	hear_until(&j, 2);
	fill(&s, 1);
	hear_until(&j, 3);
	jobserver_want(&j, 1);
	ck_assert_int_eq(j.held, 1);
	while (left(&s) != 2)
		sched_yield();
	jobserver_stop(&j);
	ck_assert_int_eq(left(&s), 3);
}
END_TEST

/* A run that dies with slots in its hands. */
struct victim {
	struct server *server;
	struct gate ready;
};

static void
hold_slots(void *arg)
{
	struct victim *const v = arg;
	struct jobserver j = JOBSERVER_INIT;
	struct error err;

	REQUIRE(jobserver_start(&j, v->server->makeflags, &err) == 1);
	jobserver_want(&j, 4);
	while (j.held != 4)
		jobserver_hear(&j);
	gate_pass(&v->ready);
	for (;;)
		pause();
}

START_TEST(a_killed_run_loses_none)
{
	struct server s;
	struct victim v = {.server = &s};
	pid_t pid;

	any_server(&s, _i, 6);
	gate_init(&v.ready);
	pid = start(hold_slots, &v);
	ck_assert(gate_wait(&v.ready));
	ck_assert_int_eq(left(&s), 2);
	finish_kill(pid);
	while (left(&s) != 6)
		sched_yield();
}
END_TEST

START_TEST(gives_back_the_very_bytes)
{
	struct jobserver j = JOBSERVER_INIT;
	struct server s;
	char got[4] = "";

	any_server(&s, _i, 0);
	ck_assert_int_eq(write(s.out, "abc", 3), 3);
	begin(&j, &s);
	jobserver_want(&j, 3);
	hear_until(&j, 3);
	jobserver_stop(&j);
	ck_assert_int_eq(read(s.in, got, 3), 3);
	ck_assert_ptr_nonnull(strchr(got, 'a'));
	ck_assert_ptr_nonnull(strchr(got, 'b'));
	ck_assert_ptr_nonnull(strchr(got, 'c'));
}
END_TEST

START_TEST(leaves_makes_own_files_blocking)
{
	struct jobserver j = JOBSERVER_INIT;
	struct server s;

	any_server(&s, _i, 1);
	begin(&j, &s);
	ck_assert_int_eq(fcntl(s.in, F_GETFL) & O_NONBLOCK, 0);
	jobserver_stop(&j);
}
END_TEST

START_TEST(no_jobserver_is_no_error)
{
	static const char *const flags[] = {"", "k", " -j8", "-- X=jobserver"};
	struct jobserver j = JOBSERVER_INIT;
	struct error err;

	ck_assert_int_eq(jobserver_start(&j, NULL, &err), 0);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		ck_assert_int_eq(jobserver_start(&j, flags[i], &err), 0);
}
END_TEST

/* What make leaves in MAKEFLAGS for a rule without '+', and nonsense. */
START_TEST(one_that_is_not_passed_on_is_told)
{
	static const char *const flags[] = {" -j --jobserver-auth=-2,-2",
	    " -j --jobserver-auth=901,902",
	    " --jobserver-auth=", " --jobserver-auth=fifo:no/such/fifo",
	    " --jobserver-fds=x,y"};
	struct jobserver j = JOBSERVER_INIT;
	struct error err;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ck_assert_int_eq(jobserver_start(&j, flags[i], &err), -1);
		ck_assert_ptr_nonnull(strstr(err.text, "jobserver"));
		ck_assert_int_eq(j.fd, -1);
	}
}
END_TEST

START_TEST(the_last_one_named_counts)
{
	struct jobserver j = JOBSERVER_INIT;
	struct server s;
	char flags[256];
	struct error err;

	pipe_server(&s, 1);
	snprintf(
	    flags, sizeof(flags), "--jobserver-auth=701,702 %s", s.makeflags);
	ck_assert_int_eq(jobserver_start(&j, flags, &err), 1);
	jobserver_stop(&j);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("jobserver");
	TCase *const tc = scratch_case(s, "jobserver");

	tcase_add_loop_test(tc, takes_what_is_wanted_and_gives_all_back, 0, 2);
	tcase_add_loop_test(
	    tc, takes_no_more_than_there_are_and_more_later, 0, 2);
	tcase_add_loop_test(tc, a_killed_run_loses_none, 0, 2);
	tcase_add_loop_test(tc, gives_back_the_very_bytes, 0, 2);
	tcase_add_loop_test(tc, leaves_makes_own_files_blocking, 0, 2);
	tcase_add_test(tc, no_jobserver_is_no_error);
	tcase_add_test(tc, one_that_is_not_passed_on_is_told);
	tcase_add_test(tc, the_last_one_named_counts);
	return scratch_main(s);
}
