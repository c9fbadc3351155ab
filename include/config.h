/*
 * config.h - everything a user can set, in one constant struct.
 *
 * Sources, the first that speaks wins: command line, environment, the
 * workspace's .env, defaults.  config_load returns a checked whole: numbers in
 * range, the model's encoding found, durations in nanoseconds.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "attempt.h"
#include "error.h"
#include "limits.h"
#include "retry.h"
#include "tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROMPT_FIRST = 1, PROMPT_LAST = 100, PROMPT_MAX = 999999 };

enum command {
	COMMAND_RUN,
	COMMAND_PLAN,
	COMMAND_COUNT,
	COMMAND_STATUS,
	COMMAND_HELP,
	COMMAND_VERSION
};

struct config {
	/* workspace */
	const char *dir;    /* -C; "." */
	int first, last;    /* --range */
	const char *ledger; /* --ledger; NULL: usage.md in dir */

	/* requests */
	struct api_settings api;
	const char *system_file; /* --system; its text is api.system */
	const char *exec;	 /* --exec; NULL: the API */
	const struct tok *tok;

	/* policy */
	struct limits limits;
	struct retry_policy retry;
	int jobs;	     /* -j; 0: all at once */
	bool always;	     /* -B */
	bool split;	     /* --split */
	int64_t max_wait_ns; /* --max-wait; INT64_MAX; --no-wait: 0 */

	/* talk */
	bool quiet, verbose, json, color;

	/* operands, as given; borrowed from argv */
	char **operands;
	int operand_count;
};

/* Where the settings come from; tests pass their own. */
struct config_sources {
	int argc; /* argv[0] is the program's name */
	char **argv;
	char *(*getenv)(const char *name);
};

/*
 * Which command argv names (run if none); *SKIP is how many arguments
 * say so.  "-n" anywhere among run's options makes it plan.
 */
enum command config_command(int argc, char **argv, int *skip);

/*
 * Load it all.  0; or -1 with ERR: a usage or configuration error (exit 2),
 * which says what was wrong and what would be right.  Warnings that do not
 * stop the run (unknown model, .env that others can read) are passed to WARN.
 * Strings live as long as the struct; config_free ends both, and
 * overwrites the key.
 */
int config_load(struct config *cfg, enum command command,
    const struct config_sources *sources, void (*warn)(const char *text),
    struct error *err);

void config_free(struct config *cfg);

/* The text of --help for a command (NULL-safe, ends with a newline). */
const char *config_help(enum command command);

#endif
