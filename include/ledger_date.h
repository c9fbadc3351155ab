/*
 * ledger_date.h - the ledger's Date: ISO 8601, as people write it.
 */
#ifndef LEDGER_DATE_H
#define LEDGER_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_date {
	int64_t ns;    /* since the epoch; a bare date's local beginning */
	bool day_only; /* there was no time of day */
};

/* "2026-11-24T03:14:15+00:00", with room for odder offsets. */
enum {
	LEDGER_DATE_TEXT = 64
};

/*
 * Read the LEN bytes at S, all of them.  Returns NULL, or what is wrong, to
 * be read after the quoted text: "is no date ...".
 */
const char *ledger_date_parse(
    const char *s, size_t len, struct ledger_date *date);

/*
 * Write WINDOW (ns since the epoch, whole seconds) in local time with its
 * offset and SEP, 'T' or a blank, between date and time.  Returns TEXT.
 */
char *ledger_date_format(int64_t window, char sep, char text[LEDGER_DATE_TEXT]);

#endif
