/*
 * plain.h - text from files or the network made safe to print on a terminal.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

/*
 * Copy LEN bytes of SRC to DST as one printable line: valid UTF-8 that is not
 * a control stays, everything else (escapes, newlines, C1 controls,
 * bidirectional overrides, broken UTF-8) is written as vis(3) writes it.  Cut
 * to SIZE bytes, at a character, with a NUL.  Returns DST.
 */
char *plain_copy(char *dst, size_t size, const char *src, size_t len);

#endif
