#include "space.h"

#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	REPAIR_SECONDS = 40,
	HANG_SECONDS = 30
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static void
make_dir(const char *dir, const char *name)
{
	char path[2 * SWEEP_PATH];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (mkdir(path, 0755) == -1)
		bail("%s: %s", path, strerror(errno));
}

/* A file of N_prompt.txt's kind, so many seconds old. */
static void
put(const struct space *s, const char *name, const char *text, int age)
{
	char path[2 * SWEEP_PATH];
	const struct timespec when[2] = {
	    {.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->ws, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, strlen(text)) == -1 ||
	    futimens(fd, when) == -1)
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

void
space_make(struct space *s, const char *dir)
{
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	if (snprintf(s->ws, sizeof(s->ws), "%s/ws", dir) >= (int)sizeof(s->ws))
		bail("%s: too long", dir);
	if (mkdir(dir, 0755) == -1)
		bail("%s: %s", dir, strerror(errno));
}

void
space_fresh(struct space *s)
{
	static const char *const dirs[] = {"tmp", "ws"};
	char path[2 * SWEEP_PATH];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, dirs[i]);
		nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		make_dir(s->dir, dirs[i]);
	}
	make_dir(s->ws, "prompts");
	make_dir(s->ws, "outputs");
	make_dir(s->ws, "lockfiles");
	for (int i = 0; i < s->scenario->prompts; i++) {
		char name[64];

		snprintf(name, sizeof(name), "prompts/%d_prompt.txt", i + 1);
		put(s, name, s->scenario->text[i], 10);
	}
	put(s, "outputs/1_output.txt", SPACE_EARLIER, 20);
	if (s->scenario->ledger)
		put(s, "usage.md", "Date: 2001-01-01\n", 5);
	sim_reset(s->sim);
}

/* Everything the program sees of the world, the same for all runs. */
struct launch {
	struct command cmd;
	char *argv[24], *env[12];
	int argc, envc;
	char text[24][SWEEP_PATH + 64];
	int texts;
};

static char *
text(struct launch *l, const char *begin, const char *end)
{
	char *const t = l->text[l->texts++];

	snprintf(t, sizeof(l->text[0]), "%s%s", begin, end);
	return t;
}

static void
add_env(struct launch *l, const char *name, const char *value)
{
	l->env[l->envc++] = text(l, name, value);
}

static void
add_arg(struct launch *l, const char *arg)
{
	l->argv[l->argc++] = text(l, arg, "");
}

static void
add_args(struct launch *l, const struct space *s)
{
	/* Nothing shall roll, and nothing wait for long. */
	static const char *const options[] = {"--window=1h", "--attempts=2",
	    "--timeout=6s", "--connect-timeout=3s", "--idle-timeout=4s"};

	add_arg(l, s->program);
	add_arg(l, "-C");
	add_arg(l, s->ws);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		add_arg(l, options[i]);
	for (int i = 0; s->scenario->options[i] != NULL; i++)
		add_arg(l, s->scenario->options[i]);
}

static void
prepare(struct launch *l, const struct space *s, bool preload)
{
	memset(l, 0, sizeof(*l));
	add_args(l, s);
	add_env(l, "OPENAI_API_KEY=", "sk-sweep");
	add_env(l, "OPENAI_BASE_URL=", s->sim->url);
	add_env(l, "LC_ALL=", "C");
	add_env(l, "TZ=", getenv("TZ"));
	add_env(l, "TMPDIR=", s->dir);
	strlcat(l->env[l->envc - 1], "/tmp", sizeof(l->text[0]));
	if (preload && s->preload != NULL) {
		add_env(l, "LD_PRELOAD=", s->preload);
		add_env(l, "SWEEP_ALLOC=", s->alloc);
		add_env(l, "SWEEP_ALLOC_REPORT=", s->dir);
		strlcat(l->env[l->envc - 1], "/alloc", sizeof(l->text[0]));
	}
	l->cmd = (struct command){
	    l->argv, l->env, text(l, s->dir, "/out"), text(l, s->dir, "/err")};
}

/* Somebody else has the lock. */
static int
hold(const struct space *s)
{
	char path[2 * SWEEP_PATH];
	int fd;

	make_dir(s->ws, "lockfiles/queue");
	snprintf(path, sizeof(path), "%s/%s", s->ws, s->scenario->hold);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		bail("%s: %s", path, strerror(errno));
	return fd;
}

void
space_trace(struct space *s, const struct plan *plan, struct trace *t)
{
	struct plan p = *plan;
	struct launch l;

	prepare(&l, s, true);
	p.hold_fd = -1;
	if (p.seconds == 0)
		p.seconds = HANG_SECONDS;
	if (s->scenario->hold != NULL)
		p.hold_fd = hold(s);
	trace_run(&p, &l.cmd, t);
}

int
space_repair(struct space *s)
{
	struct launch l;

	prepare(&l, s, false);
	return plain_run(&l.cmd, REPAIR_SECONDS);
}

void
space_said(const struct space *s, char said[SWEEP_TEXT])
{
	char path[2 * SWEEP_PATH];

	snprintf(path, sizeof(path), "%s/err", s->dir);
	if (slurp(path, said, SWEEP_TEXT) == -1)
		said[0] = '\0';
}

static long
read_output(const struct space *s, int n, const char *tail, char *got)
{
	char path[2 * SWEEP_PATH];

	snprintf(
	    path, sizeof(path), "%s/outputs/%d_output.txt%s", s->ws, n, tail);
	return slurp(path, got, SWEEP_TEXT);
}

enum output_kind
space_output(const struct space *s, int n)
{
	static const char error[] = "chatgpt-batch error: ";
	char got[SWEEP_TEXT];

	if (read_output(s, n, "", got) == -1)
		return OUTPUT_NONE;
	if (strcmp(got, SPACE_EARLIER) == 0)
		return OUTPUT_EARLIER;
	if (strncmp(got, error, sizeof(error) - 1) == 0)
		return OUTPUT_ERROR;
	return strcmp(got, s->answer[n - 1]) == 0 ? OUTPUT_ANSWER
	                                          : OUTPUT_STRANGE;
}

bool
space_kept(const struct space *s)
{
	const enum output_kind kind = space_output(s, 1);
	char got[SWEEP_TEXT];

	if (kind == OUTPUT_EARLIER || kind == OUTPUT_ANSWER)
		return true;
	return read_output(s, 1, "~", got) != -1 &&
	       (strcmp(got, SPACE_EARLIER) == 0 ||
		   strcmp(got, s->answer[0]) == 0);
}

bool
space_rescued(const struct space *s, int n)
{
	char pattern[2 * SWEEP_PATH], got[SWEEP_TEXT];
	bool found = false;
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/tmp/{,*/}*", s->dir);
	if (glob(pattern, GLOB_BRACE, NULL, &files) != 0)
		return false;
	for (size_t i = 0; i < files.gl_pathc && !found; i++)
		found = slurp(files.gl_pathv[i], got, sizeof(got)) > 0 &&
		        strcmp(got, s->answer[n - 1]) == 0;
	globfree(&files);
	return found;
}

static bool
figure(const char *text, const char *name, int64_t *n)
{
	const char *const at = strstr(text, name);

	return at != NULL &&
	       sscanf(at + strlen(name), ": %" SCNd64 "\n", n) == 1;
}

bool
space_figures(const struct space *s, struct figures *f)
{
	char path[2 * SWEEP_PATH], got[SWEEP_TEXT];

	snprintf(path, sizeof(path), "%s/usage.md", s->ws);
	return slurp(path, got, sizeof(got)) > 0 &&
	       figure(got, "tokens_within_min", &f->minute_tokens) &&
	       figure(got, "requests_within_min", &f->minute_requests) &&
	       figure(got, "tokens_within_day", &f->day_tokens);
}

static void
look_for(const struct space *s, const char *where, struct findings *v)
{
	char path[2 * SWEEP_PATH];
	const struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", s->ws, where);
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (strstr(e->d_name, ".lock") != NULL ||
		    strstr(e->d_name, ".tmp") != NULL)
			wrong(v, "left over: %s/%s", where, e->d_name);
	if (dir != NULL)
		closedir(dir);
}

void
space_leftovers(const struct space *s, struct findings *v)
{
	char path[2 * SWEEP_PATH];
	uint64_t magic = 0;
	int fd;

	look_for(s, ".", v);
	look_for(s, "outputs", v);
	look_for(s, "lockfiles", v);
	snprintf(path, sizeof(path), "%s/lockfiles/journal", s->ws);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	if (read(fd, &magic, sizeof(magic)) == -1 || magic != 0)
		wrong(v, "the redo journal is not empty");
	close(fd);
}

void
space_learn(struct space *s, const struct scenario *scenario)
{
	struct request_seen list[SIM_REQUESTS];
	struct scenario quiet = *scenario;
	int status, n;

	quiet.hold = NULL;
	quiet.death.deed = DEED_NONE;
	/* cppcheck-suppress autoVariables; put back at the end */
	s->scenario = &quiet;
	space_fresh(s);
	status = space_repair(s);
	n = sim_journal(s->sim, list);
	for (int i = 0; i < n; i++) {
		if (!list[i].billed)
			continue;
		s->usage[list[i].number - 1] = list[i].input + list[i].output;
		s->estimate[list[i].number - 1] = list[i].input;
	}
	for (int i = 0; i < quiet.prompts; i++)
		if (status != 0 || s->usage[i] == 0 ||
		    read_output(s, i + 1, "", s->answer[i]) <= 0)
			bail("%s: an untouched run fails", quiet.name);
	s->scenario = scenario;
}
