/*
 * answer.h - the answer to a prompt, always the same for the same prompt.
 *
 *	struct sim_answer a;
 *	sim_answer_make(&a, &request, &how);
 *	sim_answer_spoil(&a, &request, SIM_REFUSAL);	if it is to go wrong
 *	sim_answer_print(&a, &request, id, now, &body);
 *	sim_answer_free(&a);
 *
 * Pure.  The usage it reports is exact: the tokenizer's count of the text.
 */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include "fault.h"
#include "request.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct sim_manner {
	bool echo;      /* answer with the prompt itself */
	size_t tokens;  /* size of the answer; 0: by the prompt's hash */
	size_t thought; /* reasoning tokens on top of them */
	size_t cached;  /* of the prompt's tokens, for the usage */
};

enum sim_usage {
	SIM_USAGE_EXACT,
	SIM_USAGE_NONE, /* no usage in the body */
	SIM_USAGE_LIE,  /* too small by far */
	SIM_USAGE_BAD,  /* negative, enormous, of another type */
};

struct sim_answer {
	struct sim_text text;
	const char *finish; /* finish_reason: "stop", "length", ... */
	size_t tokens;      /* billed as completion: text and thought */
	size_t reasoning;   /* part of `tokens` that gave no text */
	size_t cached;      /* of the prompt's tokens */
	bool no_content;    /* content is null */
	bool refusal;       /* `text` is a refusal */
	bool tool_call;
	const char *status; /* of a response that is not done; NULL: it is */
	enum sim_usage usage;
};

void sim_answer_make(struct sim_answer *a, const struct sim_request *req,
    const struct sim_manner *how);

/* Makes A what an answer of this kind is; other kinds change nothing. */
void sim_answer_spoil(
    struct sim_answer *a, const struct sim_request *req, enum sim_kind kind);

/* The body, in the shape of the request's API. */
void sim_answer_print(const struct sim_answer *a, const struct sim_request *req,
    uint64_t id, time_t now, struct sim_text *out);

void sim_answer_free(struct sim_answer *a);

#endif
