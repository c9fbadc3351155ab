/*
 * units.h - counts and durations as people write them.
 *
 * Counts: "300000", "300k", "1.5M", "300_000", "300,000" (k = 1000, M = k*k,
 * G; either case).  Durations: "90s", "5m", "1m30s", "250ms", "2h", "1d",
 * "0", "1.5s"; a bare number is seconds.  A count must come out whole; a
 * duration names its units from long to short.  Nothing negative, no blanks
 * inside.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Read the whole number at S, of LEN bytes, into *N: digits, in groups of
 * three after commas or at will after underscores.  Returns how many bytes
 * are the number (0: none); *N is -1 if it is over 2^63-1.
 */
size_t units_whole(const char *s, size_t len, int64_t *n);

/* Parse a count into *N.  0, or -1 (*N as it was): none, or over 2^63-1. */
int units_count(const char *text, int64_t *n);

/* Parse a duration into *NS, nanoseconds.  0, or -1 (*NS as it was). */
int units_duration(const char *text, int64_t *ns);

/* Room for what the functions below write. */
enum {
	UNITS_TEXT = 32
};

/* "1,234,567", into TEXT, which it returns. */
char *units_format_count(int64_t n, char text[UNITS_TEXT]);

/* "0.8s", "12.3s", "1m05s", "3h02m": for people, two units at most. */
char *units_format_duration(int64_t ns, char text[UNITS_TEXT]);

#endif
