/*
 * request.h - an API request's body, checked and read.
 *
 *	struct sim_request req;
 *	struct sim_error why;
 *	if (!sim_request_parse(&req, SIM_CHAT, body, len, &why))
 *		answer with `why`; sim_error_free(&why);
 *	sim_request_free(&req);
 *
 * Pure: bytes in, values out.  Stricter than some servers on purpose: text
 * that is not UTF-8, raw control characters in strings, and anything after
 * the JSON value are errors, so that a careless client shows itself here.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tok;

enum sim_api {
	SIM_CHAT,      /* /v1/chat/completions */
	SIM_RESPONSES, /* /v1/responses */
};

/* What an error body tells; a NULL member is JSON's null. */
struct sim_error {
	unsigned status;
	const char *type;
	const char *param;
	const char *code;
	struct sim_text message;
};

struct sim_request {
	enum sim_api api;
	char *model;
	const struct tok *tok;  /* the model's; o200k_base if unknown */
	struct sim_text prompt; /* the last user message's text */
	uint64_t hash;          /* of the prompt */
	size_t prompt_tokens;   /* as billed: all messages */
	size_t max_tokens;      /* of the answer, SIZE_MAX if not given */
};

/* False: WHY says what is wrong.  REQ is to be freed in both cases. */
bool sim_request_parse(struct sim_request *req, enum sim_api api,
    const char *body, size_t len, struct sim_error *why);

void sim_request_free(struct sim_request *req);

/* Sets what an error tells; each string but the message is kept. */
void sim_error_set(struct sim_error *e, unsigned status, const char *type,
    const char *param, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

void sim_error_free(struct sim_error *e);

#endif
