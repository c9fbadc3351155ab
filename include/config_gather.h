/*
 * config_gather.h - what the command line, the environment and .env say,
 * before it is checked: for each setting the word of the first that speaks.
 */
#ifndef CONFIG_GATHER_H
#define CONFIG_GATHER_H

#include "config.h"
#include "dotenv.h"
#include "error.h"
#include "options.h"
#include "texts.h"

/* In the order of precedence. */
enum source {
	SOURCE_NONE,
	SOURCE_DOTENV,
	SOURCE_ENVIRONMENT,
	SOURCE_LINE
};

struct setting {
	enum source source;
	const char *value; /* NULL for a flag */
};

struct gathered {
	enum command command;
	const struct config_sources *sources;
	void (*warn)(const char *text);
	struct setting given[OPTION_COUNT];
	int dirfd; /* the workspace; -1 before it is open */

	/* What values point into, and what may hold a key. */
	struct dotenv dotenv;
	struct texts *scratch;
};

/* G's command, sources and warn are set, the rest is zero. */
#define GATHERED_INIT(c, s, w)                                           \
	{                                                                \
		.command = (c), .sources = (s), .warn = (w), .dirfd = -1 \
	}

/*
 * Fill G, and CFG's operands and params (set at once, as they repeat).
 * 0, or -1 with ERR; gathered_free in either case.
 */
int gather(struct gathered *g, struct config *cfg, struct error *err);

void gathered_free(struct gathered *g);

/* How an error calls a setting: as the user gave it.  Returns TEXT. */
char *gathered_label(
    const struct gathered *g, enum option_id id, char text[OPTION_LABEL]);

#endif
