/*
 * space.h - the small workspace that is broken and repaired.
 *
 * Each worker has a directory of its own: the workspace in ws/, the program's
 * output in out and err, and tmp/ as $TMPDIR, where an answer goes that the
 * disk would not take.  Prompt 1 has an earlier answer, older than the prompt:
 * whatever happens, it must stay until a new one is there.
 */
#ifndef SPACE_H
#define SPACE_H

#include "sim.h"
#include "sweep.h"
#include "trace.h"

#include <stdbool.h>
#include <stdint.h>

#define SPACE_EARLIER "An earlier answer.\n"

struct scenario {
	const char *name;
	int prompts;
	const char *text[SWEEP_PROMPTS];
	const char *options[4]; /* then NULL */
	int children;           /* attempts in an undisturbed run */
	bool ledger;            /* there is one already */
	const char *hold;       /* this is locked at first; NULL: nothing */
	bool helper;            /* and a helper waits for it */
	struct plan death; /* how an earlier run died; deed DEED_NONE: none */
};

struct space {
	char dir[SWEEP_PATH]; /* the worker's */
	char ws[SWEEP_PATH];
	const char *program;
	const char *preload; /* NULL: none */
	char alloc[32];      /* for alloc.c */
	const struct sim *sim;
	const struct scenario *scenario;
	int64_t usage[SWEEP_PROMPTS];    /* tokens that an answer costs */
	int64_t estimate[SWEEP_PROMPTS]; /* of its prompt */
	char answer[SWEEP_PROMPTS][SWEEP_TEXT];
};

/* The three figures of the ledger. */
struct figures {
	int64_t minute_tokens, minute_requests, day_tokens;
};

/* What stands in an output. */
enum output_kind {
	OUTPUT_NONE,
	OUTPUT_EARLIER, /* the earlier answer */
	OUTPUT_ANSWER,  /* the new one, whole */
	OUTPUT_ERROR,   /* an error report */
	OUTPUT_STRANGE
};

/* Make the directories in DIR. */
void space_make(struct space *s, const char *dir);

/* As before any run; the simulator forgets, too. */
void space_fresh(struct space *s);

/* Run the program untouched: the status, and what each prompt costs. */
void space_learn(struct space *s, const struct scenario *scenario);

/* Run it under PLAN. */
void space_trace(struct space *s, const struct plan *plan, struct trace *t);

/* Run it as it is.  Its status, as of waitpid. */
int space_repair(struct space *s);

/* What the program has said, on standard error. */
void space_said(const struct space *s, char text[SWEEP_TEXT]);

enum output_kind space_output(const struct space *s, int n);

/* Is prompt 1's earlier answer there, or a new one in its place? */
bool space_kept(const struct space *s);

/* Is the whole answer of prompt N in $TMPDIR? */
bool space_rescued(const struct space *s, int n);

/* False: there is no ledger, or none that can be read. */
bool space_figures(const struct space *s, struct figures *f);

/* Claims, temporaries, a journal that is not empty: name them in V. */
void space_leftovers(const struct space *s, struct findings *v);

#endif
