#include "prompt.h"

#include "buf.h"
#include "io.h"
#include "output.h"

#include <bsd/string.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMPT_SUFFIX "_prompt.txt"

static int
add(struct prompts *p, int number, struct error *err)
{
	if (p->count % 64 == 0) {
		void *const more =
		    reallocarray(p->list, p->count + 64, sizeof(*p->list));

		if (more == NULL)
			return error_sys(err, "prompts: list");
		p->list = more;
	}
	p->list[p->count++] = (struct prompt){.number = number};
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const struct prompt *const x = a, *const y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void
sort_and_unite(struct prompts *p)
{
	size_t kept = 0;

	if (p->count == 0)
		return;
	qsort(p->list, p->count, sizeof(*p->list), by_number);
	for (size_t i = 0; i < p->count; i++)
		if (kept == 0 || p->list[i].number != p->list[kept - 1].number)
			p->list[kept++] = p->list[i];
	p->count = kept;
}

static bool
looks_like_prompt(const char *name)
{
	const size_t len = strlen(name), tail = sizeof(PROMPT_SUFFIX) - 1;

	return len >= tail && strcmp(name + len - tail, PROMPT_SUFFIX) == 0;
}

/* A name that somebody may have meant as a prompt is not dropped silently. */
static void
note_outside(struct prompts *p, const char *name)
{
	enum {
		SHOWN = 3
	};

	if (p->outside_count++ < SHOWN) {
		if (p->outside[0] != '\0')
			strlcat(p->outside, ", ", sizeof(p->outside));
		strlcat(p->outside, name, sizeof(p->outside));
	}
}

static int
find_all(const struct workspace *ws, const struct config *cfg,
    struct prompts *p, struct error *err)
{
	DIR *const dir = io_open_dir(ws->prompts);
	const struct dirent *e;
	int r = 0;

	if (dir == NULL)
		return error_sys(err, "prompts: read");
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		const int n = name_number(e->d_name, PROMPT_SUFFIX);

		if (n >= cfg->first && n <= cfg->last)
			r = add(p, n, err);
		else if (looks_like_prompt(e->d_name))
			note_outside(p, e->d_name);
	}
	if (r == 0 && errno != 0)
		r = error_sys(err, "prompts: read");
	closedir(dir);
	return r;
}

/* The number of the prompt file PATH, if it lies in this workspace. */
static int
number_of_path(const struct workspace *ws, const char *path)
{
	const char *const slash = strrchr(path, '/');
	struct stat here, there;
	char dir[PATH_MAX];

	if (slash == NULL)
		strlcpy(dir, ".", sizeof(dir));
	else if ((size_t)(slash - path) + 2 > sizeof(dir))
		return 0;
	else
		strlcpy(dir, path, (size_t)(slash - path) + 2);
	if (fstat(ws->prompts, &here) == -1 || stat(dir, &there) == -1 ||
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return 0;
	return name_number(slash == NULL ? path : slash + 1, PROMPT_SUFFIX);
}

static int
find_named(const struct workspace *ws, const struct config *cfg,
    struct prompts *p, struct error *err)
{
	for (int i = 0; i < cfg->operand_count; i++) {
		const char *const word = cfg->operands[i];
		char name[WORKSPACE_NAME];
		struct stat st;
		int n = name_number(word, "");

		if (n == 0)
			n = number_of_path(ws, word);
		if (n == 0)
			return error_set(err,
			    "'%s' is neither a prompt's number nor the path "
			    "of a prompts/N_prompt.txt here",
			    word);
		if (n < cfg->first || n > cfg->last)
			return error_set(err,
			    "prompt %d is outside the range %d-%d "
			    "(--range sets another)",
			    n, cfg->first, cfg->last);
		if (fstatat(ws->prompts, prompt_name(name, n), &st, 0) == -1)
			return error_sys(err, "prompts/%s", name);
		if (add(p, n, err) == -1)
			return -1;
	}
	return 0;
}

int
prompts_find(const struct workspace *ws, const struct config *cfg,
    struct prompts *p, struct error *err)
{
	int r;

	*p = (struct prompts){0};
	if (cfg->operand_count > 0)
		r = find_named(ws, cfg, p, err);
	else
		r = find_all(ws, cfg, p, err);
	if (r == -1)
		prompts_free(p);
	else
		sort_and_unite(p);
	return r;
}

static bool
is_blank(const char *text, size_t len)
{
	size_t i = 0;

	/* A byte-order mark alone says nothing either. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < len && isspace((unsigned char)text[i]))
		i++;
	return i == len;
}

int64_t
prompt_estimate(const struct config *cfg, const char *text, size_t len)
{
	enum {
		PER_MESSAGE = 3,
		ROLE = 1,
		PRIMING = 3
	};
	int64_t n = PER_MESSAGE + ROLE + PRIMING;

	n += (int64_t)tok_count(cfg->tok, text, len);
	if (cfg->api.system != NULL)
		n += PER_MESSAGE + ROLE + cfg->system_tokens;
	return n;
}

static void
read_text(const struct config *cfg, int fd, struct prompt *p)
{
	struct buf b = BUF_INIT(PROMPT_SIZE_MAX);

	if (io_read_all(fd, &b) == -1 || buf_add(&b, "", 0) == -1) {
		p->state = PROMPT_BROKEN;
		if (errno == EMSGSIZE)
			error_set(&p->why,
			    "prompts/%d_prompt.txt: over %zu MiB: "
			    "no model takes that much",
			    p->number, PROMPT_SIZE_MAX >> 20);
		else
			error_sys(
			    &p->why, "prompts/%d_prompt.txt: read", p->number);
		buf_free(&b);
	} else if (is_blank(b.data, b.len)) {
		p->state = PROMPT_BLANK;
		buf_free(&b);
	} else {
		p->state = PROMPT_PENDING;
		p->text = b.data;
		p->len = b.len;
		p->estimate = prompt_estimate(cfg, p->text, p->len);
	}
}

void
prompt_load(
    const struct workspace *ws, const struct config *cfg, struct prompt *p)
{
	char name[WORKSPACE_NAME];
	struct stat st;
	bool there;
	int fd;

	prompt_name(name, p->number);
	/* First the status: an unreadable prompt has a time as well. */
	there = fstatat(ws->prompts, name, &st, 0) == 0;
	if (there)
		p->mtime = st.st_mtim;
	if (there && !cfg->always &&
	    output_current(ws->outputs, p->number, p->mtime)) {
		p->state = PROMPT_CURRENT;
		return;
	}
	fd = io_open_regular(
	    ws->prompts, "prompts", name, O_RDONLY, &st, &p->why);
	if (fd == -1) {
		p->state = PROMPT_BROKEN;
		return;
	}
	p->mtime = st.st_mtim;
	read_text(cfg, fd, p);
	close(fd);
}

void
prompts_free(struct prompts *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i].text);
	free(p->list);
	*p = (struct prompts){0};
}
