/*
 * run.h - a pretoken that is one byte again and again.
 */
#ifndef RUN_H
#define RUN_H

#include "sink.h"
#include "vocab.h"

/*
 * Add the tokens of the LEN bytes at TEXT, which are all the same.  False,
 * and nothing is added, if that is not known how.
 */
bool run_encode(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len);

#endif
