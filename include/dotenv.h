/*
 * dotenv.h - the settings of a .env file.
 *
 *	# comment
 *	OPENAI_MODEL=gpt-4o-mini
 *	export OPENAI_BASE_URL="http://localhost:8080/v1"   # comment
 *	GREETING='as it stands, $HOME and \n too'
 *
 *	struct dotenv env = DOTENV_INIT;
 *	if (dotenv_parse(&env, text, len, ".env", &err) == -1) ...
 *	model = dotenv_get(&env, "OPENAI_MODEL");
 *	dotenv_free(&env);
 *
 * One KEY=value a line; KEY is letters, digits and underscores and begins with
 * no digit.  Blanks around KEY and value do not count, nor does "export".  A
 * value without quotes ends at the line's end or at a "#" after a blank, and
 * its backslashes and quotes are ordinary.  Single quotes keep everything;
 * double quotes know \n \r \t \" \\ \$ \` and a backslash at the line's end,
 * which joins lines; any other backslash stays.  Quoted text may go over
 * several lines.  Nothing is expanded.  CRLF and a byte-order mark are
 * accepted.  Where a key comes twice, the last counts, as in a shell.
 *
 * Pure.  Values are often secrets: no error quotes one, and dotenv_free wipes
 * them.
 */
#ifndef DOTENV_H
#define DOTENV_H

#include "error.h"

#include <stddef.h>

struct dotenv {
	char *data; /* key NUL value NUL, for each setting; owned */
	size_t len;
};

#define DOTENV_INIT     \
	{               \
		NULL, 0 \
	}

/*
 * Read LEN bytes at TEXT into *ENV, which holds copies: TEXT can go.  Returns
 * 0, or -1 with *ENV empty and ERR beginning with NAME:LINE.
 */
int dotenv_parse(struct dotenv *env, const char *text, size_t len,
    const char *name, struct error *err);

/* KEY's value, good until dotenv_free; NULL if there is none. */
const char *dotenv_get(const struct dotenv *env, const char *key);

/* Wipe and free; *ENV is empty and can be used again. */
void dotenv_free(struct dotenv *env);

#endif
