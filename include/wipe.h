/*
 * wipe.h - memory that is emptied before it is given back.
 *
 * libcurl copies the API key about (headers, the request's text).  With these
 * as its allocator none of the copies outlives its use, and those that libcurl
 * has no more use for but does not give back can be found: a core file or a
 * debugger finds no key in a child that has sent its request.
 */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

void *wipe_malloc(size_t size);
void *wipe_calloc(size_t n, size_t size);
void *wipe_realloc(void *p, size_t size);
char *wipe_strdup(const char *s);
void wipe_free(void *p);

/*
 * Empty every copy of LINE in what has been allocated here and is in use.  LINE
 * is long enough (say, 16 bytes) not to be there by chance.  It is the last
 * secret: what is given back from now on is not emptied any more, as most of
 * it has never been touched and would be for that.
 */
void wipe_line(const char *line);

/* Empty what functions that have returned left on the stack. */
void wipe_stack(void);

#endif
