/*
 * sweep kill|fault|alloc [-w] [-v] [-j WORKERS] [-s STRIDE]
 *	[-g GROUP [-k K [-e VARIANT]]]
 *
 * See sweep.h.  -w: wide, everything; else a sample for everyday.  -g runs
 * only the groups whose name contains GROUP: with -k, what a failure's report
 * says happens again.  Needs BIN (the programs) and HELPERS (alloc.so).
 */
#include "groups.h"
#include "sweep.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
wrong(struct findings *v, const char *fmt, ...)
{
	const size_t room = sizeof(v->text) - v->len;
	va_list ap;
	int n;

	if (room < 2)
		return;
	va_start(ap, fmt);
	n = vsnprintf(v->text + v->len, room - 1, fmt, ap);
	va_end(ap);
	v->len += n > 0 && (size_t)n < room - 1 ? (size_t)n : room - 2;
	v->text[v->len++] = '\n';
	v->text[v->len] = '\0';
}

_Noreturn void
bail(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

long
slurp(const char *path, char *text, size_t size)
{
	FILE *const f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return -1;
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
	return (long)n;
}

/* A time zone in which it is noon: no midnight falls into a sweep. */
static void
make_it_noon(void)
{
	const time_t now = time(NULL);
	char zone[16];
	struct tm tm;

	gmtime_r(&now, &tm);
	snprintf(zone, sizeof(zone), "NOON%d", tm.tm_hour - 12);
	setenv("TZ", zone, 1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static const char *
path_in(const char *variable, const char *name)
{
	const char *const dir = getenv(variable);
	char *path;

	if (dir == NULL)
		bail("%s is not set", variable);
	if (asprintf(&path, "%s/%s", dir, name) == -1)
		bail("no memory");
	if (access(path, R_OK) == -1)
		bail("%s: %s", path, strerror(errno));
	return path;
}

static void
make_dir(struct sweep *w)
{
	const char *const tmp = getenv("TMPDIR");
	const char *const base = access("/dev/shm", W_OK) == 0 ? "/dev/shm"
	                         : tmp != NULL                 ? tmp
	                                                       : "/tmp";

	snprintf(w->dir, sizeof(w->dir), "%s/sweep.XXXXXX", base);
	if (mkdtemp(w->dir) == NULL)
		bail("%s: %s", w->dir, strerror(errno));
}

static void
share_groups(struct sweep *w)
{
	w->groups = mmap(NULL, GROUPS_MAX * sizeof(*w->groups),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->groups == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
}

static void
read_options(int argc, char **argv, struct selection *sel, struct sweep *w)
{
	int c;

	while ((c = getopt(argc, argv, "wvj:s:g:k:e:")) != -1) {
		if (c == 'w')
			sel->wide = true;
		else if (c == 'v')
			w->verbose = true;
		else if (c == 'j')
			w->workers = atoi(optarg);
		else if (c == 's')
			sel->stride = atol(optarg);
		else if (c == 'g')
			sel->name = optarg;
		else if (c == 'k')
			w->only_k = atol(optarg);
		else if (c == 'e')
			w->only_variant = atoi(optarg);
		else
			bail("usage: see main.c");
	}
	if (optind != argc - 1 || w->workers < 1)
		bail("which sweep?");
	sel->sweep = argv[optind];
}

int
main(int argc, char **argv)
{
	struct sweep w = {.only_variant = -1};
	struct selection sel = {.stride = 0};
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	w.workers = (int)sysconf(_SC_NPROCESSORS_ONLN) + 1;
	read_options(argc, argv, &sel, &w);
	share_groups(&w);
	if (groups_select(&sel, &w) == 0)
		bail("no such group");
	w.program = path_in("BIN", "chatgpt-batch");
	w.simulator = path_in("BIN", "openai-sim");
	w.preload = path_in("HELPERS", "sweep_alloc.so");
	if (w.only_k != 0)
		w.workers = 1;
	make_it_noon();
	make_dir(&w);
	status = sweep_run(&w);
	nftw(w.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
