/*
 * cmd_plan.h - what a run would do now: no network, nothing written.
 */
#ifndef CMD_PLAN_H
#define CMD_PLAN_H

#include "config.h"

/* Print it.  0: would run; 1: some prompts cannot be read; 2: broken; 3: would
 * be refused; 75: would wait for longer than allowed. */
int cmd_plan(const struct config *cfg);

#endif
