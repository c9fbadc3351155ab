/*
 * groups.h - which cases there are: scenarios and what goes wrong in them.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include "group.h"

struct selection {
	const char *sweep; /* "kill", "fault" or "alloc" */
	const char *name;  /* only groups whose name has this in it */
	bool wide;
	long stride; /* 0: as the sweep has it */
};

/* Put the groups into W.  How many? */
int groups_select(const struct selection *sel, struct sweep *w);

#endif
