/*
 * io.h - reading and writing whole things, whatever signals and kernels do.
 *
 * EINTR and short transfers end here; callers test one condition.
 */
#ifndef IO_H
#define IO_H

#include "buf.h"
#include "error.h"

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Read N bytes or up to the end of file.  Bytes read, or -1 with errno. */
ssize_t io_read(int fd, void *data, size_t n);

/* The same at an offset. */
ssize_t io_pread(int fd, void *data, size_t n, off_t offset);

/* Write all N bytes.  0, or -1 with errno. */
int io_write(int fd, const void *data, size_t n);

/* The same at an offset. */
int io_pwrite(int fd, const void *data, size_t n, off_t offset);

/* Append all that is left in FD to B.  0, or -1 with errno (EMSGSIZE: over
 * B's maximum). */
int io_read_all(int fd, struct buf *b);

/*
 * Open the regular file NAME below DIRFD, close-on-exec, with its status in
 * *ST.  A FIFO or a device is not waited for, nor anything else than a
 * regular file opened.  The descriptor; or -1 with ERR "DIR/NAME: open: why".
 */
int io_open_regular(int dirfd, const char *dir, const char *name, int flags,
    struct stat *st, struct error *err);

/* Open the directory DIRFD anew, to be read from its start and closed with
 * closedir(3).  NULL with errno. */
DIR *io_open_dir(int dirfd);

#endif
