/* The queue of those who want to be admitted. */
#include "queue.h"

#include "ticket.h"

#include "scratch.h"

#include <poll.h>
#include <sched.h>
#include <sys/file.h>

static int locks = -1;

static void
open_locks(void)
{
	scratch_enter();
	ck_assert_int_eq(mkdir("lockfiles", 0777), 0);
	locks = open("lockfiles", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(locks, -1);
}

static void
join(struct queue *q)
{
	struct error err = {""};

	ck_assert_msg(queue_join(q, locks, &err) == 0, "%s", err.text);
}

static int
turn(struct queue *q)
{
	struct error err = {""};
	const int t = queue_turn(q, false, &err);

	ck_assert_msg(t != -1, "%s", err.text);
	return t;
}

/* Until something happens to the one before Q; false: nothing does. */
static bool
woken_within(const struct queue *q, int ms)
{
	struct pollfd p = {.fd = q->wait.pid_fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* Into the queue with a ticket: there has to be somebody already, or it stays
 * at the head. */
static void
stand(struct queue *q)
{
	struct error err = {""};

	join(q);
	if (turn(q) == 1)
		ck_assert_msg(queue_stay(q, &err) == 0, "%s", err.text);
	ck_assert_int_ne(q->ticket, -1);
}

static int
tickets(void)
{
	struct ticket t = {0};
	int n = 0;

	while (ticket_next(locks, t.number, &t))
		n++;
	return n;
}

/* Another process, which stands in the queue until told to leave. */
struct other {
	struct gate in, leave;
	pid_t pid;
};

static void
stand_in_queue(void *arg)
{
	struct other *const o = arg;
	struct queue q = QUEUE_INIT;
	struct error err;

	REQUIRE(queue_join(&q, locks, &err) == 0);
	REQUIRE(queue_turn(&q, false, &err) != -1);
	REQUIRE(queue_stay(&q, &err) == 0);
	gate_pass(&o->in);
	gate_wait(&o->leave);
	queue_leave(&q);
}

static void
other_joins(struct other *o)
{
	gate_init(&o->in);
	gate_init(&o->leave);
	o->pid = start(stand_in_queue, o);
	ck_assert(gate_wait(&o->in));
}

START_TEST(where_nobody_waits_there_are_no_tickets)
{
	struct queue q = QUEUE_INIT;
	struct error err = {""};

	join(&q);
	ck_assert_int_eq(turn(&q), 1);
	ck_assert_int_eq(tickets(), 0);
	/* Only who has to wait takes one, and it keeps its turn. */
	ck_assert_int_eq(queue_stay(&q, &err), 0);
	ck_assert_int_eq(tickets(), 1);
	ck_assert_int_eq(turn(&q), 1);
	ck_assert_int_eq(queue_stay(&q, &err), 0);
	ck_assert_int_eq(tickets(), 1);
	queue_leave(&q);
	ck_assert_int_eq(tickets(), 0);
}
END_TEST

START_TEST(one_passes_through_the_door_at_a_time)
{
	struct queue a = QUEUE_INIT, b = QUEUE_INIT;

	join(&a);
	join(&b);
	ck_assert_int_eq(turn(&a), 1);
	ck_assert_int_eq(turn(&b), 0);
	ck_assert(!woken_within(&b, 50));
	queue_leave(&a);
	ck_assert(woken_within(&b, 10000));
	ck_assert_int_eq(turn(&b), 1);
	ck_assert_int_eq(tickets(), 0);
	queue_leave(&b);
}
END_TEST

START_TEST(who_stays_lets_others_in_behind)
{
	struct queue a = QUEUE_INIT, b = QUEUE_INIT;
	struct error err = {""};

	join(&a);
	join(&b);
	ck_assert_int_eq(turn(&a), 1);
	ck_assert_int_eq(turn(&b), 0);
	ck_assert_int_eq(queue_stay(&a, &err), 0);
	ck_assert(woken_within(&b, 10000));
	ck_assert_int_eq(turn(&b), 0);
	ck_assert_int_eq(tickets(), 2);
	ck_assert(!woken_within(&b, 50));
	queue_leave(&a);
	ck_assert(woken_within(&b, 10000));
	ck_assert_int_eq(turn(&b), 1);
	queue_leave(&b);
}
END_TEST

/* The door of somebody who is dead is open. */
static void
die_in_the_door(void *arg)
{
	struct queue q = QUEUE_INIT;
	struct error err;

	REQUIRE(queue_join(&q, locks, &err) == 0);
	REQUIRE(queue_turn(&q, false, &err) == 1);
	gate_pass(arg);
	pause();
}

START_TEST(the_dead_keep_no_door_shut)
{
	struct queue q = QUEUE_INIT;
	struct gate in;
	pid_t pid;

	gate_init(&in);
	pid = start(die_in_the_door, &in);
	ck_assert(gate_wait(&in));
	join(&q);
	ck_assert_int_eq(turn(&q), 0);
	ck_assert(!woken_within(&q, 50));
	finish_kill(pid);
	ck_assert(woken_within(&q, 10000));
	ck_assert_int_eq(turn(&q), 1);
	queue_leave(&q);
}
END_TEST

/* The stopped are named, when patience is over. */
START_TEST(a_stopped_process_in_the_door_is_waited_for_in_bounded_time)
{
	struct queue q = QUEUE_INIT;
	struct error err = {""};
	struct gate in;
	char who[80];
	pid_t pid;
	int status;

	gate_init(&in);
	pid = start(die_in_the_door, &in);
	ck_assert(gate_wait(&in));
	join(&q);
	/* It lives, and might go on: a while longer. */
	q.patience = 0;
	ck_assert_int_eq(turn(&q), 0);
	q.patience = 0;
	ck_assert_int_eq(turn(&q), 0);
	ck_assert_int_eq(q.holder, pid);
	ck_assert_int_gt(q.patience, 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert_int_eq(turn(&q), 0);
	q.patience = 0;
	q.holder = -1;
	ck_assert_int_eq(queue_turn(&q, false, &err), -1);
	snprintf(who, sizeof(who), "by process %d, which is stopped", (int)pid);
	ck_assert_msg(strstr(err.text, who) != NULL, "%s", err.text);
	ck_assert_int_eq(q.dir, -1);
	finish_kill(pid);
}
END_TEST

START_TEST(three_go_in_the_order_in_which_they_came)
{
	struct queue a = QUEUE_INIT, b = QUEUE_INIT, c = QUEUE_INIT;

	stand(&a);
	stand(&b);
	stand(&c);
	queue_leave(&a);
	ck_assert(woken_within(&b, 10000));
	ck_assert_int_eq(turn(&b), 1);
	/* Only the next was woken. */
	ck_assert(!woken_within(&c, 50));
	queue_leave(&b);
	ck_assert(woken_within(&c, 10000));
	ck_assert_int_eq(turn(&c), 1);
	queue_leave(&c);
}
END_TEST

START_TEST(one_who_gives_up_is_not_waited_for)
{
	struct queue a = QUEUE_INIT, b = QUEUE_INIT, c = QUEUE_INIT;

	stand(&a);
	stand(&b);
	stand(&c);
	queue_leave(&b);
	ck_assert(woken_within(&c, 10000));
	ck_assert_int_eq(turn(&c), 0);
	queue_leave(&a);
	ck_assert(woken_within(&c, 10000));
	ck_assert_int_eq(turn(&c), 1);
	queue_leave(&c);
}
END_TEST

START_TEST(the_dead_are_cleared_away)
{
	struct other o;
	struct queue q = QUEUE_INIT;

	other_joins(&o);
	stand(&q);
	finish_kill(o.pid);
	ck_assert(woken_within(&q, 10000));
	ck_assert_int_eq(turn(&q), 1);
	ck_assert_int_eq(tickets(), 1);
	queue_leave(&q);
}
END_TEST

START_TEST(a_stopped_process_is_passed_over)
{
	struct other o;
	struct queue q = QUEUE_INIT;
	int status;

	other_joins(&o);
	stand(&q);
	ck_assert_int_eq(kill(o.pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(o.pid, &status, WUNTRACED), o.pid);
	ck_assert_int_eq(turn(&q), 1);
	ck_assert_int_eq(kill(o.pid, SIGCONT), 0);
	gate_pass(&o.leave);
	finish_well(o.pid);
	queue_leave(&q);
	ck_assert_int_eq(tickets(), 0);
}
END_TEST

START_TEST(names_that_are_no_tickets_are_left_alone)
{
	struct queue q = QUEUE_INIT;

	ck_assert_int_eq(mkdir("lockfiles/queue", 0777), 0);
	put_file("lockfiles/queue/007", "");
	put_file("lockfiles/queue/x", "");
	put_file("lockfiles/queue/-3", "");
	stand(&q);
	ck_assert_int_eq(turn(&q), 1);
	ck_assert_uint_eq(q.number, 1);
	queue_leave(&q);
	ck_assert(exists("lockfiles/queue/007"));
}
END_TEST

START_TEST(the_head_says_until_when_it_waits)
{
	struct queue a = QUEUE_INIT, b = QUEUE_INIT;
	struct ticket t;

	stand(&a);
	stand(&b);
	ck_assert_int_eq(queue_head_until(&b), 0);
	queue_tell(&a, INT64_C(1234567890123456789));
	ck_assert_int_eq(queue_head_until(&b), INT64_C(1234567890123456789));
	ck_assert(ticket_next(locks, 0, &t));
	ck_assert_int_eq(t.pid, getpid());
	ck_assert_int_eq(t.until, INT64_C(1234567890123456789));
	queue_tell(&a, 0);
	ck_assert_int_eq(queue_head_until(&b), 0);
	/* Our own wait is no reason to give up. */
	queue_tell(&a, 5);
	ck_assert_int_eq(queue_head_until(&a), 0);
	queue_leave(&b);
	queue_leave(&a);
}
END_TEST

/* Everybody gets in once, in the order of the tickets. */
enum {
	CROWD = 40
};

struct crowd {
	int log; /* pipe: ticket numbers in the order of admission */
};

static void
go_through(void *arg)
{
	const struct crowd *const c = arg;
	struct queue q = QUEUE_INIT;
	struct error err;
	uint64_t number;
	int t;

	REQUIRE(queue_join(&q, locks, &err) == 0);
	/* Every other one waits in flock(2), the rest with a helper. */
	while ((t = queue_turn(&q, getpid() % 2 == 0, &err)) == 0)
		if (q.wait.pid != 0)
			(void)woken_within(&q, 1000);
	REQUIRE(t == 1);
	number = q.number;
	REQUIRE(
	    write(c->log, &number, sizeof(number)) == (ssize_t)sizeof(number));
	queue_leave(&q);
}

START_TEST(a_crowd_is_admitted_in_order)
{
	struct queue door = QUEUE_INIT;
	int ends[2];
	struct crowd c;
	pid_t pids[CROWD];
	uint64_t last = 0, number;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	c.log = ends[1];
	stand(&door);
	for (int i = 0; i < CROWD; i++)
		pids[i] = start(go_through, &c);
	while (tickets() < CROWD + 1)
		sched_yield();
	queue_leave(&door);
	for (int i = 0; i < CROWD; i++)
		finish_well(pids[i]);
	for (int i = 0; i < CROWD; i++) {
		ck_assert_int_eq(read(ends[0], &number, sizeof(number)),
		    (ssize_t)sizeof(number));
		ck_assert_uint_gt(number, last);
		last = number;
	}
	ck_assert_int_eq(tickets(), 0);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("queue");
	TCase *const tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, open_locks, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, where_nobody_waits_there_are_no_tickets);
	tcase_add_test(tc, one_passes_through_the_door_at_a_time);
	tcase_add_test(tc, who_stays_lets_others_in_behind);
	tcase_add_test(tc, the_dead_keep_no_door_shut);
	tcase_add_test(
	    tc, a_stopped_process_in_the_door_is_waited_for_in_bounded_time);
	tcase_add_test(tc, three_go_in_the_order_in_which_they_came);
	tcase_add_test(tc, one_who_gives_up_is_not_waited_for);
	tcase_add_test(tc, the_dead_are_cleared_away);
	tcase_add_test(tc, a_stopped_process_is_passed_over);
	tcase_add_test(tc, names_that_are_no_tickets_are_left_alone);
	tcase_add_test(tc, the_head_says_until_when_it_waits);
	tcase_add_test(tc, a_crowd_is_admitted_in_order);
	suite_add_tcase(s, tc);
	return scratch_main(s);
}
