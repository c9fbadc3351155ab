#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

ssize_t
io_read(int fd, void *data, size_t n)
{
	char *p = data;
	size_t done = 0;

	while (done < n) {
		const ssize_t got = read(fd, p + done, n - done);

		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

ssize_t
io_pread(int fd, void *data, size_t n, off_t offset)
{
	char *p = data;
	size_t done = 0;

	while (done < n) {
		const ssize_t got =
		    pread(fd, p + done, n - done, offset + (off_t)done);

		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

int
io_write(int fd, const void *data, size_t n)
{
	const char *p = data;
	size_t done = 0;

	while (done < n) {
		const ssize_t put = write(fd, p + done, n - done);

		if (put >= 0)
			done += (size_t)put;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

int
io_pwrite(int fd, const void *data, size_t n, off_t offset)
{
	const char *p = data;
	size_t done = 0;

	while (done < n) {
		const ssize_t put =
		    pwrite(fd, p + done, n - done, offset + (off_t)done);

		if (put >= 0)
			done += (size_t)put;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

int
io_read_all(int fd, struct buf *b)
{
	enum {
		CHUNK_FIRST = 4096,
		CHUNK = 1 << 20
	};
	size_t chunk = CHUNK_FIRST;

	for (;; chunk = chunk < CHUNK ? 2 * chunk : CHUNK) {
		const size_t room = b->max - b->len;
		const size_t want = room < chunk ? room : chunk;
		ssize_t got;

		if (room == 0) {
			/* Full: is this the end of the file, or is it over? */
			char more;

			got = io_read(fd, &more, 1);
			if (got > 0)
				errno = EMSGSIZE;
			return got == 0 ? 0 : -1;
		}
		if (buf_reserve(b, want) == -1)
			return -1;
		got = io_read(fd, b->data + b->len, want);
		if (got == -1)
			return -1;
		b->len += (size_t)got;
		b->data[b->len] = '\0';
		if ((size_t)got < want)
			return 0;
	}
}

int
io_open_regular(int dirfd, const char *dir, const char *name, int flags,
    struct stat *st, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its other end. */
	const int fd = openat(
	    dirfd, name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);

	if (fd == -1)
		return error_sys(err, "%s/%s: open", dir, name);
	if (fstat(fd, st) == -1) {
		error_sys(err, "%s/%s: stat", dir, name);
		goto fail;
	}
	if (S_ISDIR(st->st_mode)) {
		errno = EISDIR;
		error_sys(err, "%s/%s: read", dir, name);
		goto fail;
	}
	if (!S_ISREG(st->st_mode)) {
		error_set(err, "%s/%s: not a regular file", dir, name);
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

DIR *
io_open_dir(int dirfd)
{
	const int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *const dir = fd == -1 ? NULL : fdopendir(fd);
	const int saved = errno;

	if (dir == NULL && fd != -1) {
		close(fd);
		errno = saved;
	}
	return dir;
}
