/*
 * fault.h - what can go wrong on request, and when it does.
 *
 * A list of faults (--fault) is KIND[=ARG]:PROBABILITY, comma-separated:
 *
 *	struct sim_faults list = {0};
 *	if (!sim_faults_parse(&list, "500:0.1,drip=20:0.05", &why)) ...
 *	const struct sim_fault *f = sim_faults_draw(&list, seed, hash, n);
 *
 * Pure.  The draw depends on the seed, on the prompt's hash and on how
 * often the prompt was tried, not on the order in which requests arrive:
 * a run with the same seed goes wrong in the same places.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_kind {
	SIM_NONE,
	/* Errors, each with a status and a body of its own (error.c). */
	SIM_400,
	SIM_401,
	SIM_403,
	SIM_404,
	SIM_408,
	SIM_409,
	SIM_413,
	SIM_422,
	SIM_429,
	SIM_500,
	SIM_502,
	SIM_503,
	SIM_504,
	SIM_529,
	SIM_QUOTA,
	SIM_TOOLARGE,
	SIM_CONTEXT,
	SIM_SLOWDOWN,
	SIM_REDIRECT,
	SIM_CUSTOM,  /* a status and a body from the prompt's marker */
	SIM_MISREAD, /* a marker that makes no sense */
	/* Answers that are not what was asked for; 200 all the same. */
	SIM_BADJSON,
	SIM_EMPTY,
	SIM_NOCONTENT,
	SIM_NOTEXT,
	SIM_LENGTH,
	SIM_FILTER,
	SIM_REFUSAL,
	SIM_TOOLCALL,
	SIM_REASONING,
	SIM_NOUSAGE,
	SIM_LIESUSAGE,
	SIM_BADUSAGE,
	SIM_LATIN1,
	SIM_NUL,
	/* A good answer that does not arrive as it should. */
	SIM_CUT,
	SIM_DRIP,
	SIM_HUGE,
	SIM_HTTP10,
	SIM_BOMB,
	SIM_HEADERS,
	SIM_BADCHUNK,
	SIM_SHORT,
	SIM_GARBAGE,
	/* A response that says it is not done, or failed (/v1/responses). */
	SIM_FAILED,
	SIM_QUEUED,
	SIM_INPROGRESS,
	/* No answer, or not yet. */
	SIM_HANG,
	SIM_CLOSE,
	SIM_HOLD,
	SIM_EARLY, /* an error before the request is read */
	SIM_KINDS
};

/* The kind called NAME (LEN bytes), SIM_NONE if there is none such. */
enum sim_kind sim_kind_by_name(const char *name, size_t len);

/* The name as --fault takes it; "" for SIM_NONE. */
const char *sim_kind_name(enum sim_kind kind);

struct sim_fault {
	enum sim_kind kind;
	char *arg; /* NULL if none */
	double probability;
};

struct sim_faults {
	struct sim_fault *list;
	size_t n;
};

/* Adds the faults of SPEC.  False: WHY says what is wrong with it. */
bool sim_faults_parse(
    struct sim_faults *faults, const char *spec, struct sim_text *why);

/* What happens to the attempt number N at a prompt; NULL: nothing. */
const struct sim_fault *sim_faults_draw(const struct sim_faults *faults,
    uint64_t seed, uint64_t prompt, uint64_t n);

void sim_faults_free(struct sim_faults *faults);

#endif
