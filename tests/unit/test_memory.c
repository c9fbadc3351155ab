/*
 * What an attempt takes of memory, whatever the server sends: measured in a
 * process of its own, as each attempt has one, at the default cap.
 */
#include "attempt.h"

#include "hostile.h"
#include "quota.h"
#include "scratch.h"
#include "table.h"

#include <sys/resource.h>

#define CAP ((size_t)64 << 20)

/* Of the cap: the body, the parsed copy of it, and what that takes beside. */
#define FACTOR 4

struct body {
	const char *what;
	const char *begin; /* with the head */
	const char *unit;  /* this again and again, SIZE bytes in all */
	size_t size;
	const char *end;
	enum outcome_kind kind;
};

#define HEAD "HTTP/1.1 200 OK\r\n\r\n"
#define TEXT HEAD "{\"choices\":[{\"message\":{\"content\":\""
#define DONE "\"},\"finish_reason\":\"stop\"}]}"

static const struct body bodies[] = {
    {"an answer as large as may be", TEXT, "word after word ", CAP - 200, DONE,
	OUTCOME_ANSWER},
    {"one in escapes", TEXT, "\\u00e9", CAP - 200, DONE, OUTCOME_ANSWER},
    {"one full of NULs", TEXT, "\\u0000", CAP - 200, DONE, OUTCOME_ANSWER},
    {"one that is not UTF-8", TEXT, "\xe9", CAP - 200, DONE, OUTCOME_BAD},
    {"one with some bytes that are not", TEXT,
	"a hundred bytes of plain text in every one of which a single byte "
	"is not as it should have been:\xe9 \n",
	CAP - 200, DONE, OUTCOME_ANSWER},
    {"blanks without end", HEAD, "                ", 4 * CAP, "",
	OUTCOME_TOO_BIG},
    {"gzip without end",
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
	"\x5a\xa9\x01\x40", 4 * CAP, "", OUTCOME_TOO_BIG},
    {"an error without end", "HTTP/1.1 500 Oops\r\n\r\n", "sorry ", 4 * CAP, "",
	OUTCOME_HTTP},
    {"headers without end", "HTTP/1.1 200 OK\r\n", "x-a: b\r\n", 4 * CAP, "",
	OUTCOME_LOST},
    {"as many values as are read", HEAD "{\"choices\":[", "\"\",",
	((1 << 20) - 16) * 3, "7]}", OUTCOME_BAD},
    {"and each of them long", HEAD "{\"choices\":[",
	"\"so many letters that as many values as there may be are just what "
	"sixty-four megabytes hold\",",
	CAP - 200, "7]}", OUTCOME_BAD},
    {"more values than that", HEAD "{\"choices\":[", "7,", CAP - 200, "7]}",
	OUTCOME_BAD},
    {"brackets in brackets", HEAD, "[", CAP - 200, "", OUTCOME_BAD},
};

static const struct body *sent;

static void
serve_body(int fd, const char *arg)
{
	char head[4096], data[65536];
	const size_t unit = strlen(sent->unit);
	const size_t whole = sizeof(data) / unit * unit;

	(void)arg;
	for (size_t i = 0; i < whole; i++)
		data[i] = sent->unit[i % unit];
	take_request(fd, head, sizeof(head));
	puts_fd(fd, sent->begin);
	for (size_t left = sent->size / unit * unit, n; left > 0; left -= n) {
		n = left < whole ? left : whole;
		if (!put(fd, data, n))
			return;
	}
	puts_fd(fd, sent->end);
}

static int
sending(void *arg, struct outcome *out)
{
	(void)arg;
	(void)out;
	return 0;
}

static void
ask(void *arg)
{
	const struct api_settings settings = {.base_url = arg,
	    .model = "gpt-4o",
	    .connect_timeout_ns = 60 * NS_PER_S,
	    .idle_timeout_ns = 60 * NS_PER_S,
	    .total_timeout_ns = 60 * NS_PER_S,
	    .answer_max = CAP};
	struct error err;
	struct attempt *a = attempt_prepare(&settings, &err);
	struct outcome out;
	struct buf answer;

	REQUIRE(a != NULL);
	attempt_run(a, "x", 1, "id", sending, NULL, &out, &answer);
	if (out.kind != sent->kind)
		fprintf(stderr, "%s: kind %d: %s\n", sent->what, (int)out.kind,
		    out.message);
	REQUIRE(out.kind == sent->kind);
	if (out.kind == OUTCOME_ANSWER)
		REQUIRE(answer.len >= sent->size / 6);
	buf_free(&answer);
	attempt_free(a);
}

START_TEST(test_body)
{
	struct hostile h;
	struct rusage use;
	int status;
	pid_t pid;

	sent = &bodies[_i];
	h = hostile_start(serve_body, NULL);
	pid = start(ask, h.url);
	ck_assert_int_eq(wait4(pid, &status, 0, &use), pid);
	ck_assert_int_eq(status, 0);
	hostile_stop(&h);
	if (getenv("MEMORY") != NULL)
		fprintf(stderr, "%8ld KiB: %s\n", use.ru_maxrss, sent->what);
	ck_assert_msg((size_t)use.ru_maxrss * 1024 < FACTOR * CAP,
	    "%s: %ld KiB", sent->what, use.ru_maxrss);
}
END_TEST

/* Their tools take more than what they watch. */
static bool
is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
	return true;
#endif
#endif
	return in_valgrind();
}

int
main(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("bodies");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 120);
	if (!is_instrumented())
		tcase_add_loop_test(
		    t, test_body, 0, (int)(sizeof(bodies) / sizeof(bodies[0])));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "bodies", "bodies within four times the answer's cap");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
