/*
 * workspace.h - the directories of a workspace, and the names in them.
 *
 *	prompts/N_prompt.txt		what is asked
 *	outputs/N_output.txt		what was answered, or why not
 *	outputs/N_output.txt~		the answer before a later error
 *	outputs/.N_output.txt.tmp	an answer being written; whoever has
 *					claimed N owns it
 *	lockfiles/N.lock		the claim on prompt N (claim.h)
 *	lockfiles/hold			until when nobody sends (hold.h)
 *	lockfiles/queue/		who is admitted next (queue.h)
 *	lockfiles/journal		a transaction in the works (account.h)
 *
 * The workspace is the current directory: main has gone there (-C).
 */
#ifndef WORKSPACE_H
#define WORKSPACE_H

#include "error.h"

#include <stdbool.h>

struct workspace {
	int prompts; /* directory descriptors, close-on-exec; -1: absent */
	int outputs;
	int locks;
};

#define WORKSPACE_INIT                                    \
	{                                                 \
		.prompts = -1, .outputs = -1, .locks = -1 \
	}

/*
 * Open the directories.  With CREATE, outputs/ and lockfiles/ are made where
 * they are missing and must be writable; without, they may be absent.
 * prompts/ must exist if NEED_PROMPTS.  0, or -1 with ERR.
 */
int workspace_open(
    struct workspace *ws, bool create, bool need_prompts, struct error *err);

void workspace_close(struct workspace *ws);

enum {
	WORKSPACE_NAME = 40
}; /* room for any name below */

char *prompt_name(char name[WORKSPACE_NAME], int n);     /* N_prompt.txt */
char *output_name(char name[WORKSPACE_NAME], int n);     /* N_output.txt */
char *output_old_name(char name[WORKSPACE_NAME], int n); /* N_output.txt~ */
char *output_temp_name(
    char name[WORKSPACE_NAME], int n);              /* .N_output.txt.tmp */
char *claim_name(char name[WORKSPACE_NAME], int n); /* N.lock */

/*
 * The N of a name of the form N SUFFIX ("_prompt.txt", ".lock"): decimal,
 * no sign, no leading zeros, at most PROMPT_MAX.  0 if it is not of that form.
 */
int name_number(const char *name, const char *suffix);

#endif
