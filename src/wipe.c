#include "wipe.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Before each block: all that are in use hang together. */
struct block {
	struct block *next, *prev;
	size_t size;
	size_t unused; /* keeps the alignment */
};

_Static_assert(
    sizeof(struct block) % _Alignof(max_align_t) == 0, "blocks are aligned");

/* libcurl looks names up in a thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block blocks = {.next = &blocks, .prev = &blocks};
static bool clean; /* nothing secret will come any more */

static void *
enlist(struct block *b, size_t size)
{
	if (b == NULL)
		return NULL;
	b->size = size;
	pthread_mutex_lock(&lock);
	b->next = blocks.next;
	b->prev = &blocks;
	b->next->prev = b;
	blocks.next = b;
	pthread_mutex_unlock(&lock);
	return b + 1;
}

void *
wipe_malloc(size_t size)
{
	size_t all;

	if (__builtin_add_overflow(size, sizeof(struct block), &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return enlist(malloc(all), size);
}

void *
wipe_calloc(size_t n, size_t size)
{
	size_t bytes, all;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(struct block), &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return enlist(calloc(1, all), bytes);
}

void
wipe_free(void *p)
{
	struct block *b;

	if (p == NULL)
		return;
	b = (struct block *)p - 1;
	pthread_mutex_lock(&lock);
	b->prev->next = b->next;
	b->next->prev = b->prev;
	pthread_mutex_unlock(&lock);
	if (!clean)
		explicit_bzero(p, b->size);
	free(b);
}

/* By hand: realloc may move the contents and leave them where they were. */
void *
wipe_realloc(void *p, size_t size)
{
	size_t old;
	void *q;

	if (p == NULL)
		return wipe_malloc(size);
	old = ((struct block *)p - 1)->size;
	if (size <= old && size >= old / 2)
		return p;
	q = wipe_malloc(size);
	if (q == NULL)
		return NULL;
	memcpy(q, p, old < size ? old : size);
	wipe_free(p);
	return q;
}

char *
wipe_strdup(const char *s)
{
	const size_t size = strlen(s) + 1;
	char *copy = wipe_malloc(size);

	if (copy != NULL)
		memcpy(copy, s, size);
	return copy;
}

void
wipe_line(const char *line)
{
	const size_t len = strlen(line);

	pthread_mutex_lock(&lock);
	clean = true;
	for (struct block *b = blocks.next; b != &blocks; b = b->next) {
		char *const end = (char *)(b + 1) + b->size;
		char *at = (char *)(b + 1);

		while ((at = memmem(at, (size_t)(end - at), line, len)) != NULL)
			explicit_bzero(at, len);
	}
	pthread_mutex_unlock(&lock);
}

/* libcurl and a TLS handshake have been seen to go 16 KiB deep. */
enum {
	STACK_DEPTH = 64 << 10
};

__attribute__((noinline)) void
wipe_stack(void)
{
	char area[STACK_DEPTH];

	explicit_bzero(area, sizeof(area));
}
