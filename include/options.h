/*
 * options.h - the one table of settings, and how a command line names them.
 *
 * getopt_long's arrays, the pass over the environment, --help, the checks and
 * the tests of the man page and the completions all read this table, so
 * that they cannot disagree.  To add a setting, add an id and a row.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "config.h"
#include "error.h"

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of --help. */
enum option_id {
	OPT_DIRECTORY,
	OPT_RANGE,
	OPT_LEDGER,

	OPT_ALWAYS,
	OPT_DRY_RUN,
	OPT_JOBS,
	OPT_KEEP_GOING,
	OPT_EXEC,

	OPT_MODEL,
	OPT_ENCODING,
	OPT_SYSTEM,
	OPT_MAX_OUTPUT_TOKENS,
	OPT_TEMPERATURE,
	OPT_PARAM,

	OPT_BASE_URL,
	OPT_API,
	OPT_KEY_FILE,
	OPT_ORGANIZATION,
	OPT_PROJECT,
	OPT_INSECURE_HTTP,
	OPT_CONNECT_TIMEOUT,
	OPT_IDLE_TIMEOUT,
	OPT_TIMEOUT,
	OPT_ANSWER_MAX,
	OPT_ATTEMPTS,
	OPT_RETRIES_UNKNOWN,
	OPT_ACCEPT,

	OPT_LIMIT_BATCH_TOKENS,
	OPT_LIMIT_MINUTE_TOKENS,
	OPT_LIMIT_MINUTE_REQUESTS,
	OPT_LIMIT_DAY_TOKENS,
	OPT_WINDOW,
	OPT_SPLIT,
	OPT_MAX_WAIT,
	OPT_NO_WAIT,

	OPT_IDS,
	OPT_CHAT,

	OPT_LOG,
	OPT_JSON,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_COLOR,
	OPT_HELP,
	OPT_VERSION,

	/* rows without a place in --help */
	OPT_API_KEY, /* only a variable */
	OPT_BAD_KEY, /* --key and --api-key: why not */
	OPT_BAD_API_KEY,

	OPTION_COUNT
};

enum option_group {
	GROUP_WORKSPACE,
	GROUP_RUN,
	GROUP_REQUEST,
	GROUP_SERVER,
	GROUP_LIMITS,
	GROUP_COUNT,
	GROUP_TALK,
	GROUP_HIDDEN
};

struct option_spec {
	const char *name;     /* long; NULL: only a variable */
	char letter;          /* short; 0: none */
	const char *arg;      /* what its argument is called; NULL: none */
	const char *env;      /* the variable; NULL: none */
	const char *fallback; /* the default, as a user would write it */
	unsigned commands;    /* 1u << enum command, of those it belongs to */
	enum option_group group;
	const char *help; /* one sentence; NULL: not shown */
	bool repeats;     /* each occurrence counts, not only the last */

	/*
	 * Put VALUE (NULL for a flag) where FIELD, an offset into struct
	 * config, says.  LABEL names the option or the variable in errors.
	 */
	int (*set)(struct config *cfg, const struct option_spec *spec,
	    const char *value, const char *label, struct error *err);
	size_t field;
	int64_t min, max; /* of numbers */
};

/* The row of ID. */
const struct option_spec *option_get(enum option_id id);

/* Does the option belong to COMMAND? */
bool option_belongs(const struct option_spec *spec, enum command command);

/* "run", "plan", ...; and back: -1 if WORD is none. */
const char *command_name(enum command command);
int command_by_name(const char *word, enum command *command);

enum {
	OPTION_LABEL = 80
};

/* "-j/--jobs" into LABEL, which it returns. */
char *option_label(const struct option_spec *spec, char label[OPTION_LABEL]);

/* A walk along a command line, in order. */
struct options_walk {
	int argc;
	char **argv;
	bool literal; /* "--" has been seen: all the rest are operands */
	struct option longs[OPTION_COUNT + 1];
	char letters[2 * OPTION_COUNT + 3];
};

enum options_found {
	OPTIONS_END,
	OPTIONS_OPTION,  /* *ID and, if it takes one, *VALUE */
	OPTIONS_OPERAND, /* *VALUE */
	OPTIONS_BAD      /* ERR says why; one may go on */
};

/*
 * Begin at argv[1].  getopt's state is the process's: one walk at
 * a time.  ARGV is borrowed and not permuted.
 */
void options_begin(struct options_walk *w, int argc, char **argv);

/* The next option or operand.  Suggestions in ERR fit COMMAND. */
enum options_found options_next(struct options_walk *w, enum command command,
    enum option_id *id, char **value, struct error *err);

#endif
