#include "config_files.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	KEY_MAX = 4096,
	SYSTEM_MAX = 1 << 20
};

/* A file or a pipe, which may make us wait for its writer. */
static int
open_given(int dirfd, const char *name, const char *label, struct stat *st,
    struct error *err)
{
	const int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1 || fstat(fd, st) == -1)
		error_sys(err, "%s: %.300s", label, name);
	else if (S_ISDIR(st->st_mode))
		error_set(err, "%s: %.300s is a directory: name a file in it",
		    label, name);
	else
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static const char *
read_key(struct texts **kept, int fd, const char *name, const char *label,
    struct error *err)
{
	char text[KEY_MAX + 1];
	const ssize_t n = io_read(fd, text, sizeof(text));
	const char *key = NULL;

	if (n == -1)
		error_sys(err, "%s: %.300s", label, name);
	else if (n > KEY_MAX || memchr(text, '\0', (size_t)n) != NULL)
		error_set(err,
		    "%s: %.300s is not a key: a key file holds one line of "
		    "text",
		    label, name);
	else if ((key = texts_keep(kept, text, (size_t)n)) == NULL)
		error_sys(err, "%s", label);
	explicit_bzero(text, sizeof(text));
	return key;
}

const char *
config_read_key(struct texts **kept, int dirfd, const char *name,
    const char *label, struct error *err)
{
	const char *key = NULL;
	struct stat st;
	int fd;

	if (strncmp(name, "sk-", 3) == 0) {
		error_set(err,
		    "%s: this looks like a key, not like a file's name: put it "
		    "in a file that only you can read, and name that",
		    label);
		return NULL;
	}
	fd = open_given(dirfd, name, label, &st, err);
	if (fd == -1)
		return NULL;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		error_set(err,
		    "%s: %.300s: its mode, %04o, lets others at the key: "
		    "chmod 600 it",
		    label, name, (unsigned)st.st_mode & 07777);
	else
		key = read_key(kept, fd, name, label, err);
	close(fd);
	return key;
}

const char *
config_read_system(struct texts **kept, int dirfd, const char *name,
    const char *label, struct error *err)
{
	struct buf b = BUF_INIT(SYSTEM_MAX);
	const char *text = NULL;
	struct stat st;
	const int fd = open_given(dirfd, name, label, &st, err);

	if (fd == -1)
		return NULL;
	if (io_read_all(fd, &b) == -1) {
		if (errno == EMSGSIZE)
			error_set(err,
			    "%s: %.300s is over 1 MiB: too long for a system "
			    "message",
			    label, name);
		else
			error_sys(err, "%s: %.300s", label, name);
	} else if (b.len == 0)
		error_set(err, "%s: %.300s is empty: write the message into it",
		    label, name);
	else if (memchr(b.data, '\0', b.len) != NULL)
		error_set(err,
		    "%s: %.300s is not text: there is a NUL byte in it", label,
		    name);
	else if ((text = texts_keep(kept, b.data, b.len)) == NULL)
		error_sys(err, "%s", label);
	buf_free(&b);
	close(fd);
	return text;
}

/* May we believe what this .env says about where the key goes? */
static int
check_dotenv(const struct stat *st, const char *dir, struct error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_set(
		    err, "%.300s/.env is not a regular file: remove it", dir);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return error_set(err,
		    "%.300s/.env belongs to user %lu, who could send your key "
		    "elsewhere: make it yours, or remove it",
		    dir, (unsigned long)st->st_uid);
	if ((st->st_mode & S_IWOTH) != 0)
		return error_set(err,
		    "%.300s/.env: its mode, %04o, lets anybody write to it and "
		    "send your key elsewhere: chmod 600 it",
		    dir, (unsigned)st->st_mode & 07777);
	if (st->st_size > DOTENV_MAX)
		return error_set(err,
		    "%.300s/.env is over %d bytes: too long for settings", dir,
		    DOTENV_MAX);
	return 0;
}

int
config_read_dotenv(struct texts **kept, int dirfd, const char *dir,
    const char **text, size_t *len, bool *open, struct error *err)
{
	char data[DOTENV_MAX];
	struct stat st;
	ssize_t n;
	int fd, result = -1;

	*text = NULL;
	*len = 0;
	fd =
	    openat(dirfd, ".env", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1)
		return error_sys(err, "%.300s/.env", dir);
	if (fstat(fd, &st) == -1) {
		error_sys(err, "%.300s/.env", dir);
	} else if (check_dotenv(&st, dir, err) == 0) {
		n = io_read(fd, data, sizeof(data));
		if (n != -1)
			*text = texts_keep(kept, data, (size_t)n);
		if (*text == NULL)
			error_sys(err, "%.300s/.env", dir);
		else
			result = 0;
		*len = n > 0 ? (size_t)n : 0;
		*open = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
		explicit_bzero(data, sizeof(data));
	}
	close(fd);
	return result;
}
