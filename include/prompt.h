/*
 * prompt.h - finding prompts and reading them.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include "config.h"
#include "error.h"
#include "workspace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum prompt_state {
	PROMPT_PENDING, /* to be sent */
	PROMPT_CURRENT, /* its output is up to date */
	PROMPT_BLANK,   /* empty or white space only */
	PROMPT_BROKEN   /* cannot be read: why says it */
};

struct prompt {
	int number;
	enum prompt_state state;
	struct timespec mtime;
	char *text; /* PENDING: owned, NUL after len bytes */
	size_t len;
	int64_t estimate; /* PENDING: input tokens, with the chat framing */
	struct error why;
};

struct prompts {
	struct prompt *list; /* by ascending number; owned */
	size_t count;
	char outside[256]; /* names that look like prompts but are outside the
	                      span, for one note; "" if none */
	int outside_count;
};

/* A prompt over this size cannot be a batch of any model's context. */
#define PROMPT_SIZE_MAX ((size_t)128 << 20)

/*
 * Find the prompts that CFG asks for: those named by its operands, else all of
 * the span.  Only numbers are filled in.  0; -1 with ERR: an operand names no
 * prompt, or the directory cannot be read.
 */
int prompts_find(const struct workspace *ws, const struct config *cfg,
    struct prompts *p, struct error *err);

/*
 * Read and count the prompt, unless it is current (ALWAYS: even if it is).
 * Sets its state; there is no other failure.
 */
void prompt_load(
    const struct workspace *ws, const struct config *cfg, struct prompt *p);

/* Input tokens of TEXT as one user message, with CFG's system message:
 * 3 a message, its role and content, and 3 that prime the reply. */
int64_t prompt_estimate(const struct config *cfg, const char *text, size_t len);

void prompts_free(struct prompts *p);

#endif
