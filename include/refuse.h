/*
 * refuse.h - saying no to a batch that waiting cannot help.
 */
#ifndef REFUSE_H
#define REFUSE_H

struct run;

/* --split: stop R if a prompt by itself is over a limit. */
void refuse_hopeless(struct run *r);

/* Say the estimate, the limit, the heaviest prompts, and what would help. */
void refuse_explain(struct run *r);

#endif
