#include "retry.h"

#include "partial.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * Codes of an account that has run dry, in error.code or error.type.  OpenAI
 * keeps adding to them, so beside the names a few telling parts are looked
 * for; "quota" alone is not one: some servers call a rate limit that.
 */
static const char *const quota_words[] = {"insufficient_quota", "billing",
    "spend_limit", "spending_limit", "usage_limit_exceeded", "credit_balance",
    "insufficient_balance", "insufficient_credit", "credits",
    "payment_required", "account_deactivated", NULL};

/* What the message of a 403 or 429 says where no code tells. */
static const char *const quota_phrases[] = {"exceeded your current quota",
    "billing hard limit", "credit balance", "call volume quota", NULL};

static const char *const rate_limit[] = {
    "rate_limit", "too_many_requests", NULL};
static const char *const slow_down[] = {"slow_down", NULL};
static const char *const slow_down_phrases[] = {"slow down", NULL};
static const char *const too_long[] = {
    "context_length_exceeded", "string_above_max_length", NULL};
static const char *const too_long_phrases[] = {"maximum context length", NULL};
static const char *const filter[] = {
    "content_filter", "content_policy", "moderation", "flagged", NULL};
static const char *const filter_phrases[] = {
    "was flagged", "requires moderation", "content management policy", NULL};
static const char *const too_large[] = {"request_too_large", NULL};
static const char *const invalid[] = {"invalid_", "unsupported_", NULL};
static const char *const their_fault[] = {
    "server_error", "internal_error", "overloaded", "unavailable", NULL};
static const char *const too_large_phrases[] = {"request too large", NULL};

/* One row of the table; the first that fits counts. */
struct rule {
	enum outcome_kind kind;
	int first, last;            /* the status, both included; 0, 0: any */
	const char *const *words;   /* one is part of code or type; NULL: any */
	const char *const *phrases; /* or one is part of the message */
	enum action action;
	bool final; /* x-should-retry does not change it */
	const char *label;
};

static const struct rule rules[] = {
    {OUTCOME_ANSWER, 0, 0, NULL, NULL, ACTION_ANSWERED, true, "answered"},

    /* 200, and an error inside: the Responses API's "failed", and gateways. */
    {OUTCOME_BAD, 0, 0, quota_words, NULL, ACTION_STOP, true, "quota"},
    {OUTCOME_BAD, 0, 0, too_long, NULL, ACTION_FAIL, true, "prompt too long"},
    {OUTCOME_BAD, 0, 0, rate_limit, NULL, ACTION_HOLD, false, "rate limit"},
    {OUTCOME_BAD, 0, 0, slow_down, NULL, ACTION_HOLD, false, "slow down"},
    {OUTCOME_BAD, 0, 0, filter, NULL, ACTION_FAIL, false, "filtered"},
    {OUTCOME_BAD, 0, 0, invalid, NULL, ACTION_FAIL, false, "bad request"},
    {OUTCOME_BAD, 0, 0, their_fault, NULL, ACTION_RETRY, false, "server error"},
    {OUTCOME_BAD, 0, 0, NULL, NULL, ACTION_RETRY, false, "bad response"},

    {OUTCOME_CONNECT, 0, 0, NULL, NULL, ACTION_RETRY, true, "connection"},
    {OUTCOME_LOST, 0, 0, NULL, NULL, ACTION_RETRY, true, "connection lost"},
    {OUTCOME_UNSAFE, 300, 399, NULL, NULL, ACTION_FAIL, true, "redirect"},
    {OUTCOME_UNSAFE, 0, 0, NULL, NULL, ACTION_FAIL, true, "not safe"},
    {OUTCOME_TOO_BIG, 0, 0, NULL, NULL, ACTION_FAIL, true, "answer too big"},
    {OUTCOME_WORKER, 0, 0, NULL, NULL, ACTION_FAIL, true, "worker failed"},
    {OUTCOME_LOCAL, 0, 0, NULL, NULL, ACTION_FAIL, true, "local error"},
    {OUTCOME_ABORTED, 0, 0, NULL, NULL, ACTION_FAIL, true, "interrupted"},
    {OUTCOME_NONE, 0, 0, NULL, NULL, ACTION_FAIL, true, "worker died"},

    {OUTCOME_HTTP, 300, 399, NULL, NULL, ACTION_FAIL, true, "redirect"},
    {OUTCOME_HTTP, 401, 401, NULL, NULL, ACTION_STOP, false, "key refused"},
    {OUTCOME_HTTP, 402, 402, NULL, NULL, ACTION_STOP, true, "quota"},
    {OUTCOME_HTTP, 400, 499, quota_words, NULL, ACTION_STOP, true, "quota"},
    {OUTCOME_HTTP, 403, 403, quota_words, quota_phrases, ACTION_STOP, true,
	"quota"},
    /* Not this key, but this prompt: the others go on. */
    {OUTCOME_HTTP, 400, 403, filter, filter_phrases, ACTION_FAIL, false,
	"filtered"},
    {OUTCOME_HTTP, 403, 403, NULL, NULL, ACTION_STOP, false, "key refused"},
    {OUTCOME_HTTP, 400, 499, too_long, too_long_phrases, ACTION_FAIL, true,
	"prompt too long"},
    {OUTCOME_HTTP, 429, 429, too_large, too_large_phrases, ACTION_FAIL, true,
	"request too large"},
    {OUTCOME_HTTP, 429, 429, slow_down, NULL, ACTION_HOLD, false, "slow down"},
    {OUTCOME_HTTP, 429, 429, NULL, NULL, ACTION_HOLD, false, "rate limit"},
    {OUTCOME_HTTP, 400, 400, NULL, NULL, ACTION_FAIL, false, "bad request"},
    {OUTCOME_HTTP, 404, 404, NULL, NULL, ACTION_FAIL, false, "not found"},
    {OUTCOME_HTTP, 408, 408, NULL, NULL, ACTION_RETRY, false, "timeout"},
    {OUTCOME_HTTP, 409, 409, NULL, NULL, ACTION_RETRY, false, "conflict"},
    {OUTCOME_HTTP, 413, 413, NULL, NULL, ACTION_FAIL, false,
	"request too large"},
    {OUTCOME_HTTP, 422, 422, NULL, NULL, ACTION_FAIL, false, "bad request"},
    {OUTCOME_HTTP, 400, 499, NULL, NULL, ACTION_FAIL, false, "refused"},
    {OUTCOME_HTTP, 503, 503, slow_down, slow_down_phrases, ACTION_HOLD, false,
	"slow down"},
    {OUTCOME_HTTP, 500, 599, NULL, NULL, ACTION_RETRY, false, "server error"},
    /* No status of HTTP's: it is nobody's to say what it means. */
    {OUTCOME_HTTP, 0, 0, NULL, NULL, ACTION_FAIL, false, "bad response"},
};

/* Not an outcome kind that there is: a record that was garbled. */
static const struct rule unknown_rule = {
    OUTCOME_NONE, 0, 0, NULL, NULL, ACTION_FAIL, true, "unknown"};

static bool
contains_any(const char *text, const char *const *parts)
{
	if (parts == NULL)
		return false;
	for (; *parts != NULL; parts++)
		if (strcasestr(text, *parts) != NULL)
			return true;
	return false;
}

static bool
rule_fits(const struct rule *r, const struct outcome *out)
{
	if (r->kind != out->kind)
		return false;
	if (r->last != 0 && (out->status < r->first || out->status > r->last))
		return false;
	if (r->words == NULL && r->phrases == NULL)
		return true;
	return contains_any(out->code, r->words) ||
	       contains_any(out->type, r->words) ||
	       contains_any(out->message, r->phrases);
}

/* The number after NAME in TEXT, -1 if there is none. */
static int64_t
number_after(const char *text, const char *name)
{
	const char *s = strcasestr(text, name);
	long long n;
	char *end;

	if (s == NULL)
		return -1;
	s += strlen(name);
	n = strtoll(s, &end, 10);
	return end == s || n < 0 ? -1 : (int64_t)n;
}

/*
 * "... tokens per min (TPM): Limit 30000, Requested 31500": waiting does not
 * help, whatever else the message says.
 */
static bool
never_fits(const struct outcome *out)
{
	const int64_t limit = number_after(out->message, "Limit ");
	const int64_t requested = number_after(out->message, "Requested ");

	return out->kind == OUTCOME_HTTP && out->status == 429 && limit >= 0 &&
	       requested > limit;
}

static bool
names_error(const struct outcome *out)
{
	return out->code[0] != '\0' || out->type[0] != '\0';
}

/*
 * A 429 without any code, or a response that failed with one that does not
 * tell, whose words tell that it is about money.
 */
static bool
dry_in_words(const struct outcome *out)
{
	const bool asked = out->kind == OUTCOME_BAD
	                       ? names_error(out)
	                       : out->kind == OUTCOME_HTTP &&
	                             out->status == 429 && !names_error(out);

	return asked && contains_any(out->message, quota_phrases);
}

static struct rule
find_rule(const struct outcome *out)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct rule r = rules[i];

		if (!rule_fits(&r, out))
			continue;
		if ((r.action == ACTION_HOLD || r.kind == OUTCOME_BAD) &&
		    dry_in_words(out)) {
			r.action = ACTION_STOP;
			r.label = "quota";
			r.final = true;
		} else if (r.action == ACTION_HOLD && never_fits(out)) {
			r.action = ACTION_FAIL;
			r.label = "request too large";
			r.final = true;
		}
		return r;
	}
	return unknown_rule;
}

/* From [whole/2, whole], so that many who failed together spread out. */
static int64_t
back_off(const struct retry_policy *policy, int attempts, uint64_t random)
{
	int64_t whole = policy->base_ns;
	int64_t half;

	for (int i = 1; i < attempts && whole < policy->cap_ns; i++)
		if (__builtin_mul_overflow(whole, 2, &whole))
			whole = policy->cap_ns;
	if (whole > policy->cap_ns)
		whole = policy->cap_ns;
	if (whole <= 0)
		return 0;
	half = whole / 2;
	return whole - (int64_t)(random % ((uint64_t)half + 1));
}

/* The server's own delay, stretched by up to a tenth, never shortened. */
static int64_t
stretch(int64_t ns, uint64_t random)
{
	int64_t sum;

	if (__builtin_add_overflow(
		ns, (int64_t)(random % ((uint64_t)(ns / 10) + 1)), &sum))
		return INT64_MAX;
	return sum;
}

/*
 * When an exhausted resource is full again: no word on when to come back, but
 * better than a guess.  0: nothing is exhausted.
 */
static int64_t
reset_hint(const struct outcome *out)
{
	int64_t ns = 0;

	if (out->requests.remaining == 0 && out->requests.reset_ns > ns)
		ns = out->requests.reset_ns;
	if (out->tokens.remaining == 0 && out->tokens.reset_ns > ns)
		ns = out->tokens.reset_ns;
	return ns;
}

static int64_t
delay_for(const struct retry_policy *policy, const struct outcome *out,
    enum action action, int attempts, uint64_t random)
{
	const int64_t own = back_off(policy, attempts, random);
	int64_t reset;

	/* A wait of 0 says no more than that there may be a next attempt. */
	if (out->retry_after_ns > 0)
		return stretch(out->retry_after_ns, random);
	if (action != ACTION_HOLD)
		return own;
	reset = reset_hint(out);
	if (reset > policy->cap_ns)
		reset = policy->cap_ns;
	return reset > own ? stretch(reset, random) : own;
}

/* Has the prompt used up what it is allowed? */
static bool
exhausted(const struct retry_policy *policy, const struct outcome *out,
    const struct retry_state *state)
{
	if (state->attempts >= policy->attempts)
		return true;
	return outcome_fate_unknown(out) &&
	       (state->unknown > policy->unknown_retries ||
		   policy->unknown_retries <= 0);
}

static void
apply_should_retry(struct rule *r, const struct outcome *out)
{
	if (r->final)
		return;
	if (out->should_retry == 0 &&
	    (r->action == ACTION_RETRY || r->action == ACTION_HOLD))
		r->action = ACTION_FAIL;
	else if (out->should_retry == 1 &&
		 (r->action == ACTION_FAIL || r->action == ACTION_STOP))
		r->action = ACTION_RETRY;
}

struct decision
retry_decide(const struct retry_policy *policy, const struct outcome *out,
    const struct retry_state *state, uint64_t random)
{
	struct decision d = {.action = ACTION_FAIL};
	struct rule r;
	bool hold;

	if (out->kind == OUTCOME_PARTIAL) {
		d.action = partial_accepted(policy->accept, out)
		               ? ACTION_ACCEPTED
		               : ACTION_KEPT;
		d.label = partial_label(out);
		return d;
	}
	r = find_rule(out);
	hold = r.action == ACTION_HOLD;
	apply_should_retry(&r, out);
	d.action = r.action;
	d.label = out->timeout ? "timeout" : r.label;
	if (hold || d.action == ACTION_RETRY)
		d.delay_ns = delay_for(policy, out,
		    hold ? ACTION_HOLD : d.action, state->attempts, random);
	if (d.action == ACTION_RETRY || d.action == ACTION_HOLD) {
		if (out->retry_after_ns > policy->server_max_ns ||
		    exhausted(policy, out, state))
			d.action = ACTION_FAIL;
	}
	/* The prompt fails, but the wall it ran into still stands. */
	if (d.action == ACTION_FAIL && hold &&
	    d.delay_ns > policy->server_max_ns)
		d.delay_ns = policy->server_max_ns;
	if (d.action == ACTION_FAIL && !hold)
		d.delay_ns = 0;
	return d;
}

bool
outcome_fate_unknown(const struct outcome *out)
{
	if (!out->sent)
		return false;
	switch (out->kind) {
	case OUTCOME_NONE:
	case OUTCOME_LOST:
	case OUTCOME_WORKER:
	case OUTCOME_LOCAL:
	case OUTCOME_ABORTED:
		return true;
	case OUTCOME_BAD:
		/* An answer that nobody can read; unless it is an error's. */
		return !names_error(out);
	default:
		return false;
	}
}

/* Is what was sent to be taken as billed? */
static bool
billed(const struct outcome *out)
{
	switch (out->kind) {
	case OUTCOME_HTTP:
	case OUTCOME_CONNECT:
	case OUTCOME_UNSAFE:
		return false;
	default:
		return true;
	}
}

struct charge
retry_charge(const struct outcome *out, int64_t estimate)
{
	struct charge c = {0, 0, 0};
	int64_t tokens = estimate > 0 ? estimate : 0;

	if (!out->sent)
		return c;
	if (out->has_usage && __builtin_add_overflow(out->input_tokens,
				  out->output_tokens, &tokens))
		tokens = INT64_MAX;
	c.minute_tokens = tokens;
	c.minute_requests = 1;
	c.day_tokens = billed(out) ? tokens : 0;
	return c;
}
