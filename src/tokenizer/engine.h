/*
 * engine.h - from text to tokens.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "piece.h"
#include "scan.h"

/*
 * Encode the valid UTF-8 from P on.  If FINAL, all of it; else up to where
 * more text could not change the answer.  Returns where it stopped.
 */
const uint8_t *engine_run(struct engine *e, enum scan_kind kind,
    const uint8_t *p, const uint8_t *end, bool final);

/* Encode what is within one pretoken and need not know what is about it. */
void engine_part(struct engine *e, const uint8_t *p, const uint8_t *end);

#endif
