/*
 * journal.h - what the simulator received and what it made of it.
 *
 *	struct sim_record *r = sim_journal_add(&j, now);
 *	r->status = 200; ...			as it becomes known
 *	sim_journal_done(&j, r, now, delivered)	once, at its end
 *
 * A record lives until sim_journal_clear, which only unlinks those still
 * under way: sim_journal_done frees them.  Strings in a record are its own.
 * No key is ever kept, only whether there was one.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sim_record {
	uint64_t seq;
	int64_t received_us; /* whole request read; monotonic clock */
	int64_t answered_us; /* answer begun; 0: not yet */
	int64_t done_us;     /* answer sent or connection lost; 0: not */
	char *method;
	char *path;
	char *model;
	char *idempotency_key;
	char *organization;
	char *project;
	char *user_agent;
	char *prompt;     /* its beginning */
	uint64_t hash;    /* of the prompt */
	uint64_t attempt; /* at this prompt; 0: no prompt */
	bool authorization;
	unsigned status;   /* 0: none sent (yet) */
	const char *fault; /* "" if none */
	uint64_t prompt_tokens;
	uint64_t completion_tokens;
	bool billed;        /* an answer was made in full, arrived or not */
	bool delivered;     /* sent in full */
	unsigned in_flight; /* at arrival, this one included */
	bool orphan;        /* the journal was cleared meanwhile */
};

struct sim_journal {
	struct sim_record **list;
	size_t n;
	size_t cap;
	size_t answered;
	unsigned in_flight;
	unsigned max_in_flight;
	FILE *file; /* gets each record as a line when done; may be NULL */
};

struct sim_record *sim_journal_add(struct sim_journal *j, int64_t now);
void sim_journal_answered(
    struct sim_journal *j, struct sim_record *r, int64_t now);
void sim_journal_done(
    struct sim_journal *j, struct sim_record *r, int64_t now, bool delivered);
void sim_journal_clear(struct sim_journal *j);

/* The whole journal as JSON, an array with an object a line. */
void sim_journal_print(const struct sim_journal *j, struct sim_text *out);

/* The sums as a JSON object, a member a line; HELD comes from outside. */
void sim_journal_stats(
    const struct sim_journal *j, size_t held, struct sim_text *out);

#endif
