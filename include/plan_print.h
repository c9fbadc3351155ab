/*
 * plan_print.h - a plan as text or as one JSON object.
 */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "config.h"
#include "forecast.h"
#include "ledger.h"
#include "prompt.h"

enum {
	PROMPT_STATES = PROMPT_BROKEN + 1
};

struct plan {
	const struct config *cfg;
	struct prompts prompts;
	struct ledger_view view;
	int by_state[PROMPT_STATES];
	int64_t tokens; /* of the pending ones */
	struct forecast forecast;
};

/* STATUS is how the program will end.  0, or -1 with errno. */
int plan_print(const struct plan *p, int status);

#endif
