/*
 * child.h - what a child does: one attempt at one prompt.
 *
 * It sandboxes itself (sandbox.h) unless it watches over a worker.  Then, in
 * this order, so that every instant of death leaves a state that account.h
 * can settle:
 *
 *	temporary output created	a bad disk shows before money is spent
 *	claim: sending			before the first byte can leave
 *	request, answer
 *	answer written, synced		in the temporary
 *	claim: done			outcome and usage; synced
 *	temporary renamed		the answer is in place
 *	report to the parent		the same record as in the claim
 */
#ifndef CHILD_H
#define CHILD_H

#include "attempt.h"
#include "claim.h"
#include "config.h"
#include "prompt.h"
#include "sandbox.h"
#include "workspace.h"

struct child_task {
	const struct workspace *ws;
	const struct config *cfg;
	struct attempt *api; /* NULL: cfg->exec; forgotten after use */
	const struct prompt *prompt;
	const struct claim *claim;
	const struct sandbox *sandbox; /* entered if there is an api */
	const char *rescue;            /* directory, see output_rescue */
};

/* ARG is a struct child_task.  Returns the exit status. */
int child_main(void *arg, int report_fd);

#endif
