#include "wipe.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *
wipe_malloc(size_t size)
{
	return malloc(size);
}

void *
wipe_calloc(size_t n, size_t size)
{
	return calloc(n, size);
}

void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* By hand: realloc may move the contents and leave them where they were. */
void *
wipe_realloc(void *p, size_t size)
{
	const size_t old = p ? malloc_usable_size(p) : 0;
	void *q;

	if (p != NULL && size <= old && size >= old / 2)
		return p;
	q = malloc(size);
	if (q == NULL)
		return NULL;
	if (p != NULL)
		memcpy(q, p, old < size ? old : size);
	wipe_free(p);
	return q;
}

char *
wipe_strdup(const char *s)
{
	const size_t size = strlen(s) + 1;
	char *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, s, size);
	return copy;
}

/* As deep as libcurl and a TLS handshake have been seen to go, and more. */
enum {
	STACK_DEPTH = 128 << 10
};

__attribute__((noinline)) void
wipe_stack(void)
{
	char area[STACK_DEPTH];

	explicit_bzero(area, sizeof(area));
}
