/*
 * plain.h - text from files or the network made safe to print on a terminal.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

/*
 * Copy LEN bytes of SRC to DST as one printable line: valid UTF-8 that is not
 * a control stays; everything else (escapes, newlines, C1 controls,
 * bidirectional overrides, invisible tags, broken UTF-8) is written as vis(3)
 * writes it, "\n" or "\033", and a backslash as two, so that unvis(1) tells
 * what was there.  Cut to SIZE bytes (at least 1), with a NUL, but never
 * inside a character or an escape.  Returns DST.
 */
char *plain_copy(char *dst, size_t size, const char *src, size_t len);

#endif
