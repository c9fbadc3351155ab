/*
 * config_user.h - a user for the tests of the settings: what is typed, set and
 * warned of.  Each program of tests includes it once.
 */
#ifndef CONFIG_USER_H
#define CONFIG_USER_H

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ARGS = 24,
	LINES = 64,
	VARIABLES = 8
};

/* What one test's user has typed and set; enter_workspace begins anew. */
static struct line {
	char text[512];
	char *argv[ARGS];
} lines[LINES];
static size_t line_count;
static char variables[VARIABLES][2][512];
static char warnings[4096];
static char workspace[sizeof("/tmp/test_config.XXXXXX")];

static inline char *
fake_getenv(const char *name)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		if (strcmp(variables[i][0], name) == 0)
			return variables[i][1];
	}
	return NULL;
}

static inline void
set_variable(const char *name, const char *value)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		if (variables[i][0][0] != '\0' &&
		    strcmp(variables[i][0], name) != 0)
			continue;
		snprintf(variables[i][0], sizeof(variables[i][0]), "%s", name);
		snprintf(variables[i][1], sizeof(variables[i][1]), "%s", value);
		return;
	}
	ck_abort_msg("too many variables");
}

static inline void
note_warning(const char *text)
{
	strncat(warnings, text, sizeof(warnings) - strlen(warnings) - 1);
	strncat(warnings, "\n", sizeof(warnings) - strlen(warnings) - 1);
}

/* LINE, without the program's name, split at single blanks. */
static inline int
split(struct line *l, const char *line)
{
	char *save = NULL, *word;
	int argc = 0;

	ck_assert_uint_lt(strlen(line), sizeof(l->text));
	snprintf(l->text, sizeof(l->text), "%s", line);
	l->argv[argc++] = workspace; /* any name will do */
	for (word = strtok_r(l->text, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		ck_assert_int_lt(argc, ARGS - 1);
		l->argv[argc++] = word;
	}
	l->argv[argc] = NULL;
	return argc;
}

/* Load what "chatgpt-batch LINE" would. */
static inline int
load(struct config *cfg, const char *line, struct error *err)
{
	struct config_sources sources = {.getenv = fake_getenv};
	struct line *l = &lines[line_count++];
	enum command command;
	int argc, skip;

	ck_assert_uint_le(line_count, LINES);
	argc = split(l, line);
	command = config_command(argc, l->argv, &skip);
	sources.argc = argc - skip;
	sources.argv = l->argv + skip;
	return config_load(cfg, command, &sources, note_warning, err);
}

static inline void
load_well(struct config *cfg, const char *line)
{
	struct error err = {""};

	ck_assert_msg(load(cfg, line, &err) == 0, "'%s': %s", line, err.text);
}

/* LINE is refused, in words that contain WORDS. */
static inline void
load_badly(const char *line, const char *words)
{
	struct error err = {""};
	struct config cfg;

	ck_assert_msg(load(&cfg, line, &err) == -1, "'%s' is accepted", line);
	ck_assert_msg(strstr(err.text, words) != NULL,
	    "'%s': \"%s\" does not say \"%s\"", line, err.text, words);
	ck_assert_ptr_null(cfg.operands);
	config_free(&cfg);
}

static inline void
write_file(const char *name, mode_t mode, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static inline void
enter_workspace(void)
{
	memset(variables, 0, sizeof(variables));
	warnings[0] = '\0';
	line_count = 0;
	snprintf(workspace, sizeof(workspace), "/tmp/test_config.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(workspace));
	ck_assert_int_eq(chdir(workspace), 0);
}

static inline void
leave_workspace(void)
{
	static const char *const names[] = {
	    ".env", "key", "system", "prompt", "sub/key", "sub/.env"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(names[i]);
	rmdir("sub");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(workspace);
}

#endif
