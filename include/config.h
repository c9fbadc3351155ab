/*
 * config.h - everything a user can set, in one constant struct.
 *
 *	command = config_command(argc, argv, &skip);
 *	argc -= skip; argv += skip;	  (argv[0] is skipped as a name)
 *	COMMAND_HELP:	 config_help_topic, config_help
 *	COMMAND_VERSION: print it
 *	COMMAND_COUNT:	 cmd_count has options of its own
 *	others:		 config_load, then chdir(cfg.dir)
 *
 * Sources, the first that speaks wins: command line, environment, the
 * workspace's .env, defaults.  An empty variable counts as unset.
 * config_load returns a checked whole: numbers in range, the model's encoding
 * found, durations in nanoseconds.
 *
 * As with make's -C, every relative name (operands, --ledger, --system,
 * --key-file, --log, their variables, .env) is relative to the workspace.
 * config_load opens what it reads that way without changing directory.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "attempt.h"
#include "error.h"
#include "quota.h"
#include "retry.h"
#include "tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEFAULT_BASE_URL "https://api.openai.com/v1"

enum {
	PROMPT_FIRST = 1,
	PROMPT_LAST = 100,
	PROMPT_MAX = 999999
};

enum command {
	COMMAND_RUN,
	COMMAND_PLAN,
	COMMAND_COUNT,
	COMMAND_STATUS,
	COMMAND_HELP,
	COMMAND_VERSION
};

struct texts; /* texts.h */

struct config {
	/* workspace */
	const char *dir;    /* -C; "." */
	int first, last;    /* --range */
	const char *ledger; /* --ledger; NULL: usage.md in dir */

	/*
	 * Requests.  api.key is NULL where none is needed: with --exec, for
	 * commands that send nothing, and for a loopback server when no key
	 * was given; then there is no Authorization header.
	 */
	struct api_settings api;
	const char *system_file; /* --system; its text is api.system */
	int64_t system_tokens;   /* in that, without the chat framing */
	const char *key_file;    /* --key-file; it has been read */
	const char *exec;        /* --exec; NULL: the API */
	const struct tok *tok;   /* run and plan; NULL for status */

	/* policy */
	struct limits limits;
	struct retry_policy retry;
	int jobs;            /* -j; 0: all at once */
	bool always;         /* -B */
	bool split;          /* --split */
	int64_t max_wait_ns; /* --max-wait; INT64_MAX; --no-wait: 0 */

	/* talk */
	bool quiet, verbose, json, color;
	const char *log; /* --log; NULL: none */

	/* operands, as given: numbers in range or names of existing files */
	char **operands; /* the array is ours, its strings are argv's */
	int operand_count;

	const char **params; /* what api.params points to */
	struct texts *texts; /* what the strings above point into */
};

/* Where the settings come from; tests pass their own. */
struct config_sources {
	int argc; /* argv[0] is not looked at */
	char **argv;
	char *(*getenv)(const char *name); /* good until config_load ends */
};

/*
 * Which command argv names (run if none).  The word may follow options
 * ("-C dir status"): it is moved to argv[1], so that *SKIP, how many arguments
 * say so, is 0 or 1.  -h, --help, -V and --version among the options make it
 * help or version, -n makes run plan.  Never fails: what is wrong with the
 * options is config_load's to say.
 */
enum command config_command(int argc, char **argv, int *skip);

/*
 * What help is asked about: "help plan", "plan --help"; COMMAND_HELP for
 * all of it.  ARGC and ARGV are what they were for config_command.  -1 with
 * ERR if that is no command: exit 2.
 */
int config_help_topic(
    int argc, char **argv, enum command *topic, struct error *err);

/*
 * Load it all.  0; or -1 with ERR: a usage or configuration error (exit 2),
 * which says what was wrong and what would be right; CFG is then empty and
 * need not be freed.  Warnings that do not stop the run (unknown model, a key
 * in a .env that others can read) are passed to WARN.
 *
 * The key stays in the caller's environment: whoever execs or forks removes
 * OPENAI_API_KEY there.  CFG holds a copy of its own.
 */
int config_load(struct config *cfg, enum command command,
    const struct config_sources *sources, void (*warn)(const char *text),
    struct error *err);

/* Overwrite the key and forget it: for a child once it has sent. */
void config_forget_key(struct config *cfg);

/* Free the strings, overwriting them (the key is one).  NULL-safe. */
void config_free(struct config *cfg);

/*
 * The text of --help for a command, COMMAND_HELP for all of it; at most 80
 * columns, ends with a newline.  The caller frees it; NULL: out of memory.
 */
char *config_help(enum command command);

#endif
