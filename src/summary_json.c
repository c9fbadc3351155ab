#include "summary_json.h"

#include "clock.h"
#include "json_out.h"
#include "plain.h"
#include "run.h"
#include "tally.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* JSON wants UTF-8, and the network sends what it likes. */
static void
add_text(cJSON *o, const char *name, const char *text)
{
	char clean[4 * OUTCOME_MESSAGE];

	if (text != NULL && *text != '\0')
		cJSON_AddStringToObject(o, name,
		    plain_copy(clean, sizeof(clean), text, strlen(text)));
}

static void
add_count(cJSON *o, const char *name, int64_t n)
{
	cJSON_AddNumberToObject(o, name, (double)n);
}

static void
add_seconds(cJSON *o, const char *name, int64_t ns)
{
	cJSON_AddNumberToObject(
	    o, name, (double)(ns / (NS_PER_S / 1000)) / 1000);
}

static cJSON *
job_object(const struct job *j)
{
	cJSON *const o = cJSON_CreateObject();

	add_count(o, "prompt", j->prompt->number);
	add_text(o, "outcome", tally_word(j));
	if (j->decision.label != NULL)
		add_text(o, "reason", j->decision.label);
	add_count(o, "attempts", j->tries.attempts);
	if (j->outcome.status != 0)
		add_count(o, "status", j->outcome.status);
	add_count(o, "estimated_tokens", j->prompt->estimate);
	add_count(o, "input_tokens", j->input_tokens);
	add_count(o, "output_tokens", j->output_tokens);
	add_count(o, "charged_tokens", j->charged);
	if (j->tries.unknown > 0) {
		add_count(o, "unknown_attempts", j->tries.unknown);
		add_count(o, "unknown_tokens", j->charged_unknown);
	}
	add_seconds(o, "seconds", j->elapsed);
	add_text(o, "finish", j->outcome.finish);
	add_text(o, "code", j->outcome.code);
	add_text(o, "message", j->outcome.message);
	add_text(o, "request_id", j->outcome.request_id);
	return o;
}

static cJSON *
totals_object(const struct run *r)
{
	static const char *const names[JOB_STATES] = {"answered", "accepted",
	    "incomplete", "failed", "up_to_date", "blank", "elsewhere",
	    "pending"};
	cJSON *const o = cJSON_CreateObject();
	struct tally t;

	tally_count(r, &t);
	for (int i = 0; i < JOB_STATES; i++)
		add_count(o, names[i], t.by_state[i]);
	add_count(o, "attempts", t.attempts);
	add_count(o, "input_tokens", t.input_tokens);
	add_count(o, "output_tokens", t.output_tokens);
	add_count(o, "charged_tokens", t.charged);
	add_count(o, "unknown_attempts", t.unknown);
	add_count(o, "unknown_tokens", t.charged_unknown);
	add_seconds(o, "seconds", clock_boot() - r->begun);
	return o;
}

static cJSON *
ledger_object(const struct run *r)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	struct error err;
	cJSON *o = NULL;

	if (ledger_read(&r->account.ledger, &v, &err) == 0) {
		o = cJSON_CreateObject();
		add_count(o, "tokens_within_min", v.usage.minute_tokens);
		add_count(o, "requests_within_min", v.usage.minute_requests);
		add_count(o, "tokens_within_day", v.usage.day_tokens);
	}
	buf_free(&v.text);
	return o;
}

int
summary_print_json(const struct run *r, int exit_status)
{
	cJSON *const o = cJSON_CreateObject();
	cJSON *const list = cJSON_AddArrayToObject(o, "prompts");
	cJSON *ledger;

	add_count(o, "exit_status", exit_status);
	if (r->stop != STOP_NONE)
		add_text(o, "stopped", r->why.text);
	for (size_t i = 0; i < r->count; i++)
		cJSON_AddItemToArray(list, job_object(&r->jobs[i]));
	cJSON_AddItemToObject(o, "totals", totals_object(r));
	ledger = ledger_object(r);
	if (ledger != NULL)
		cJSON_AddItemToObject(o, "ledger", ledger);
	return json_out(o) == -1 || fflush(stdout) == EOF ? -1 : 0;
}
