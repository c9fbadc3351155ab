#include "groups.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define NOBODY_DIES                                          \
	{                                                    \
		.deed = DEED_NONE, .call = -1, .hold_fd = -1 \
	}

/* All die: at the K-th CALL about NAME of the ROLE's first process, after it. */
#define DEATH(the_role, the_call, name, the_k)                         \
	{                                                              \
		.deed = DEED_KILL_ALL, .role = (the_role), .which = 1, \
		.call = (the_call), .about = (name), .k = (the_k),     \
		.after = true, .hold_fd = -1                           \
	}

/*
 * The first is the plainest.  Those with a death begin in the state that a
 * run left which died there: what is swept is the next one, which settles it.
 */
static const struct scenario scenarios[] = {
    {"one", 1, {"hello"}, {NULL}, 1, false, NULL, false, NOBODY_DIES},
    {"three", 3, {"hello", "how do tides work", "what is a monad, please"},
	{NULL}, 3, true, NULL, false, NOBODY_DIES},
    {"in-turn", 3, {"one", "number two", "and the third one"}, {"-j1"}, 3, true,
	NULL, false, NOBODY_DIES},
    {"retry", 1, {"again [[sim: 500 x1 retry-after=0.001]]"}, {NULL}, 2, true,
	NULL, false, NOBODY_DIES},
    {"queue", 1, {"behind somebody"}, {NULL}, 1, true, "lockfiles/queue/1",
	false, NOBODY_DIES},
    {"claimed", 1, {"somebody else works on it"}, {"1"}, 1, true,
	"lockfiles/1.lock", true, NOBODY_DIES},
    /* reserved, the claims do not know yet: a journal to redo */
    {"after-reserving", 3, {"one", "number two", "and the third one"}, {NULL},
	3, true, NULL, false, DEATH(ROLE_PARENT, SYS_renameat, ".usage", 1)},
    /* the journal is there, the ledger not yet renamed */
    {"before-reserving", 1, {"one"}, {NULL}, 1, true, NULL, false,
	DEATH(ROLE_PARENT, SYS_pwrite64, "journal", 1)},
    {"after-sending", 1, {"sent"}, {NULL}, 1, true, NULL, false,
	DEATH(ROLE_CHILD, SYS_sendto, "", 1)},
    /* noted as done, not renamed */
    {"after-staging", 1, {"staged"}, {NULL}, 0, true, NULL, false,
	DEATH(ROLE_CHILD, SYS_pwrite64, ".lock", 2)},
    {"after-answering", 1, {"answered"}, {NULL}, 0, true, NULL, false,
	DEATH(ROLE_CHILD, SYS_renameat, "", 1)},
    /* settled, but the claim is still there: a journal to redo */
    {"after-settling", 1, {"settled"}, {NULL}, 0, true, NULL, false,
	DEATH(ROLE_PARENT, SYS_renameat, ".usage", 2)},
};

enum {
	SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0])
};

static const char *const role_names[] = {"parent", "child", "helper"};

/* How far apart the Ks are: every day, and in a wide sweep. */
struct stride {
	long daily, wide;
};

static void
add(const struct selection *sel, struct sweep *w, const char *name,
    const struct scenario *s, struct plan plan, struct stride stride,
    const char *alloc)
{
	struct group *const g = &w->groups[w->n];

	if (sel->name != NULL && strstr(name, sel->name) == NULL)
		return;
	if (w->n == GROUPS_MAX)
		bail("too many groups");
	memset(g, 0, sizeof(*g));
	snprintf(g->name, sizeof(g->name), "%s", name);
	g->scenario = s;
	g->plan = plan;
	g->alloc = alloc;
	g->stride = sel->stride ? sel->stride
	            : sel->wide ? stride.wide
	                        : stride.daily;
	/* Not all at the same places; but some groups are short. */
	atomic_init(&g->next, 1 + w->n % (g->stride < 5 ? g->stride : 5));
	w->n++;
}

/* How many processes of ROLE will there be in S? */
static int
processes(const struct scenario *s, enum role role)
{
	switch (role) {
	case ROLE_PARENT:
		return 1;
	case ROLE_CHILD:
		return s->children;
	default:
		return s->helper ? 1 : 0;
	}
}

static void
add_kills(const struct selection *sel, struct sweep *w,
    const struct scenario *s, enum role role, int which)
{
	static const char *const deeds[] = {"", "alone", "all"};
	const bool plain = strcmp(s->name, "one") == 0;

	for (int deed = DEED_KILL_ONE; deed <= DEED_KILL_ALL; deed++) {
		for (int after = 0; after < 2; after++) {
			const struct plan plan = {.deed = (enum deed)deed,
			    .role = role,
			    .which = which,
			    .call = -1,
			    .after = after,
			    .hold_fd = -1};
			char name[GROUP_NAME];

			/* Between two calls nothing happens that others can
			 * see: "after" is next to "before" again. */
			if (after && !sel->wide && !plain)
				continue;
			if (which > 2 && !sel->wide)
				continue;
			snprintf(name, sizeof(name), "kill %s %s-%d %s %s",
			    s->name, role_names[role], which, deeds[deed],
			    after ? "after" : "before");
			add(sel, w, name, s, plan,
			    plain && !after       ? (struct stride){2, 1}
			    : role == ROLE_HELPER ? (struct stride){1, 1}
			    : after               ? (struct stride){13, 3}
						  : (struct stride){13, 1},
			    NULL);
		}
	}
}

static void
add_faults(const struct selection *sel, struct sweep *w,
    const struct scenario *s, enum role role, int which)
{
	const bool plain = strcmp(s->name, "one") == 0;
	char name[GROUP_NAME];
	struct plan plan = {.deed = DEED_FAULT,
	    .role = role,
	    .which = which,
	    .call = -1,
	    .hold_fd = -1};

	if (which > 1 && !sel->wide)
		return;
	snprintf(name, sizeof(name), "fault %s %s-%d", s->name,
	    role_names[role], which);
	add(sel, w, name, s, plan,
	    role == ROLE_HELPER ? (struct stride){1, 1}
	    : plain             ? (struct stride){3, 1}
				: (struct stride){29, 3},
	    NULL);
	if (role == ROLE_HELPER)
		return;
	plan.for_good = true;
	snprintf(name, sizeof(name), "fault %s %s-%d, for good", s->name,
	    role_names[role], which);
	if (plain || sel->wide)
		add(sel, w, name, s, plan,
		    plain ? (struct stride){5, 1} : (struct stride){5, 3},
		    NULL);
	plan.for_good = false;
	plan.slow = true;
	snprintf(name, sizeof(name), "fault %s %s-%d, slow", s->name,
	    role_names[role], which);
	if (role == ROLE_PARENT && (plain || sel->wide))
		add(sel, w, name, s, plan,
		    plain ? (struct stride){7, 1} : (struct stride){7, 5},
		    NULL);
	plan.slow = false;
	/* What if it dies while it deals with the failure? */
	for (plan.and_kill = 1; plan.and_kill <= 6 && sel->wide && plain;
	     plan.and_kill++) {
		snprintf(name, sizeof(name), "fault %s %s-%d, killed %ld later",
		    s->name, role_names[role], which, plan.and_kill);
		add(sel, w, name, s, plan, (struct stride){2, 2}, NULL);
	}
}

static void
add_allocs(const struct selection *sel, struct sweep *w,
    const struct scenario *s, enum role role)
{
	const struct plan plan = {.deed = DEED_NONE, .call = -1, .hold_fd = -1};
	char name[GROUP_NAME];

	if (role == ROLE_HELPER || processes(s, role) == 0)
		return;
	snprintf(name, sizeof(name), "alloc %s %s", s->name, role_names[role]);
	add(sel, w, name, s, plan,
	    role == ROLE_CHILD            ? (struct stride){23, 1}
	    : strcmp(s->name, "one") == 0 ? (struct stride){23, 1}
					  : (struct stride){149, 7},
	    role_names[role]);
}

int
groups_select(const struct selection *sel, struct sweep *w)
{
	for (int i = 0; i < SCENARIOS; i++) {
		const struct scenario *const s = &scenarios[i];

		for (int role = 0; role < ROLES; role++) {
			const enum role r = (enum role)role;

			if (strcmp(sel->sweep, "alloc") == 0)
				add_allocs(sel, w, s, r);
			for (int n = 1; n <= processes(s, r); n++) {
				if (strcmp(sel->sweep, "kill") == 0)
					add_kills(sel, w, s, r, n);
				if (strcmp(sel->sweep, "fault") == 0)
					add_faults(sel, w, s, r, n);
			}
		}
	}
	return w->n;
}
