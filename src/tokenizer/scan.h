/*
 * scan.h - the pre-tokenizers: where does the pretoken that begins here end?
 *
 * Each is one of the published patterns by hand, in one pass.  TEXT must be
 * valid UTF-8.  *LOOK gets the place up to which text was examined, or one
 * beyond it: more text after END could change the answer only if that place
 * is END or beyond.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdint.h>

enum scan_kind {
	SCAN_P50,  /* r50k_base, p50k_base, p50k_edit */
	SCAN_P100, /* cl100k_base */
	SCAN_P200, /* o200k_base, o200k_harmony */
};

const uint8_t *scan_next(enum scan_kind kind, const uint8_t *text,
    const uint8_t *end, const uint8_t **look);

#endif
