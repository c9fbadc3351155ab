#include "workspace.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_dir(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A directory we keep things in: made if missing, and ours to write in. */
static int
open_or_make(int dirfd, const char *dir, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(dirfd, name, 0777) == -1 && errno != EEXIST)
		return error_sys(err, "%s/%s: mkdir", dir, name);
	fd = open_dir(dirfd, name);
	if (fd == -1)
		return error_sys(err, "%s/%s: open", dir, name);
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		error_sys(err, "%s/%s: write", dir, name);
		close(fd);
		return -1;
	}
	return fd;
}

int
workspace_open(struct workspace *ws, const char *dir, bool create,
    bool need_prompts, struct error *err)
{
	const int top = open_dir(AT_FDCWD, dir);

	ws->dir = dir;
	if (top == -1)
		return error_sys(err, "%s: open", dir);
	ws->prompts = open_dir(top, "prompts");
	if (ws->prompts == -1 && need_prompts) {
		error_sys(err, "%s/prompts: open", dir);
		goto fail;
	}
	if (create) {
		ws->outputs = open_or_make(top, dir, "outputs", err);
		if (ws->outputs == -1)
			goto fail;
		ws->locks = open_or_make(top, dir, "lockfiles", err);
		if (ws->locks == -1)
			goto fail;
	} else {
		ws->outputs = open_dir(top, "outputs");
		ws->locks = open_dir(top, "lockfiles");
	}
	close(top);
	return 0;
fail:
	close(top);
	workspace_close(ws);
	return -1;
}

void
workspace_close(struct workspace *ws)
{
	int *const fds[] = {&ws->prompts, &ws->outputs, &ws->locks};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] != -1)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static char *
format_name(
    char name[WORKSPACE_NAME], const char *before, int n, const char *after)
{
	snprintf(name, WORKSPACE_NAME, "%s%d%s", before, n, after);
	return name;
}

char *
prompt_name(char name[WORKSPACE_NAME], int n)
{
	return format_name(name, "", n, "_prompt.txt");
}

char *
output_name(char name[WORKSPACE_NAME], int n)
{
	return format_name(name, "", n, "_output.txt");
}

char *
output_old_name(char name[WORKSPACE_NAME], int n)
{
	return format_name(name, "", n, "_output.txt~");
}

char *
output_temp_name(char name[WORKSPACE_NAME], int n)
{
	return format_name(name, ".", n, "_output.txt.tmp");
}

char *
claim_name(char name[WORKSPACE_NAME], int n)
{
	return format_name(name, "", n, ".lock");
}

int
name_number(const char *name, const char *suffix)
{
	const char *p = name;
	int n = 0;

	if (*p < '1' || *p > '9')
		return 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (*p - '0');
		if (n > PROMPT_MAX)
			return 0;
	}
	return strcmp(p, suffix) == 0 ? n : 0;
}
