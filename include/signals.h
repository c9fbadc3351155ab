/*
 * signals.h - SIGINT, SIGTERM and SIGHUP as events of a run.
 *
 * The first lets running children finish, and stops all else; the second
 * aborts them.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "error.h"
#include "quota.h"

struct run;

/* How long a child has between SIGTERM and SIGKILL. */
#define SIGNALS_GRACE (3 * NS_PER_S)

/*
 * From here on they arrive at R->signal_fd, but for those that whoever started
 * us wants ignored: nohup(1), or a shell's job in the background.  0, or -1
 * with ERR.
 */
int signals_catch(struct run *r, struct error *err);

/* Deal with those that have come.  Does not wait. */
void signals_take(struct run *r);

#endif
