/*
 * buf.h - a growable byte buffer with a stated maximum.
 *
 *	struct buf b = BUF_INIT(64 << 20);
 *	if (buf_add(&b, data, len) == -1)
 *		... errno is EMSGSIZE (over the maximum) or ENOMEM ...
 *	buf_free(&b);
 *
 * After the first success data[len] is always NUL, beyond the contents, so
 * that text can be handed to functions that want a string.  A failed call
 * leaves the buffer as it was.
 */
#ifndef BUF_H
#define BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something was added; owned by the buffer */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* len never exceeds this */
};

#define BUF_INIT(maximum)        \
	{                        \
		.max = (maximum) \
	}

/* Append LEN bytes.  0, or -1 with errno EMSGSIZE or ENOMEM. */
int buf_add(struct buf *b, const void *data, size_t len);

/* Append a string. */
int buf_adds(struct buf *b, const char *s);

/* Append formatted text. */
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for LEN more bytes at data + len; the caller adds to len. */
int buf_reserve(struct buf *b, size_t len);

/* Empty it, keeping the memory. */
void buf_clear(struct buf *b);

/* Free the memory; the buffer can be used again. */
void buf_free(struct buf *b);

#endif
