#include "seal.h"

#include "io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void
combine(char *text, const unsigned char *pad, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (char)((unsigned char)text[i] ^ pad[i]);
}

bool
seal_close(struct seal *s, char *secret, size_t len)
{
	int ends[2];
	int r;

	s->fd = -1;
	if (len > sizeof(s->pad) || getrandom(s->pad, len, 0) != (ssize_t)len ||
	    pipe2(ends, O_CLOEXEC) == -1)
		return false;
	combine(secret, s->pad, len);
	r = io_write(ends[1], secret, len);
	close(ends[1]);
	if (r == -1) {
		combine(secret, s->pad, len);
		close(ends[0]);
		return false;
	}
	explicit_bzero(secret, len);
	s->fd = ends[0];
	return true;
}

bool
seal_open(struct seal *s, char *secret, size_t len)
{
	const bool whole = io_read(s->fd, secret, len) == (ssize_t)len;

	if (whole)
		combine(secret, s->pad, len);
	explicit_bzero(s->pad, len);
	close(s->fd);
	s->fd = -1;
	return whole;
}
