#include "cmd_plan.h"

#include "account.h"
#include "forecast.h"
#include "plain.h"
#include "plan_print.h"
#include "prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PLAN_BROKEN = 2,
	PLAN_REFUSED = 3,
	PLAN_TOO_LONG = 75
};

static int
forecast(struct plan *p)
{
	int64_t *const estimates =
	    calloc(p->prompts.count + 1, sizeof(*estimates));
	size_t n = 0;
	int r;

	if (estimates == NULL)
		return -1;
	for (size_t i = 0; i < p->prompts.count; i++) {
		const struct prompt *const q = &p->prompts.list[i];

		if (q->state == PROMPT_PENDING) {
			p->tokens += q->estimate;
			estimates[n++] = q->estimate;
		}
	}
	r = forecast_make(&p->forecast, &p->cfg->limits, &p->view.usage,
	    p->view.now, estimates, n, p->cfg->split);
	free(estimates);
	return r;
}

static void
load(struct plan *p, const struct workspace *ws)
{
	for (size_t i = 0; i < p->prompts.count; i++) {
		struct prompt *const q = &p->prompts.list[i];

		prompt_load(ws, p->cfg, q);
		p->by_state[q->state]++;
	}
}

/* The longest single wait is what --max-wait is about. */
static bool
waits_too_long(const struct plan *p)
{
	int64_t from = p->view.now;

	for (size_t i = 0; i < p->forecast.count; i++) {
		const struct forecast_batch *const b = &p->forecast.batches[i];

		if (b->start - from > p->cfg->max_wait_ns)
			return true;
		from = b->start;
	}
	return false;
}

static int
exit_status(const struct plan *p)
{
	if (p->forecast.refused != ADMIT)
		return PLAN_REFUSED;
	if (waits_too_long(p))
		return PLAN_TOO_LONG;
	return p->by_state[PROMPT_BROKEN] > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
make_plan(struct plan *p, const struct workspace *ws, struct error *err)
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
	return forecast(p) == 0 ? 0 : error_sys(err, "plan");
}

int
cmd_plan(const struct config *cfg)
{
	struct workspace ws = WORKSPACE_INIT;
	struct plan p = {.cfg = cfg, .view = LEDGER_VIEW_INIT};
	struct error err;
	int status = PLAN_BROKEN;

	if (workspace_open(&ws, false, true, &err) == -1 ||
	    make_plan(&p, &ws, &err) == -1) {
		char shown[sizeof(err.text)];

		fprintf(stderr, "chatgpt-batch: %s\n",
		    plain_copy(
			shown, sizeof(shown), err.text, strlen(err.text)));
	} else {
		status = exit_status(&p);
		if (plan_print(&p, status) == -1) {
			perror("chatgpt-batch: standard output: write");
			status = EXIT_FAILURE;
		}
	}
	free(p.forecast.batches);
	prompts_free(&p.prompts);
	buf_free(&p.view.text);
	workspace_close(&ws);
	return status;
}
