/*
 * cmd_run.h - the command run: prompts in, answers out.
 *
 * cmd_run reads as the stages, one after the other and then in turns:
 *
 *	recover		settle what dead runs left	recover.h
 *	find, load	prompts, read and counted	prompt.h
 *	take		claim those to be sent		take.h
 *	in turns:
 *	  slots		how many may run now		slots.h
 *	  admit		reserve, or wait for it		admit.h
 *	  launch	a child for each free slot	launch.h
 *	  settle	put the truth in the ledger	settle.h
 *	  collect	wait for events; reap, judge	collect.h
 *	summary		what came of it			summary.h
 */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include "config.h"

/* 0 to 4, 75, or 128 + signal: see the man page.  CFG forgets its key as soon
 * as the requests are prepared. */
int cmd_run(struct config *cfg);

#endif
