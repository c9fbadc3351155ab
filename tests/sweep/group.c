#include "group.h"

#include "alloc.h"
#include "check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SHOWN = 6 /* failures of a group that are told in full */
};

struct worker {
	const struct sweep *sweep;
	struct space space;
	struct sim sim;
	struct alloc_report *report;
};

/* One case: what was done, and what came of it. */
struct trial {
	struct group *group;
	struct plan plan;
	struct trace trace;
	struct findings found;
	char said[SWEEP_TEXT]; /* by the broken run */
};

static size_t
quote(char *text, size_t size, const char *label, const char *lines)
{
	size_t len = 0;

	while (*lines != '\0' && len < size) {
		const int n = (int)strcspn(lines, "\n");

		len += (size_t)snprintf(text + len, size - len,
		    "#     %s%.*s\n", label, n < 300 ? n : 300, lines);
		lines += n;
		lines += *lines == '\n';
	}
	return len < size ? len : size - 1;
}

/* In one write, so that workers do not mix. */
static void
tell(const struct trial *c)
{
	static char text[3 * SWEEP_TEXT];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text), "# %s -k %ld -e %d: %s\n",
	    c->group->name, c->plan.k, c->plan.variant, c->trace.where);
	len += quote(text + len, sizeof(text) - len, "", c->found.text);
	len += quote(text + len, sizeof(text) - len, "said: ", c->said);
	if (write(STDOUT_FILENO, text, len) == -1)
		exit(1);
}

static void
arm(struct worker *w, const struct trial *c)
{
	memset(w->report, 0, sizeof(*w->report));
	if (c->group->alloc != NULL)
		snprintf(w->space.alloc, sizeof(w->space.alloc), "%s:%ld",
		    c->group->alloc, c->plan.k);
}

/* The allocation sweep: the deed is alloc.c's. */
static void
look_at_report(struct worker *w, struct trial *c)
{
	struct trace *const t = &c->trace;
	const char *const slash = strrchr(w->report->caller, '/');

	t->reached = t->done = atomic_load(&w->report->failed) > 0;
	snprintf(t->where, sizeof(t->where), "%s, allocation %ld, for %s",
	    c->group->alloc, c->plan.k, slash ? slash + 1 : w->report->caller);
	/* The rule: what a library does with NULL is its own affair (the
	 * dynamic loader, for one, ends the program with status 127). */
	if (strstr(w->report->caller, ".so") != NULL &&
	    (t->crash != 0 ||
		(WIFEXITED(t->status) && WEXITSTATUS(t->status) == 127))) {
		atomic_fetch_add(&c->group->skipped, 1);
		c->found.text[0] = '\0';
		c->found.len = 0;
	}
}

static void
die_first(struct worker *w, struct evidence *e)
{
	struct trace t;

	if (w->space.scenario->death.deed == DEED_NONE)
		return;
	space_trace(&w->space, &w->space.scenario->death, &t);
	if (!t.done)
		bail("%s: did not die", w->space.scenario->name);
	evidence_add(e, &t);
}

static void
run_trial(struct worker *w, struct trial *c)
{
	struct evidence e = {.dead_disk = c->plan.for_good};
	const bool killed = c->plan.deed == DEED_KILL_ONE
	                        ? c->plan.role == ROLE_PARENT
	                        : c->plan.deed == DEED_KILL_ALL;

	space_fresh(&w->space);
	w->space.preload = NULL;
	die_first(w, &e);
	if (c->group->alloc != NULL)
		w->space.preload = w->sweep->preload;
	arm(w, c);
	space_trace(&w->space, &c->plan, &c->trace);
	evidence_add(&e, &c->trace);
	space_said(&w->space, c->said);
	check_broken(&w->space, &c->trace,
	    c->trace.done && (killed || c->plan.and_kill > 0), &c->found);
	if (c->group->alloc != NULL)
		look_at_report(w, c);
	if (c->trace.done || c->found.len > 0)
		check_repaired(
		    &w->space, &e, space_repair(&w->space), &c->found);
}

/* All variants at one K.  Was it reached? */
static bool
run_k(struct worker *w, struct group *g, long k)
{
	const int only = w->sweep->only_variant;
	struct trial c;
	int variant = only == -1 ? 0 : only;

	do {
		memset(&c, 0, sizeof(c));
		c.group = g;
		c.plan = g->plan;
		c.plan.k = k;
		c.plan.variant = variant++;
		run_trial(w, &c);
		if (c.trace.done)
			atomic_fetch_add(&g->points, 1);
		if (c.found.len > 0 && atomic_fetch_add(&g->failed, 1) < SHOWN)
			tell(&c);
		else if (w->sweep->verbose)
			tell(&c);
	} while (c.trace.variants && only == -1);
	return c.trace.reached;
}

static void
run_group(struct worker *w, struct group *g)
{
	if (w->space.scenario != g->scenario)
		space_learn(&w->space, g->scenario);
	while (!atomic_load(&g->over)) {
		const long k = w->sweep->only_k != 0
		                   ? w->sweep->only_k
		                   : atomic_fetch_add(&g->next, g->stride);

		if (!run_k(w, g, k) || w->sweep->only_k != 0)
			atomic_store(&g->over, true);
	}
}

static struct alloc_report *
map_report(const struct space *s)
{
	char path[2 * SWEEP_PATH];
	void *map;
	int fd;

	snprintf(path, sizeof(path), "%s/alloc", s->dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || ftruncate(fd, sizeof(struct alloc_report)) == -1)
		bail("%s: %s", path, strerror(errno));
	map = mmap(NULL, sizeof(struct alloc_report), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	return map;
}

static _Noreturn void
work(const struct sweep *sweep, int number)
{
	static struct worker w;
	char dir[SWEEP_PATH + 16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w.sweep = sweep;
	snprintf(dir, sizeof(dir), "%s/%d", sweep->dir, number);
	space_make(&w.space, dir);
	w.report = map_report(&w.space);
	w.space.program = sweep->program;
	w.space.sim = &w.sim;
	sim_start(&w.sim, sweep->simulator);
	for (int i = 0; i < sweep->n; i++)
		run_group(&w, &sweep->groups[i]);
	_exit(0);
}

static int
summarize(const struct sweep *w)
{
	long points = 0, failed = 0, skipped = 0;

	printf("1..%d\n", w->n);
	for (int i = 0; i < w->n; i++) {
		struct group *const g = &w->groups[i];
		const bool ok =
		    atomic_load(&g->failed) == 0 && atomic_load(&g->points) > 0;

		printf("%s %d - %s: %ld points\n", ok ? "ok" : "not ok", i + 1,
		    g->name, atomic_load(&g->points));
		points += atomic_load(&g->points);
		failed += atomic_load(&g->failed);
		skipped += atomic_load(&g->skipped);
	}
	printf("# %ld points, %ld wrong, %ld crashes inside libraries\n",
	    points, failed, skipped);
	return failed == 0 ? 0 : 1;
}

int
sweep_run(struct sweep *w)
{
	bool broken = false;

	for (int i = 0; i < w->workers; i++) {
		const pid_t pid = fork();

		if (pid == -1)
			bail("fork: %s", strerror(errno));
		if (pid == 0)
			work(w, i);
	}
	for (int i = 0; i < w->workers; i++) {
		int status;

		if (wait(&status) == -1 || status != 0)
			broken = true;
	}
	if (broken)
		puts("Bail out! a worker broke down");
	return broken ? 1 : summarize(w);
}
