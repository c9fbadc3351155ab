/*
 * status_print.h - the status as text or as one JSON object.
 */
#ifndef STATUS_PRINT_H
#define STATUS_PRINT_H

#include "account.h"
#include "claim.h"
#include "config.h"
#include "ticket.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One claim file, as a bystander sees it. */
struct claim_seen {
	struct claim_record record;
	struct claim_progress progress;
	bool noted;           /* progress is there */
	pid_t holder;         /* 0: abandoned */
	struct charge charge; /* if abandoned: what the next run settles */
};

struct status {
	const struct config *cfg;
	struct account account;
	struct ledger_view view;
	pid_t ledger_holder;       /* 0: not locked */
	pid_t passing;             /* who has the queue's door; 0: nobody */
	struct claim_seen *claims; /* by number; owned */
	size_t claim_count;
	struct ticket *queue; /* in order; owned */
	size_t queue_count;
};

/* 0, or -1 with errno. */
int status_print(const struct status *s);

#endif
