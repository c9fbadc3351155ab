/*
 * fast.h - many pretokens at once, where the text is ASCII.
 *
 * 64 bytes are sorted into classes, a bit mask each; where pretokens begin
 * follows from the masks without a look at single characters.  What that
 * cannot settle (a character beyond ASCII, a run longer than the block, a
 * few rare sequences) is left to scan.h, one pretoken at a time.
 */
#ifndef FAST_H
#define FAST_H

#include "piece.h"
#include "scan.h"

/* May an engine say so? */
bool fast_have_avx2(void);

/* Add the tokens from P on; returns where it could not go on. */
const uint8_t *fast_run(enum scan_kind kind, struct engine *e, const uint8_t *p,
    const uint8_t *end);

#endif
