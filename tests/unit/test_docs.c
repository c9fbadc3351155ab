/*
 * The man page, --help, the completions and the example of .env say what the
 * table of options says, no less and no more.  Runs in the project's root.
 */
#include "options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_MAX = 100000
};

static const char *const completions[] = {
    "share/completions/chatgpt-batch.bash",
    "share/completions/_chatgpt-batch",
};

/* The whole of a file; the caller frees. */
static char *
read_text(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = malloc(TEXT_MAX);
	size_t n;

	ck_assert_msg(f != NULL, "%s cannot be read", name);
	ck_assert_ptr_nonnull(text);
	n = fread(text, 1, TEXT_MAX - 1, f);
	ck_assert_int_eq(ferror(f), 0);
	ck_assert_uint_lt(n, TEXT_MAX - 1);
	fclose(f);
	text[n] = '\0';
	return text;
}

static const struct option_spec *
by_name(const char *name, size_t len)
{
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);

		if (spec->name != NULL && strlen(spec->name) == len &&
		    strncmp(spec->name, name, len) == 0)
			return spec;
	}
	return NULL;
}

static size_t
name_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz-");
}

/* The text from BEGIN, which must be there, up to END; the caller frees. */
static char *
section(const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin), *to;

	ck_assert_msg(from != NULL, "there is no \"%s\"", begin);
	to = strstr(from + strlen(begin), end);
	ck_assert_msg(to != NULL, "no end of \"%s\"", begin);
	return strndup(from, (size_t)(to - from));
}

START_TEST(every_encoding_is_named)
{
	char *man = read_text("man/chatgpt-batch.1");
	char *help = config_help(COMMAND_COUNT);
	const struct tok *tok;

	ck_assert_ptr_nonnull(help);
	for (size_t i = 0; (tok = tok_by_index(i)) != NULL; i++) {
		ck_assert_ptr_nonnull(strstr(man, tok_name(tok)));
		ck_assert_ptr_nonnull(strstr(help, tok_name(tok)));
	}
	free(help);
	free(man);
}
END_TEST

START_TEST(every_row_is_whole)
{
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);

		ck_assert(spec->set != NULL);
		ck_assert_uint_ne(spec->commands, 0);
		ck_assert(spec->name != NULL || spec->env != NULL);
		ck_assert(
		    (spec->help != NULL) == (spec->group != GROUP_HIDDEN));
		ck_assert(spec->name == NULL ||
			  by_name(spec->name, strlen(spec->name)) == spec);
		ck_assert(spec->fallback == NULL || spec->arg != NULL);
		for (enum option_id other = 0; other < id; other++)
			ck_assert(spec->letter == 0 ||
				  option_get(other)->letter != spec->letter);
	}
}
END_TEST

START_TEST(man_page_has_every_option)
{
	char *man = read_text("man/chatgpt-batch.1");

	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		char head[100], letter[] = "x , Fl ";
		char *entry;

		if (spec->help == NULL)
			continue;
		letter[0] = spec->letter;
		snprintf(head, sizeof(head), "\n.It Fl %s-%s%s",
		    spec->letter != 0 ? letter : "", spec->name,
		    spec->arg != NULL ? " Ar " : "\n");
		entry = section(man, head, "\n.It ");
		ck_assert_msg(spec->fallback == NULL ||
				  strstr(entry, spec->fallback) != NULL,
		    "--%s: no default %s", spec->name, spec->fallback);
		ck_assert_msg(
		    spec->env == NULL || strstr(entry, spec->env) != NULL,
		    "--%s: no variable %s", spec->name, spec->env);
		free(entry);
	}
	free(man);
}
END_TEST

START_TEST(man_page_has_no_other_option)
{
	char *man = read_text("man/chatgpt-batch.1");

	for (const char *s = man; (s = strstr(s, "Fl -")) != NULL; s += 4) {
		const size_t len = name_length(s + 4);

		ck_assert_msg(len == 0 || by_name(s + 4, len) != NULL,
		    "there is no --%.*s", (int)len, s + 4);
	}
	free(man);
}
END_TEST

START_TEST(man_page_has_every_variable_and_status)
{
	char *man = read_text("man/chatgpt-batch.1");
	char *variables = section(man, "\n.Sh ENVIRONMENT", "\n.Sh FILES");
	char *statuses = section(man, "\n.Sh EXIT STATUS", "\n.Sh EXAMPLES");
	char *help = config_help(COMMAND_HELP);
	char *line, *save = NULL, name[100];
	bool exits = false, environment = false;

	ck_assert_ptr_nonnull(help);
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		snprintf(
		    name, sizeof(name), "\n.It Ev %s\n", option_get(id)->env);
		ck_assert_msg(option_get(id)->env == NULL ||
				  strstr(variables, name) != NULL,
		    "no variable %s", option_get(id)->env);
	}
	for (line = strtok_r(help, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (*line != ' ') {
			environment |= strncmp(line, "Environment", 11) == 0;
			exits |= strcmp(line, "Exit status:") == 0;
		} else if (exits) {
			snprintf(name, sizeof(name), "\n.It %.*s",
			    (int)strspn(line + 2, "0123456789"), line + 2);
			ck_assert_msg(strstr(statuses, name) != NULL,
			    "no status for \"%s\"", line);
		} else if (environment && line[2] != ' ') {
			snprintf(name, sizeof(name), "%.*s",
			    (int)strcspn(line + 2, " "), line + 2);
			ck_assert_msg(strstr(variables, name) != NULL,
			    "no variable %s", name);
		}
	}
	ck_assert(exits && environment);
	free(help);
	free(statuses);
	free(variables);
	free(man);
}
END_TEST

/* In HELP: the option's line, its default and its variable. */
static void
check_help_entry(const char *help, const struct option_spec *spec)
{
	char words[200], letter[] = "-x, ";

	letter[1] = spec->letter;
	snprintf(words, sizeof(words), "\n  %s--%s%s%s",
	    spec->letter != 0 ? letter : "    ", spec->name,
	    spec->arg != NULL ? " " : "", spec->arg != NULL ? spec->arg : "");
	ck_assert_msg(strstr(help, words) != NULL, "no \"%s\"", words + 1);
	snprintf(words, sizeof(words), "[$%s]", spec->env);
	ck_assert(spec->env == NULL || strstr(help, words) != NULL);
	snprintf(words, sizeof(words), "%s)", spec->fallback);
	ck_assert(spec->fallback == NULL || strstr(help, words) != NULL);
}

START_TEST(help_has_what_belongs)
{
	const enum command command = (enum command)_i;
	char *help = config_help(command);

	ck_assert_ptr_nonnull(help);
	ck_assert_int_eq(help[strlen(help) - 1], '\n');
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		char words[100];

		if (spec->name == NULL)
			continue;
		if (spec->help != NULL && (command == COMMAND_HELP ||
					      option_belongs(spec, command))) {
			check_help_entry(help, spec);
			continue;
		}
		snprintf(words, sizeof(words), " --%s ", spec->name);
		ck_assert_msg(strstr(help, words) == NULL, "%s: --%s",
		    command_name(command), spec->name);
	}
	for (const char *s = help; *s != '\0'; s += strcspn(s, "\n") + 1)
		ck_assert_msg(strcspn(s, "\n") <= 79, "too long: %.80s", s);
	free(help);
}
END_TEST

/* The options that belong to the same commands as those of a shell's array. */
static const struct {
	const char *array;
	unsigned commands;
} classes[] = {
    {"everywhere", ~0u},
    {"run", 1u << COMMAND_RUN | 1u << COMMAND_PLAN},
    {"run_status",
	1u << COMMAND_RUN | 1u << COMMAND_PLAN | 1u << COMMAND_STATUS},
    {"run_count", 1u << COMMAND_RUN | 1u << COMMAND_PLAN | 1u << COMMAND_COUNT},
    {"count", 1u << COMMAND_COUNT},
};

static bool
has_option(const char *text, const char *name)
{
	for (const char *s = text; (s = strstr(s, "--")) != NULL; s += 2) {
		if (name_length(s + 2) == strlen(name) &&
		    strncmp(s + 2, name, strlen(name)) == 0)
			return true;
	}
	return false;
}

START_TEST(completions_have_the_options)
{
	char *text = read_text(completions[_i]), *array;
	unsigned all = 0;
	char begin[40];

	for (int c = COMMAND_RUN; c <= COMMAND_VERSION; c++)
		all |= 1u << c;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		/* bash declares where it assigns */
		snprintf(begin, sizeof(begin), "\n\t%s%s=(",
		    strstr(completions[_i], ".bash") ? "local " : "",
		    classes[i].array);
		array = section(text, begin, "\n\t)");
		for (enum option_id id = 0; id < OPTION_COUNT; id++) {
			const struct option_spec *spec = option_get(id);

			if (spec->name == NULL)
				continue;
			ck_assert_msg(has_option(array, spec->name) ==
					  (spec->help != NULL &&
					      spec->commands ==
						  (classes[i].commands & all)),
			    "%s: %s and --%s", completions[_i],
			    classes[i].array, spec->name);
		}
		for (const char *s = array; (s = strstr(s, "--")); s += 2)
			ck_assert_msg(by_name(s + 2, name_length(s + 2)),
			    "%s: there is no %.20s", completions[_i], s);
		free(array);
	}
	free(text);
}
END_TEST

START_TEST(example_has_every_setting)
{
	char *text = read_text("share/chatgpt-batch.env.example");
	size_t lines = 0, settings = 0;

	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		char words[200];

		if (spec->env == NULL)
			continue;
		settings++;
		snprintf(words, sizeof(words), "\n#%s=%s\n", spec->env,
		    spec->fallback != NULL ? spec->fallback : "");
		ck_assert_msg(strstr(text, words) != NULL, "no line %s", words);
	}
	for (const char *s = text; (s = strstr(s, "\n#")) != NULL; s += 2)
		lines += s[2] != ' ';
	ck_assert_uint_eq(lines, settings);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("docs");
	TCase *tc = tcase_create("docs");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_encoding_is_named);
	tcase_add_test(tc, every_row_is_whole);
	tcase_add_test(tc, man_page_has_every_option);
	tcase_add_test(tc, man_page_has_no_other_option);
	tcase_add_test(tc, man_page_has_every_variable_and_status);
	tcase_add_loop_test(
	    tc, help_has_what_belongs, COMMAND_RUN, COMMAND_VERSION + 1);
	tcase_add_loop_test(tc, completions_have_the_options, 0,
	    sizeof(completions) / sizeof(*completions));
	tcase_add_test(tc, example_has_every_setting);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
