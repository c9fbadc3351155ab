#include "run.h"

void
run_stop(struct run *r, enum stop reason, const struct error *why)
{
	if (reason <= r->stop)
		return;
	r->stop = reason;
	r->why = *why;
}
