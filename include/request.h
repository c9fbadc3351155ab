/*
 * request.h - the JSON body of a request.
 *
 * A run's requests differ in the prompt alone, so the text before and after
 * it is made once (request_prepare), and each child only puts its prompt in
 * between (request_body).
 *
 * Pure.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "attempt.h"
#include "buf.h"
#include "error.h"

#include <stddef.h>

struct request {
	struct buf head; /* up to the prompt's opening quote */
	const char *tail;
};

/* A prompt with every byte escaped is six times as long. */
enum {
	REQUEST_HEAD_MAX = 64 << 20
};

/*
 * Make ready what SETTINGS say: model, system message, tokens, temperature,
 * params.  Returns 0, or -1 with ERR set: a param that is not "key=JSON",
 * that comes twice, or that would break the run ("model", "messages",
 * "stream": true, "n" other than 1).  Free with request_free.
 */
int request_prepare(
    struct request *r, const struct api_settings *settings, struct error *err);

/* Append to OUT the body with PROMPT.  0, or -1 with errno. */
int request_body(
    const struct request *r, const char *prompt, size_t len, struct buf *out);

void request_free(struct request *r);

#endif
