#include "summary.h"

#include "clock.h"
#include "output.h"
#include "plain.h"
#include "run.h"
#include "summary_json.h"
#include "tally.h"
#include "units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "HTTP 500", "status 3", or nothing. */
static void
format_status(const struct outcome *out, char text[32])
{
	text[0] = '\0';
	if (out->kind == OUTCOME_WORKER)
		snprintf(text, 32, " (exit status %d)", (int)out->status);
	else if (out->status != 0)
		snprintf(text, 32, " (HTTP %d)", (int)out->status);
}

int
summary_error_report(const struct job *j, struct buf *out)
{
	const struct outcome *const o = &j->outcome;
	char status[32];
	int r;

	format_status(o, status);
	r = buf_addf(
	    out, OUTPUT_ERROR_PREFIX "%s%s", j->decision.label, status);
	if (r == 0 && j->tries.attempts > 0)
		r = buf_addf(out, " after %d attempt%s", j->tries.attempts,
		    j->tries.attempts == 1 ? "" : "s");
	if (r == 0)
		r = buf_adds(out, "\n");
	if (r == 0 && o->message[0] != '\0')
		r = buf_addf(out, "%s\n", o->message);
	if (r == 0 && (o->code[0] != '\0' || o->type[0] != '\0'))
		r = buf_addf(out, "%s%s%s%s%s\n", o->code[0] ? "code: " : "",
		    o->code, o->code[0] && o->type[0] ? ", " : "",
		    o->type[0] ? "type: " : "", o->type);
	if (r == 0 && o->finish[0] != '\0')
		r = buf_addf(out, "finish: %s\n", o->finish);
	if (r == 0 && o->request_id[0] != '\0')
		r = buf_addf(out, "request id: %s\n", o->request_id);
	return r;
}

static const char *
color_of(const struct job *j)
{
	switch (j->state) {
	case JOB_ANSWERED:
	case JOB_ACCEPTED:
		return "\033[32m";
	case JOB_FAILED:
		return "\033[31m";
	case JOB_KEPT:
	case JOB_LEFT:
		return "\033[33m";
	default:
		return "";
	}
}

/* What went wrong, or not quite right, on one line. */
static void
format_note(const struct job *j, char *text, size_t size)
{
	char raw[OUTCOME_MESSAGE + 128], status[32];

	text[0] = '\0';
	if (j->state != JOB_FAILED && j->state != JOB_KEPT &&
	    j->state != JOB_ACCEPTED)
		return;
	format_status(&j->outcome, status);
	snprintf(raw, sizeof(raw), "%s%s%s%s",
	    j->decision.label != NULL ? j->decision.label : "", status,
	    j->outcome.message[0] != '\0' ? ": " : "", j->outcome.message);
	plain_copy(text, size, raw, strlen(raw));
}

static void
print_row(const struct run *r, const struct job *j)
{
	const bool color = r->cfg->color && *color_of(j) != '\0';
	char note[160], seconds[UNITS_TEXT] = "";

	format_note(j, note, sizeof(note));
	if (j->elapsed > 0)
		units_format_duration(j->elapsed, seconds);
	printf("%6d  %s%-10s%s %5d %9" PRId64 " %9" PRId64 " %8s%s%s\n",
	    j->prompt->number, color ? color_of(j) : "", tally_word(j),
	    color ? "\033[0m" : "", j->tries.attempts, j->input_tokens,
	    j->output_tokens, seconds, note[0] != '\0' ? "  " : "", note);
}

static void
print_totals(const struct run *r, const struct tally *t)
{
	static const char *const words[JOB_STATES] = {"answered", "accepted",
	    "incomplete", "failed", "up to date", "blank",
	    "left to other invocations", "still pending"};
	char in[UNITS_TEXT], out[UNITS_TEXT], took[UNITS_TEXT];
	const char *sep = "";

	for (int i = 0; i < JOB_STATES; i++) {
		if (t->by_state[i] == 0 && i != 0)
			continue;
		printf("%s%d %s", sep, t->by_state[i], words[i]);
		sep = ", ";
	}
	printf("; %s tokens in, %s out; %s\n",
	    units_format_count(t->input_tokens, in),
	    units_format_count(t->output_tokens, out),
	    units_format_duration(clock_boot() - r->begun, took));
}

/* What may have been paid for nothing. */
static void
print_unknown(const struct tally *t)
{
	char tokens[UNITS_TEXT];

	if (t->unknown > 0)
		printf("%d attempt%s may have been billed though no answer "
		       "came; charged by estimate: %s tokens\n",
		    t->unknown, t->unknown == 1 ? "" : "s",
		    units_format_count(t->charged_unknown, tokens));
}

static void
print_ledger(const struct run *r)
{
	struct ledger_view v = LEDGER_VIEW_INIT;
	char minute[UNITS_TEXT], day[UNITS_TEXT];
	struct error err;

	if (ledger_read(&r->account.ledger, &v, &err) == 0)
		printf("%s: %s tokens and %" PRId64
		       " requests this minute, %s tokens today\n",
		    r->account.ledger.base,
		    units_format_count(v.usage.minute_tokens, minute),
		    v.usage.minute_requests,
		    units_format_count(v.usage.day_tokens, day));
	buf_free(&v.text);
}

static void
print_table(const struct run *r)
{
	struct tally t;
	bool headed = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct job *const j = &r->jobs[i];

		/* What needed no work is only counted. */
		if ((j->state == JOB_CURRENT || j->state == JOB_BLANK) &&
		    !r->cfg->verbose)
			continue;
		if (!headed)
			printf("prompt  outcome    tries     input    output"
			       "     time\n");
		headed = true;
		print_row(r, j);
	}
	tally_count(r, &t);
	print_totals(r, &t);
	print_unknown(&t);
	print_ledger(r);
}

int
summary_print(const struct run *r, int exit_status)
{
	if (r->cfg->json)
		return summary_print_json(r, exit_status);
	if (!r->cfg->quiet)
		print_table(r);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : -1;
}
