/*
 * long.h - a pretoken that is longer than a stream's buffer.
 */
#ifndef LONG_H
#define LONG_H

#include "tok.h"
#include "tokenizer.h"

/* S's text is one pretoken so far, and there is no room for more. */
void long_begin(struct tok_stream *s);

/*
 * Encode what is certain and make room.  Once the pretoken ends, or if FINAL,
 * S's phase is 0 again and its text is what follows the pretoken.
 */
void long_run(struct tok_stream *s, struct engine *e, bool final);

#endif
