/*
 * texts.h - strings that are kept together and overwritten at the end.
 *
 *	struct texts *kept = NULL;
 *	char *copy = texts_keep(&kept, text, len);
 *	texts_free(&kept);
 *
 * One of the settings' strings is a key, so all of them are treated as one.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <stddef.h>

struct texts;

/* Keep a copy of LEN bytes, with a NUL behind.  NULL: no memory. */
char *texts_keep(struct texts **kept, const char *text, size_t len);

/* Overwrite TEXT, one of *KEPT's. */
void texts_wipe(struct texts *kept, const char *text);

/* Overwrite and free all copies; *KEPT becomes NULL. */
void texts_free(struct texts **kept);

#endif
