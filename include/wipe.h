/*
 * wipe.h - memory that is emptied before it is given back.
 *
 * libcurl copies the API key about (headers, the request's text).  With these
 * as its allocator none of the copies outlives its use, so that a core file or
 * a debugger finds no key in a child that is done with the network.
 */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

void *wipe_malloc(size_t size);
void *wipe_calloc(size_t n, size_t size);
void *wipe_realloc(void *p, size_t size);
char *wipe_strdup(const char *s);
void wipe_free(void *p);

/* Empty what functions that have returned left on the stack. */
void wipe_stack(void);

#endif
