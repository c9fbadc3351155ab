#include "plan.h"

#include "account.h"
#include "clock.h"
#include "plain.h"
#include "progress.h"
#include "prompt.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PLAN_BROKEN = 2,
	PLAN_REFUSED = 3,
	PLAN_TOO_LONG = 75
};

struct plan {
	const struct config *cfg;
	struct prompts prompts;
	struct ledger_view view;
	int pending, current, blank, broken;
	int64_t tokens; /* of the pending ones */
	enum verdict verdict;
	int64_t until; /* with a WAIT verdict: wall clock */
};

static void
load(struct plan *p, const struct workspace *ws)
{
	for (size_t i = 0; i < p->prompts.count; i++) {
		struct prompt *const q = &p->prompts.list[i];

		prompt_load(ws, p->cfg, q);
		p->pending += q->state == PROMPT_PENDING;
		p->current += q->state == PROMPT_CURRENT;
		p->blank += q->state == PROMPT_BLANK;
		p->broken += q->state == PROMPT_BROKEN;
		if (q->state == PROMPT_PENDING)
			p->tokens += q->estimate;
	}
}

/* The first batch against the ledger: all of it; with --split, its first
 * prompt, unless one that comes later is hopeless. */
static void
judge(struct plan *p)
{
	const struct limits *const lim = &p->cfg->limits;
	const struct usage *const u = &p->view.usage;
	bool first = true;

	p->verdict = ADMIT;
	if (p->pending == 0)
		return;
	if (!p->cfg->split) {
		p->verdict = limits_check(lim, u, p->tokens, p->pending, true,
		    p->view.today, &p->until);
		return;
	}
	for (size_t i = 0; i < p->prompts.count; i++) {
		const struct prompt *const q = &p->prompts.list[i];
		enum verdict v;
		int64_t until = 0;

		if (q->state != PROMPT_PENDING)
			continue;
		v = limits_check(
		    lim, u, q->estimate, 1, true, p->view.today, &until);
		if (first || v >= NEVER_BATCH_TOKENS) {
			p->verdict = v;
			p->until = until;
		}
		if (v >= NEVER_BATCH_TOKENS)
			return;
		first = false;
	}
}

static int
exit_status(const struct plan *p)
{
	if (p->verdict >= NEVER_BATCH_TOKENS)
		return PLAN_REFUSED;
	if (p->verdict != ADMIT && p->cfg->max_wait_ns != INT64_MAX &&
	    p->until - p->view.now > p->cfg->max_wait_ns)
		return PLAN_TOO_LONG;
	return p->broken > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void
format_verdict(const struct plan *p, char *text, size_t size)
{
	char limit[80], wait[UNITS_TEXT], clock[32] = "";
	const time_t t = (time_t)(p->until / NS_PER_S);
	struct tm tm;

	progress_limit(p->verdict, &p->cfg->limits, limit);
	if (p->verdict == ADMIT) {
		snprintf(text, size, "%s",
		    p->pending > 0 ? "would go at once" : "nothing to do");
	} else if (p->verdict >= NEVER_BATCH_TOKENS) {
		snprintf(text, size, "would be refused: over %s", limit);
	} else {
		if (localtime_r(&t, &tm) != NULL)
			strftime(clock, sizeof(clock), "%F %T", &tm);
		snprintf(text, size, "would wait %s, until %s: %s",
		    units_format_duration(p->until - p->view.now, wait), clock,
		    limit);
	}
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
print_table(const struct plan *p)
{
	char verdict[200], n[UNITS_TEXT];

	for (size_t i = 0; i < p->prompts.count; i++)
		print_prompt(&p->prompts.list[i], p->cfg->verbose);
	printf("%d to send, %s tokens; %d up to date, %d blank", p->pending,
	    units_format_count(p->tokens, n), p->current, p->blank);
	if (p->broken > 0)
		printf(", %d unreadable", p->broken);
	if (p->prompts.outside_count > 0)
		printf("; outside the range: %s%s", p->prompts.outside,
		    p->prompts.outside_count > 3 ? ", ..." : "");
	format_verdict(p, verdict, sizeof(verdict));
	printf("\n%s\n", verdict);
}

static int
print_json(const struct plan *p, int status)
{
	static const char *const states[] = {
	    "pending", "up to date", "blank", "unreadable"};
	cJSON *const o = cJSON_CreateObject();
	cJSON *const list = cJSON_AddArrayToObject(o, "prompts");
	char verdict[200];
	char *text;
	int r;

	for (size_t i = 0; i < p->prompts.count; i++) {
		const struct prompt *const q = &p->prompts.list[i];
		cJSON *const e = cJSON_CreateObject();

		cJSON_AddNumberToObject(e, "prompt", q->number);
		cJSON_AddStringToObject(e, "state", states[q->state]);
		if (q->state == PROMPT_PENDING)
			cJSON_AddNumberToObject(
			    e, "estimated_tokens", (double)q->estimate);
		cJSON_AddItemToArray(list, e);
	}
	format_verdict(p, verdict, sizeof(verdict));
	cJSON_AddNumberToObject(o, "pending", p->pending);
	cJSON_AddNumberToObject(o, "estimated_tokens", (double)p->tokens);
	cJSON_AddStringToObject(o, "verdict", verdict);
	cJSON_AddNumberToObject(o, "wait_seconds",
	    p->verdict == ADMIT || p->verdict >= NEVER_BATCH_TOKENS
		? 0
		: (double)((p->until - p->view.now) / (NS_PER_S / 1000)) /
		      1000);
	cJSON_AddNumberToObject(o, "exit_status", status);
	text = cJSON_Print(o);
	cJSON_Delete(o);
	if (text == NULL)
		return -1;
	r = puts(text) == EOF ? -1 : 0;
	free(text);
	return r;
}

static int
plan_in(struct plan *p, const struct workspace *ws, struct error *err)
{
	struct account a;
	int r;

	if (account_open(&a, p->cfg->ledger, -1, &p->cfg->limits, err) == -1)
		return -1;
	r = ledger_read(&a.ledger, &p->view, err);
	account_close(&a);
	if (r == -1 || prompts_find(ws, p->cfg, &p->prompts, err) == -1)
		return -1;
	load(p, ws);
	judge(p);
	return 0;
}

int
plan_command(const struct config *cfg)
{
	struct workspace ws = WORKSPACE_INIT;
	struct plan p = {.cfg = cfg, .view = LEDGER_VIEW_INIT};
	struct error err;
	int status = PLAN_BROKEN;

	if (workspace_open(&ws, false, true, &err) == -1 ||
	    plan_in(&p, &ws, &err) == -1) {
		char shown[sizeof(err.text)];

		fprintf(stderr, "chatgpt-batch: %s\n",
		    plain_copy(
			shown, sizeof(shown), err.text, strlen(err.text)));
	} else {
		status = exit_status(&p);
		if (cfg->json)
			(void)print_json(&p, status);
		else
			print_table(&p);
		if (fflush(stdout) != 0 || ferror(stdout))
			status = EXIT_FAILURE;
	}
	prompts_free(&p.prompts);
	buf_free(&p.view.text);
	workspace_close(&ws);
	return status;
}
