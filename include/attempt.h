/*
 * attempt.h - one API request: prompt in, outcome and answer text out.
 *
 * The only road from the client to the network.  attempt_prepare runs once,
 * in the parent, before any fork: it checks the settings and makes ready what
 * every child would otherwise make again.  attempt_run runs in the child, once;
 * it touches no file but sockets and the trust store.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "buf.h"
#include "error.h"
#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to ask of whom.  Strings are borrowed and outlive the run. */
struct api_settings {
	const char *base_url; /* "https://api.openai.com/v1" */
	const char *key;
	const char *organization; /* NULL: no header */
	const char *project;      /* NULL: no header */
	const char *model;
	const char *system;        /* system message, NULL: none */
	int64_t max_output_tokens; /* 0: the API's default */
	const char *temperature;   /* JSON number, NULL: the API's default */
	const char *const *params; /* "key=json", then NULL; may be NULL */
	bool insecure_http;        /* http:// off loopback is allowed */
	int64_t connect_timeout_ns;
	int64_t idle_timeout_ns; /* no byte for so long */
	int64_t total_timeout_ns;
	size_t answer_max;  /* bytes of a response body; 64 MiB */
	bool responses_api; /* /responses instead of /chat/completions */
};

struct attempt; /* what is ready before the fork */

/*
 * Check SETTINGS (URL, header values free of CR and LF, params) and prepare.
 * NULL with ERR set if they cannot work: exit 2.  Free with attempt_free.
 */
struct attempt *attempt_prepare(
    const struct api_settings *settings, struct error *err);

void attempt_free(struct attempt *a);

/* Whence attempt_run may read certificates: a file, and directories
 * "DIR:DIR"; NULL: from none. */
void attempt_certificates(
    const struct attempt *a, const char **file, const char **dirs);

/*
 * In the child: send PROMPT (LEN bytes) and wait for the answer.  Bytes of it
 * that are not UTF-8 go as U+FFFD, one for each maximal subpart, as the
 * tokenizer counts them.
 *
 * SENDING is called with ARG once, immediately before the first byte of the
 * request can leave; the caller notes there that from now on the fate is open.
 * If it returns -1 nothing is sent and the outcome is OUTCOME_LOCAL with the
 * text that SENDING left in OUT->message.  ID identifies the prompt's run (the
 * same for each of its attempts) for the Idempotency-Key header.
 *
 * OUT is filled, the API key masked in all of its texts.  ANSWER gets the text
 * (it may be partial or empty, see OUT->kind; a NUL the model wrote is a NUL);
 * the caller frees it.  Never returns an error of its own: all there is to say
 * is in OUT.  SIGPIPE is ignored from here on.
 */
void attempt_run(const struct attempt *a, const char *prompt, size_t len,
    const char *id, int (*sending)(void *arg, struct outcome *out), void *arg,
    struct outcome *out, struct buf *answer);

/*
 * In the child, when attempt_run is done and before anything is written: empty
 * all there is of the key, on the stack too.  With SETTINGS' own copy emptied
 * by its owner, no core file or debugger finds one; nor does one from the
 * moment when the request has left until the answer is there (seal.h).  A is
 * good for nothing but attempt_free then.
 */
void attempt_forget(struct attempt *a);

#endif
