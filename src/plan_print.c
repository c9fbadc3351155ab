#include "plan_print.h"

#include "json_out.h"
#include "plain.h"
#include "progress.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void
format_time(int64_t wall, char text[32])
{
	const time_t t = (time_t)((wall + NS_PER_S - 1) / NS_PER_S);
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&t, &tm) != NULL)
		strftime(text, 32, "%F %T", &tm);
}

/* The number of the I-th pending prompt. */
static int
pending_number(const struct plan *p, size_t i)
{
	for (size_t k = 0; k < p->prompts.count; k++)
		if (p->prompts.list[k].state == PROMPT_PENDING && i-- == 0)
			return p->prompts.list[k].number;
	return 0;
}

static void
print_prompt(const struct prompt *q, bool verbose)
{
	char why[200], n[UNITS_TEXT];

	switch (q->state) {
	case PROMPT_PENDING:
		printf("%6d  %12s tokens\n", q->number,
		    units_format_count(q->estimate, n));
		break;
	case PROMPT_BROKEN:
		printf("%6d  cannot be read: %s\n", q->number,
		    plain_copy(
			why, sizeof(why), q->why.text, strlen(q->why.text)));
		break;
	case PROMPT_CURRENT:
		if (verbose)
			printf("%6d  up to date\n", q->number);
		break;
	case PROMPT_BLANK:
		if (verbose)
			printf("%6d  blank\n", q->number);
		break;
	}
}

static void
print_totals(const struct plan *p)
{
	char n[UNITS_TEXT];

	printf("%d to send, %s tokens; %d up to date, %d blank",
	    p->by_state[PROMPT_PENDING], units_format_count(p->tokens, n),
	    p->by_state[PROMPT_CURRENT], p->by_state[PROMPT_BLANK]);
	if (p->by_state[PROMPT_BROKEN] > 0)
		printf(", %d unreadable", p->by_state[PROMPT_BROKEN]);
	if (p->prompts.outside_count > 0)
		printf("; outside the range: %s%s", p->prompts.outside,
		    p->prompts.outside_count > 3 ? ", ..." : "");
	putchar('\n');
}

static void
print_batch(const struct plan *p, const struct forecast_batch *b)
{
	const int first = pending_number(p, b->first);
	const int last = pending_number(p, b->first + b->count - 1);
	char n[UNITS_TEXT], wait[UNITS_TEXT], when[32], limit[80];

	if (first == last)
		printf("prompt %d, ", first);
	else
		printf("prompts %d to %d, ", first, last);
	printf("%s tokens: ", units_format_count(b->tokens, n));
	if (b->start == p->view.now) {
		puts("at once");
		return;
	}
	format_time(b->start, when);
	if (b->reason == ADMIT) {
		printf("then, at %s\n", when);
		return;
	}
	printf("after %s, at %s (%s)\n",
	    units_format_duration(b->start - p->view.now, wait), when,
	    progress_limit(b->reason, &p->cfg->limits, limit));
}

static void
print_verdict(const struct plan *p)
{
	const struct forecast *const f = &p->forecast;
	char limit[80];

	if (f->refused != ADMIT) {
		if (p->cfg->split)
			printf("prompt %d ", pending_number(p, f->culprit));
		printf("would be refused: over %s\n",
		    progress_limit(f->refused, &p->cfg->limits, limit));
		return;
	}
	if (f->count == 0)
		puts("nothing to do");
	for (size_t i = 0; i < f->count; i++)
		print_batch(p, &f->batches[i]);
}

static void
print_text(const struct plan *p)
{
	for (size_t i = 0; i < p->prompts.count; i++)
		print_prompt(&p->prompts.list[i], p->cfg->verbose);
	print_totals(p);
	print_verdict(p);
}

static cJSON *
prompt_object(const struct prompt *q)
{
	static const char *const states[PROMPT_STATES] = {
	    "pending", "up to date", "blank", "unreadable"};
	cJSON *const o = cJSON_CreateObject();
	char why[2 * sizeof(q->why.text)];

	cJSON_AddNumberToObject(o, "prompt", q->number);
	cJSON_AddStringToObject(o, "state", states[q->state]);
	if (q->state == PROMPT_PENDING)
		cJSON_AddNumberToObject(
		    o, "estimated_tokens", (double)q->estimate);
	if (q->state == PROMPT_BROKEN)
		cJSON_AddStringToObject(o, "message",
		    plain_copy(
			why, sizeof(why), q->why.text, strlen(q->why.text)));
	return o;
}

static cJSON *
batch_object(const struct plan *p, const struct forecast_batch *b)
{
	cJSON *const o = cJSON_CreateObject();
	char text[80];

	cJSON_AddNumberToObject(o, "first", pending_number(p, b->first));
	cJSON_AddNumberToObject(
	    o, "last", pending_number(p, b->first + b->count - 1));
	cJSON_AddNumberToObject(o, "prompts", (double)b->count);
	cJSON_AddNumberToObject(o, "estimated_tokens", (double)b->tokens);
	format_time(b->start, text);
	cJSON_AddStringToObject(o, "start", text);
	cJSON_AddNumberToObject(o, "wait_seconds",
	    (double)((b->start - p->view.now) / (NS_PER_S / 1000)) / 1000);
	if (b->reason != ADMIT)
		cJSON_AddStringToObject(o, "reason",
		    progress_limit(b->reason, &p->cfg->limits, text));
	return o;
}

static int
print_json(const struct plan *p, int status)
{
	cJSON *const o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "prompts");
	char limit[80];

	for (size_t i = 0; i < p->prompts.count; i++)
		cJSON_AddItemToArray(list, prompt_object(&p->prompts.list[i]));
	cJSON_AddNumberToObject(o, "pending", p->by_state[PROMPT_PENDING]);
	cJSON_AddNumberToObject(o, "estimated_tokens", (double)p->tokens);
	list = cJSON_AddArrayToObject(o, "batches");
	for (size_t i = 0; i < p->forecast.count; i++)
		cJSON_AddItemToArray(
		    list, batch_object(p, &p->forecast.batches[i]));
	if (p->forecast.refused != ADMIT)
		cJSON_AddStringToObject(o, "refused",
		    progress_limit(
			p->forecast.refused, &p->cfg->limits, limit));
	cJSON_AddNumberToObject(o, "exit_status", status);
	return json_out(o);
}

int
plan_print(const struct plan *p, int status)
{
	if (!p->cfg->json)
		print_text(p);
	else if (print_json(p, status) == -1)
		return -1;
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : -1;
}
