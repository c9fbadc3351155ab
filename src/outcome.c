#include "outcome.h"

#include <string.h>

void
outcome_init(struct outcome *out)
{
	static const struct rate_state no_rate = {-1, -1, -1};

	/* All of it, padding too: it goes through a pipe as it is. */
	memset(out, 0, sizeof(*out));
	out->retry_after_ns = -1;
	out->should_retry = -1;
	out->requests = no_rate;
	out->tokens = no_rate;
}
