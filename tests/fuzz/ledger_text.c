/*
 * Any text is refused with its name and line, or read, formatted and read
 * again as the same numbers, after which it does not change any more.
 */
#include "ledger_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MTIME (INT64_C(1795521600) * NS_PER_S)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static int
same(const struct usage *a, const struct usage *b)
{
	return a->minute_tokens == b->minute_tokens &&
	       a->minute_requests == b->minute_requests &&
	       a->day_tokens == b->day_tokens &&
	       a->minute_reached == b->minute_reached &&
	       a->day_reached == b->day_reached && a->window == b->window;
}

/* U, as it was read from TEXT, written into TEXT. */
static void
check_stable(const char *text, size_t len, const struct usage *u)
{
	struct buf out = BUF_INIT(LEDGER_TEXT_MAX);
	struct buf again = BUF_INIT(LEDGER_TEXT_MAX);
	struct usage back;
	struct error err;

	if (ledger_format(text, len, u, &out) == 0) {
		require(
		    ledger_parse(out.data, out.len, "u", 0, &back, &err) == 0,
		    "what was written is not read");
		require(same(u, &back), "it is read as other numbers");
		require(ledger_format(out.data, out.len, &back, &again) == 0,
		    "it is not written again");
		require(out.len == again.len &&
			    memcmp(out.data, again.data, out.len) == 0,
		    "it is written otherwise");
	}
	buf_free(&out);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct usage u;
	struct error err;

	if (ledger_parse(text, size, "u", MTIME, &u, &err) == -1) {
		require(strncmp(err.text, "u:", 2) == 0 &&
			    strtol(err.text + 2, NULL, 10) > 0,
		    "an error without its line");
		return 0;
	}
	require(
	    u.minute_tokens >= 0 && u.minute_requests >= 0 && u.day_tokens >= 0,
	    "a negative count");
	require(u.window % NS_PER_S == 0, "not a whole second");
	check_stable(text, size, &u);
	/* Other numbers in the same text. */
	u.minute_tokens = INT64_MAX - u.minute_tokens;
	u.day_reached = !u.day_reached;
	u.window = (int64_t)size * NS_PER_S;
	check_stable(text, size, &u);
	return 0;
}
