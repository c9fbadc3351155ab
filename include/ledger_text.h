/*
 * ledger_text.h - the ledger's text, read liberally and edited in place.
 *
 *	tokens_within_min: 0
 *	requests_within_min: 0
 *	tokens_within_day: 0
 *	minute_token_limit_reached: 0
 *	day_token_limit_reached: 0
 *	Date: 2026-11-24T03:14:15+00:00
 *
 * People edit it, so reading accepts ':' or '=', spaces and tabs, markdown's
 * marks around names and values (bullets, headings, quotes, bold, code, table
 * rows), hyphens or blanks for the underscores in names, commas (in groups of
 * three) or underscores in numbers, a comment ("# ..." or "<!--") after a
 * value, CRLF, upper and lower case, any order, a byte-order mark, and missing
 * lines (their number is 0).  Date is ISO 8601: a date, or a date and time,
 * with 'T' or a space, with or without seconds, fraction and offset ("Z",
 * "UTC", "+02:00", "+0200", "+02"; none: local time, and the later where
 * clocks show it twice).  No Date means that the window began at the file's
 * mtime; so does a bare date, whose day says which day's the counters are: if
 * the mtime is on a later day, the day's counter is over and reads as 0; if on
 * an earlier one, the window begins with the day named.
 *
 * Lines that are not ours are kept.  A line that begins with one of our
 * names but has no value that can be understood, a name given twice with
 * different values, a negative or fractional count, a count over 2^63-1, a
 * NUL byte, or a flag that is not 0/1/true/false/yes/no are errors: a ledger
 * is never guessed at.  So are a missing name that another line mentions or
 * misspells by a letter or two (it would read as 0), and a text in which none
 * of the six lines is found (it is some other file).
 *
 * Pure, but for the time zone (TZ), which local times need.
 */
#ifndef LEDGER_TEXT_H
#define LEDGER_TEXT_H

#include "buf.h"
#include "error.h"
#include "quota.h"

#include <stddef.h>
#include <stdint.h>

/* A ledger's text is a few hundred bytes; one of over 64 KiB is a mistake. */
#define LEDGER_TEXT_MAX 65536

/*
 * Read LEN bytes at TEXT into *U.  MTIME (ns since the epoch) is the window's
 * begin where the text has no time of day.  It, and a fraction in the text, is
 * rounded as window_begin (quota.h) does.  An empty text is a fresh ledger
 * whose window began at MTIME. Returns 0, or -1 with ERR beginning with
 * NAME:LINE.
 */
int ledger_parse(const char *text, size_t len, const char *name, int64_t mtime,
    struct usage *u, struct error *err);

/*
 * Append to OUT the text of *U: OLD (OLDLEN bytes, as ledger_parse accepted
 * it; none for a fresh one) with the values replaced where they stand, in
 * OLD's order and style, other lines untouched; missing lines are added
 * at the end.  Date is written in local time with its offset.
 * A value that has not changed stays as it was written, Date excepted.
 * Returns 0, or -1 with OUT as it was and errno ENOMEM or EMSGSIZE.
 */
int ledger_format(
    const char *old, size_t oldlen, const struct usage *u, struct buf *out);

#endif
