/* Command lines: which command, which options, in which order; and typos. */
#include "options.h"
#include "suggest.h"
#include "texts.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum {
	ARGS = 12
};

struct line {
	char text[200];
	char *argv[ARGS];
	int argc;
};

/* TEXT, without the program's name, split at single blanks. */
static void
split(struct line *l, const char *text)
{
	static char program[] = "chatgpt-batch";
	char *save = NULL, *word;

	*l = (struct line){.argc = 0};
	snprintf(l->text, sizeof(l->text), "%s", text);
	l->argv[l->argc++] = program;
	for (word = strtok_r(l->text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		ck_assert_int_lt(l->argc, ARGS - 1);
		l->argv[l->argc++] = word;
	}
	l->argv[l->argc] = NULL;
}

static const struct {
	const char *line;
	enum command command;
	const char *rest; /* what is left after skip, name included */
} commands[] = {
    {"", COMMAND_RUN, ""},
    {"7 8", COMMAND_RUN, "7 8"},
    {"run", COMMAND_RUN, ""},
    {"plan -j 3", COMMAND_PLAN, "-j 3"},
    {"status --json", COMMAND_STATUS, "--json"},
    {"count --ids f", COMMAND_COUNT, "--ids f"},
    {"version", COMMAND_VERSION, ""},
    {"help plan", COMMAND_HELP, "plan"},
    /* a word behind options moves to the front */
    {"-C dir status --json", COMMAND_STATUS, "-C dir --json"},
    {"-Cdir -j 3 plan 7", COMMAND_PLAN, "-Cdir -j 3 7"},
    {"-m gpt-4 count f", COMMAND_COUNT, "-m gpt-4 f"},
    /* an option's value is no command, nor a later operand */
    {"-C status", COMMAND_RUN, "-C status"},
    {"--exec count", COMMAND_RUN, "--exec count"},
    {"7 status", COMMAND_RUN, "7 status"},
    {"-- status", COMMAND_RUN, "-- status"},
    /* -n anywhere */
    {"-n", COMMAND_PLAN, "-n"},
    {"7 -kn", COMMAND_PLAN, "7 -kn"},
    {"run 7 --dry-run", COMMAND_PLAN, "7 --dry-run"},
    {"--dry", COMMAND_PLAN, "--dry"},
    {"-C n", COMMAND_RUN, "-C n"},
    {"-jn", COMMAND_RUN, "-jn"},
    {"-- -n", COMMAND_RUN, "-- -n"},
    {"status -n", COMMAND_STATUS, "-n"},
    /* help and version anywhere; the first of them */
    {"-h", COMMAND_HELP, "-h"},
    {"7 --help", COMMAND_HELP, "7 --help"},
    {"count --help", COMMAND_HELP, "--help"},
    {"status -V", COMMAND_VERSION, "-V"},
    {"-Vh", COMMAND_VERSION, "-Vh"},
    {"-hV", COMMAND_HELP, "-hV"},
    {"--nonsense -h", COMMAND_HELP, "--nonsense -h"},
    {"-j -h", COMMAND_RUN, "-j -h"},
    {"-- -h", COMMAND_RUN, "-- -h"},
    {"-j", COMMAND_RUN, "-j"},
};

START_TEST(command_and_skip)
{
	struct line l;
	char rest[200] = "";
	int skip;

	split(&l, commands[_i].line);
	ck_assert_int_eq(
	    config_command(l.argc, l.argv, &skip), commands[_i].command);
	for (int i = skip + 1; i < l.argc; i++) {
		strcat(rest, i > skip + 1 ? " " : "");
		strcat(rest, l.argv[i]);
	}
	ck_assert_str_eq(rest, commands[_i].rest);
	ck_assert_ptr_null(l.argv[l.argc]);
}
END_TEST

START_TEST(no_arguments_at_all)
{
	char *argv[] = {NULL};
	int skip = -1;

	ck_assert_int_eq(config_command(0, argv, &skip), COMMAND_RUN);
	ck_assert_int_eq(skip, 0);
}
END_TEST

static const struct {
	const char *line;
	int topic; /* -1: an error */
} topics[] = {
    {"help", COMMAND_HELP},
    {"--help", COMMAND_HELP},
    {"help plan", COMMAND_PLAN},
    {"help count", COMMAND_COUNT},
    {"help help", COMMAND_HELP},
    {"plan --help", COMMAND_PLAN},
    {"--help run", COMMAND_RUN},
    {"-C dir status -h", COMMAND_STATUS},
    {"7 -h", COMMAND_HELP},
    {"help pln", -1},
    {"help everything", -1},
};

START_TEST(help_topic)
{
	enum command topic = COMMAND_VERSION;
	struct error err = {""};
	struct line l;
	int skip, r;

	split(&l, topics[_i].line);
	ck_assert_int_eq(config_command(l.argc, l.argv, &skip), COMMAND_HELP);
	r = config_help_topic(l.argc, l.argv, &topic, &err);
	ck_assert_int_eq(r, topics[_i].topic == -1 ? -1 : 0);
	if (r == 0)
		ck_assert_int_eq((int)topic, topics[_i].topic);
	else
		ck_assert_ptr_nonnull(strstr(err.text, "help: no command"));
}
END_TEST

START_TEST(a_walk_keeps_the_order)
{
	struct options_walk walk;
	struct error err = {""};
	enum option_id id;
	struct line l;
	char *value;

	/* Twice: getopt's state must not survive. */
	for (int round = 0; round < 2; round++) {
		split(&l, "a -kj3 b --model=m --range 1-2 -- -k c");
		options_begin(&walk, l.argc, l.argv);
#define NEXT() options_next(&walk, COMMAND_RUN, &id, &value, &err)
		ck_assert_int_eq(NEXT(), OPTIONS_OPERAND);
		ck_assert_str_eq(value, "a");
		ck_assert_int_eq(NEXT(), OPTIONS_OPTION);
		ck_assert_int_eq((int)id, OPT_KEEP_GOING);
		ck_assert_ptr_null(value);
		ck_assert_int_eq(NEXT(), OPTIONS_OPTION);
		ck_assert_int_eq((int)id, OPT_JOBS);
		ck_assert_str_eq(value, "3");
		ck_assert_int_eq(NEXT(), OPTIONS_OPERAND);
		ck_assert_int_eq(NEXT(), OPTIONS_OPTION);
		ck_assert_int_eq((int)id, OPT_MODEL);
		ck_assert_str_eq(value, "m");
		ck_assert_int_eq(NEXT(), OPTIONS_OPTION);
		ck_assert_int_eq((int)id, OPT_RANGE);
		ck_assert(!walk.literal);
		ck_assert_int_eq(NEXT(), OPTIONS_OPERAND);
		ck_assert_str_eq(value, "-k");
		ck_assert(walk.literal);
		ck_assert_int_eq(NEXT(), OPTIONS_OPERAND);
		ck_assert_str_eq(value, "c");
		ck_assert_int_eq(NEXT(), OPTIONS_END);
		ck_assert_int_eq(NEXT(), OPTIONS_END);
#undef NEXT
	}
	ck_assert_str_eq(err.text, "");
}
END_TEST

static const struct {
	const char *a, *b;
	size_t distance;
} distances[] = {
    {"", "", 0},
    {"a", "", 1},
    {"model", "model", 0},
    {"modle", "model", 1}, /* a swap is one slip */
    {"modl", "model", 1},
    {"modell", "model", 1},
    {"nodel", "model", 1},
    {"tiemout", "timeout", 1},
    {"kitten", "sitting", 3},
    {"abc", "cab", 2},
    {"0123456789012345678901234567890123456789012345678901234567890123x", "x",
	SUGGEST_MAX},
};

START_TEST(distance)
{
	ck_assert_uint_eq(suggest_distance(distances[_i].a, distances[_i].b),
	    distances[_i].distance);
	ck_assert_uint_eq(suggest_distance(distances[_i].b, distances[_i].a),
	    distances[_i].distance);
}
END_TEST

START_TEST(the_nearest_is_suggested)
{
	struct suggestion s = SUGGESTION_INIT("modle");
	struct suggestion far = SUGGESTION_INIT("xyzzy");
	struct suggestion brief = SUGGESTION_INIT("x");

	suggestion_try(&s, "mode");
	suggestion_try(&s, "model");
	suggestion_try(&s, "module");
	ck_assert_str_eq(s.best, "mode"); /* the first of the nearest */
	suggestion_try(&s, "modle");
	ck_assert_str_eq(s.best, "modle");
	suggestion_try(&far, "model");
	ck_assert_ptr_null(far.best);
	suggestion_try(&brief, "y");
	ck_assert_ptr_null(brief.best);
}
END_TEST

START_TEST(texts_are_copies)
{
	struct texts *kept = NULL;
	char source[] = "secret";
	char *a = texts_keep(&kept, source, 6);
	char *b = texts_keep(&kept, source, 3);
	char *c = texts_keep(&kept, NULL, 0);

	memset(source, 'x', 6);
	ck_assert_str_eq(a, "secret");
	ck_assert_str_eq(b, "sec");
	ck_assert_str_eq(c, "");
	texts_wipe(kept, a);
	texts_wipe(kept, source); /* not one of them */
	texts_wipe(kept, NULL);
	ck_assert_int_eq(memcmp(a, "\0\0\0\0\0\0\0", 7), 0);
	ck_assert_str_eq(b, "sec");
	ck_assert_str_eq(source, "xxxxxx");
	texts_free(&kept);
	ck_assert_ptr_null(kept);
	texts_free(&kept);
	ck_assert_ptr_null(texts_keep(&kept, source, SIZE_MAX - 4));
	ck_assert_ptr_null(kept);
}
END_TEST

#define LOOP(t, table) \
	tcase_add_loop_test(tc, t, 0, sizeof(table) / sizeof(*(table)))

int
main(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	LOOP(command_and_skip, commands);
	tcase_add_test(tc, no_arguments_at_all);
	LOOP(help_topic, topics);
	tcase_add_test(tc, a_walk_keeps_the_order);
	LOOP(distance, distances);
	tcase_add_test(tc, the_nearest_is_suggested);
	tcase_add_test(tc, texts_are_copies);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
