/*
 * service.h - the API itself, without the network: a request in, a reply
 * and a line of the journal out.
 *
 *	struct sim_service s;
 *	sim_service_init(&s, &options);
 *	record = sim_service_take(&s, &incoming, now, &reply);
 *	... reply.delay_ms, reply.hold ...
 *	sim_service_answer(&s, &reply, record, now);	when the reply goes out
 *	sim_journal_done(&s.journal, record, now, delivered);
 *	sim_reply_free(&reply);
 *	sim_service_free(&s);
 *
 * What decides, in this order: the key, the path, the request's form, the
 * rate limits, the marker in the prompt, --fault.  An attempt that the rate
 * limits refuse does not count as one of a marker's.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "attempts.h"
#include "journal.h"
#include "limiter.h"
#include "options.h"
#include "reply.h"

#include <stddef.h>
#include <stdint.h>

struct sim_service {
	const struct sim_options *options;
	struct sim_limiter limiter;
	struct sim_attempts attempts;
	struct sim_journal journal;
};

/* A request as it came; a header that did not is NULL. */
struct sim_incoming {
	const char *method;
	const char *path;
	const char *authorization;
	const char *idempotency_key;
	const char *organization;
	const char *project;
	const char *user_agent;
	const char *body;
	size_t len;
};

void sim_service_init(struct sim_service *s, const struct sim_options *o);
void sim_service_free(struct sim_service *s);

/* Forgets the journal, the attempts and what is used of the limits. */
void sim_service_reset(struct sim_service *s);

struct sim_record *sim_service_take(struct sim_service *s,
    const struct sim_incoming *in, int64_t now, struct sim_reply *reply);

/*
 * Whether --fault wants an error before this request is read, judged from
 * its place in the order of arrival.  If so it is the request's reply.
 */
struct sim_record *sim_service_early(struct sim_service *s,
    const struct sim_incoming *in, int64_t now, struct sim_reply *reply);

/* The reply begins to go out: bill it and charge the answer's tokens. */
void sim_service_answer(struct sim_service *s, const struct sim_reply *reply,
    struct sim_record *r, int64_t now);

#endif
