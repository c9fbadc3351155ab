/*
 * worker.h - --exec: any command in the place of the API request.
 *
 * The child watches over it: the prompt on standard input, the answer from
 * standard output, standard error kept for the report.
 */
#ifndef WORKER_H
#define WORKER_H

#include "config.h"
#include "outcome.h"
#include "prompt.h"

/*
 * Run "sh -c cfg->exec" with PROMPT's text, OUTPUT as its standard output, and
 * PROMPT_FILE, PROMPT_NUMBER and MODEL in its environment.  SENDING is called
 * once before it starts, as in attempt_run.  It has the total timeout, then it
 * and its process group are ended.  OUT is filled: ANSWER with our own counts
 * as usage, or WORKER with its exit status and the end of what it said.
 */
void worker_run(const struct config *cfg, const struct prompt *prompt,
    int output, int (*sending)(void *arg, struct outcome *out), void *arg,
    struct outcome *out);

#endif
