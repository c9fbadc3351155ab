/*
 * refuse.h - saying no to a batch that waiting cannot help.
 */
#ifndef REFUSE_H
#define REFUSE_H

struct run;

/* Stop R if its batch (--split: a prompt by itself) is over what even an unused
 * ledger would allow: before the ledger is touched. */
void refuse_hopeless(struct run *r);

/* Say the estimate, the limit, the heaviest prompts, and what would help. */
void refuse_explain(struct run *r);

#endif
