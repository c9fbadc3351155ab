/*
 * tok.h - what the sources of the tokenizer share; not for others.
 */
#ifndef TOK_H
#define TOK_H

#include <stddef.h>
#include <stdint.h>

#include "engine.h"
#include "scan.h"

/*
 * No pointers in here: a constant that holds one has to be relocated when
 * the program starts.
 */
struct tok {
	char name[16];
	char alias[8];
	enum scan_kind kind;
	uint32_t ntok;    /* ids of the image that are this one's; 0: all */
	uint8_t image;    /* see tok_image */
	uint8_t specials; /* see special.c */
};

#define TOK_COUNT 6
extern const struct tok tok_table[TOK_COUNT]
    __attribute__((visibility("hidden")));

enum {
	IMAGE_P50K,
	IMAGE_CL100K,
	IMAGE_O200K,
};
const void *tok_image(const struct tok *tok);

enum {
	SPECIALS_R50K,
	SPECIALS_P50K_EDIT,
	SPECIALS_CL100K,
	SPECIALS_O200K,
	SPECIALS_HARMONY,
};

/* No special token's text is longer. */
#define SPECIAL_MAX 24

/*
 * The special token whose text begins at P, before END; ID_NONE if none
 * does.  The number of its bytes goes to *LEN.
 */
uint32_t special_at(
    const struct tok *tok, const uint8_t *p, const uint8_t *end, size_t *len);

/* The text of special token ID to BUF, its length returned; 0 if none. */
size_t special_text(
    const struct tok *tok, uint32_t id, char buf[SPECIAL_MAX + 1]);

/*
 * The tokens of valid UTF-8.  If FINAL, all of it; else up to where more
 * text could not change the answer.  Returns where it stopped.
 */
const uint8_t *tok_run(const struct tok *tok, struct engine *e,
    const uint8_t *p, const uint8_t *end, unsigned flags, bool final);

/* Where a stream stores ids: at the end of a sink, which is ARG. */
void sink_store(void *arg, const uint32_t *ids, size_t n);

#endif
