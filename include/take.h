/*
 * take.h - stage: claim the prompts that are to be sent.
 */
#ifndef TAKE_H
#define TAKE_H

struct run;
struct error;

/*
 * Give every pending prompt of R a job with its claim.  A prompt that another
 * living invocation has claimed is left to it, with a note; if it was named
 * on the command line it is waited for.  What has become current
 * meanwhile is not sent again.  0; -1 with ERR: nothing can be claimed.
 */
int take(struct run *r, struct error *err);

#endif
