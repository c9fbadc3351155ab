/*
 * options.h - the command line of openai-sim(1).
 *
 * sim_options_parse ends the program itself for --help, --version (0) and
 * for what it cannot understand (2, with a message).
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "answer.h"
#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_options {
	uint16_t port;    /* 0: any free one */
	bool ipv6;        /* ::1 instead of 127.0.0.1 */
	const char *cert; /* PEM files; NULL: plain HTTP */
	const char *cert_key;
	const char *key; /* the only API key taken; NULL: any */
	long latency_ms;
	long jitter_ms; /* up to this much more */
	uint64_t seed;
	int64_t rpm; /* 0: no limit */
	int64_t tpm;
	int64_t minute_us;  /* how long the limits' minute is */
	bool fixed_windows; /* no even refill */
	struct sim_faults faults;
	struct sim_manner manner;
	const char *journal;
	const char *ready_file;
	bool exit_with_parent;
	bool until_eof;
	bool stall; /* accept no connection */
};

void sim_options_parse(struct sim_options *o, int argc, char **argv);
void sim_options_free(struct sim_options *o);

#endif
