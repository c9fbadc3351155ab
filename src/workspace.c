#include "workspace.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_dir(const char *name)
{
	return open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A directory we keep things in: made if missing, and ours to write in. */
static int
open_or_make(const char *name, struct error *err)
{
	int fd;

	if (mkdir(name, 0777) == -1 && errno != EEXIST)
		return error_sys(err, "%s: mkdir", name);
	fd = open_dir(name);
	if (fd == -1)
		return error_sys(err, "%s: open", name);
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == -1) {
		error_sys(err, "%s: write", name);
		close(fd);
		return -1;
	}
	return fd;
}

int
workspace_open(
    struct workspace *ws, bool create, bool need_prompts, struct error *err)
{
	ws->prompts = open_dir("prompts");
	if (ws->prompts == -1 && need_prompts)
		return error_sys(err, "prompts: open");
	if (create) {
		ws->outputs = open_or_make("outputs", err);
		if (ws->outputs != -1)
			ws->locks = open_or_make("lockfiles", err);
		if (ws->outputs == -1 || ws->locks == -1) {
			workspace_close(ws);
			return -1;
		}
	} else {
		ws->outputs = open_dir("outputs");
		ws->locks = open_dir("lockfiles");
	}
	return 0;
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
