/*
 * sim.h - the simulator, and what it has received.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stdint.h>

struct sim {
	int port;
	char url[64]; /* for OPENAI_BASE_URL */
};

/* One request of its journal. */
struct request_seen {
	int number;  /* of the prompt, by the idempotency key */
	uint64_t id; /* of the claim, the same */
	int status;
	int64_t input, output; /* tokens */
	bool billed;
};

enum {
	SIM_REQUESTS = 64
};

/* Start PROGRAM; it ends with us. */
void sim_start(struct sim *s, const char *program);

/* Forget all, prompts' attempts included. */
void sim_reset(const struct sim *s);

/* The journal; the number of requests. */
int sim_journal(const struct sim *s, struct request_seen list[SIM_REQUESTS]);

#endif
