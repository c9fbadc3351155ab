/* The table of what follows an outcome, row by row; delays; charges. */
#include "retry.h"

#include "partial.h"
#include "table.h"

#include <bsd/string.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#define S NS_PER_S

/* With this a back-off is whole, and a server's delay is not stretched. */
#define NO_JITTER 0

static const struct retry_policy policy = RETRY_POLICY_DEFAULT;

/* An outcome in few words, and what is to follow its first attempt. */
struct row {
	enum outcome_kind kind;
	int status;
	const char *code;
	const char *type;
	const char *message;
	const char *finish;
	int should_retry; /* as in x-should-retry, no: -1 */
	int64_t after;    /* ns, none: -1 */
	enum action action;
	int64_t delay;
	const char *label;
};

/* Shorthands: rows are for reading. */
#define ANY "", "", "", ""
#define CODE(c) c, "", "", ""
#define TYPE(t) "", t, "", ""
#define SAYS(m) "", "", m, ""
#define FINISH(f) "", "", "", f
#define PLAIN -1, -1
#define HALF (S / 2)

static const struct row rows[] = {
    /* 2xx, finish "stop". */
    {OUTCOME_ANSWER, 200, FINISH("stop"), PLAIN, ACTION_ANSWERED, 0,
	"answered"},
    /* A finished answer is never asked for again, whatever a header says. */
    {OUTCOME_ANSWER, 200, FINISH("stop"), 1, 5 * S, ACTION_ANSWERED, 0,
	"answered"},

    /* Text that is kept without being a success. */
    {OUTCOME_PARTIAL, 200, FINISH("length"), PLAIN, ACTION_KEPT, 0, "cut off"},
    {OUTCOME_PARTIAL, 200, FINISH("max_output_tokens"), PLAIN, ACTION_KEPT, 0,
	"cut off"},
    {OUTCOME_PARTIAL, 200, FINISH("content_filter"), PLAIN, ACTION_KEPT, 0,
	"filtered"},
    {OUTCOME_PARTIAL, 200, FINISH("refusal"), PLAIN, ACTION_KEPT, 0,
	"refused by the model"},
    {OUTCOME_PARTIAL, 200, FINISH("tool_calls"), PLAIN, ACTION_KEPT, 0,
	"tool call"},
    {OUTCOME_PARTIAL, 200, FINISH("function_call"), PLAIN, ACTION_KEPT, 0,
	"tool call"},
    /* Finished, but with nothing in it. */
    {OUTCOME_PARTIAL, 200, FINISH("stop"), PLAIN, ACTION_KEPT, 0, "empty"},
    /* A server that does not say how it ended. */
    {OUTCOME_PARTIAL, 200, FINISH(""), PLAIN, ACTION_KEPT, 0, "unfinished"},
    /* The Responses API's, that would have to be asked for again. */
    {OUTCOME_PARTIAL, 200, FINISH("in_progress"), PLAIN, ACTION_KEPT, 0,
	"unfinished"},
    /* A word that is not known. */
    {OUTCOME_PARTIAL, 200, FINISH("eos_token"), PLAIN, ACTION_KEPT, 0,
	"unusual finish"},

    /* 2xx that makes no sense may have been a proxy's hiccup. */
    {OUTCOME_BAD, 200, ANY, PLAIN, ACTION_RETRY, HALF, "bad response"},
    {OUTCOME_BAD, 200, ANY, 0, -1, ACTION_FAIL, 0, "bad response"},
    /* An error inside a 200 is judged by its code. */
    {OUTCOME_BAD, 200, CODE("server_error"), PLAIN, ACTION_RETRY, HALF,
	"server error"},
    {OUTCOME_BAD, 200, TYPE("overloaded_error"), PLAIN, ACTION_RETRY, HALF,
	"server error"},
    {OUTCOME_BAD, 200, CODE("rate_limit_exceeded"), -1, 2 * S, ACTION_HOLD,
	2 * S, "rate limit"},
    {OUTCOME_BAD, 200, CODE("slow_down"), PLAIN, ACTION_HOLD, HALF,
	"slow down"},
    {OUTCOME_BAD, 200, CODE("insufficient_quota"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_BAD, 200, "server_error", "",
	"You exceeded your current quota, "
	"please check your plan and billing details.",
	"", PLAIN, ACTION_STOP, 0, "quota"},
    {OUTCOME_BAD, 200, SAYS("not JSON: You exceeded your current quota"), PLAIN,
	ACTION_RETRY, HALF, "bad response"},
    {OUTCOME_BAD, 200, CODE("invalid_prompt"), PLAIN, ACTION_FAIL, 0,
	"bad request"},
    {OUTCOME_BAD, 200, TYPE("invalid_request_error"), PLAIN, ACTION_FAIL, 0,
	"bad request"},
    {OUTCOME_BAD, 200, CODE("content_policy_violation"), PLAIN, ACTION_FAIL, 0,
	"filtered"},
    {OUTCOME_BAD, 200, CODE("context_length_exceeded"), PLAIN, ACTION_FAIL, 0,
	"prompt too long"},
    {OUTCOME_BAD, 200, CODE("502"), PLAIN, ACTION_RETRY, HALF, "bad response"},

    /* Bad requests: the same again would be as bad. */
    {OUTCOME_HTTP, 400, ANY, PLAIN, ACTION_FAIL, 0, "bad request"},
    {OUTCOME_HTTP, 400, CODE("invalid_value"), PLAIN, ACTION_FAIL, 0,
	"bad request"},
    {OUTCOME_HTTP, 400, CODE("context_length_exceeded"), PLAIN, ACTION_FAIL, 0,
	"prompt too long"},
    /* Servers without codes of their own: by their words. */
    {OUTCOME_HTTP, 400,
	SAYS("This model's maximum context length is 4096 tokens. However, you "
	     "requested 5000."),
	PLAIN, ACTION_FAIL, 0, "prompt too long"},
    /* A filter's no: to this prompt, not to the key. */
    {OUTCOME_HTTP, 400, CODE("content_filter"), PLAIN, ACTION_FAIL, 0,
	"filtered"},
    {OUTCOME_HTTP, 400, CODE("content_policy_violation"), PLAIN, ACTION_FAIL, 0,
	"filtered"},
    {OUTCOME_HTTP, 400,
	SAYS("The response was filtered due to the prompt triggering Azure "
	     "OpenAI's content management policy."),
	PLAIN, ACTION_FAIL, 0, "filtered"},
    {OUTCOME_HTTP, 400, "invalid_prompt", "",
	"Invalid prompt: your prompt was "
	"flagged as potentially violating our usage policy.",
	"", PLAIN, ACTION_FAIL, 0, "filtered"},
    {OUTCOME_HTTP, 403,
	SAYS("model requires moderation and your input was flagged"), PLAIN,
	ACTION_FAIL, 0, "filtered"},
    {OUTCOME_HTTP, 404, CODE("model_not_found"), PLAIN, ACTION_FAIL, 0,
	"not found"},
    {OUTCOME_HTTP, 413, ANY, PLAIN, ACTION_FAIL, 0, "request too large"},
    {OUTCOME_HTTP, 422, ANY, PLAIN, ACTION_FAIL, 0, "bad request"},
    {OUTCOME_HTTP, 405, ANY, PLAIN, ACTION_FAIL, 0, "refused"},
    {OUTCOME_HTTP, 418, CODE("new_code"), PLAIN, ACTION_FAIL, 0, "refused"},

    /* The key, or what it may do. */
    {OUTCOME_HTTP, 401, CODE("invalid_api_key"), PLAIN, ACTION_STOP, 0,
	"key refused"},
    {OUTCOME_HTTP, 401, ANY, PLAIN, ACTION_STOP, 0, "key refused"},
    {OUTCOME_HTTP, 403, CODE("unsupported_country_region_territory"), PLAIN,
	ACTION_STOP, 0, "key refused"},

    /* Worth another attempt. */
    {OUTCOME_HTTP, 408, ANY, PLAIN, ACTION_RETRY, HALF, "timeout"},
    {OUTCOME_HTTP, 409, ANY, PLAIN, ACTION_RETRY, HALF, "conflict"},
    {OUTCOME_HTTP, 500, ANY, PLAIN, ACTION_RETRY, HALF, "server error"},
    {OUTCOME_HTTP, 502, ANY, PLAIN, ACTION_RETRY, HALF, "server error"},
    {OUTCOME_HTTP, 503, ANY, PLAIN, ACTION_RETRY, HALF, "server error"},
    {OUTCOME_HTTP, 503, CODE("server_is_overloaded"), PLAIN, ACTION_RETRY, HALF,
	"server error"},
    {OUTCOME_HTTP, 504, ANY, PLAIN, ACTION_RETRY, HALF, "server error"},
    {OUTCOME_HTTP, 529, ANY, PLAIN, ACTION_RETRY, HALF, "server error"},
    /* The server's own word on when goes before our back-off. */
    {OUTCOME_HTTP, 503, ANY, -1, 7 * S, ACTION_RETRY, 7 * S, "server error"},
    {OUTCOME_HTTP, 500, ANY, -1, 20 * S / 1000, ACTION_RETRY, 20 * S / 1000,
	"server error"},
    /* "At once" is no reason to hammer. */
    {OUTCOME_HTTP, 500, ANY, -1, 0, ACTION_RETRY, HALF, "server error"},
    /* Up to two minutes, and no longer. */
    {OUTCOME_HTTP, 503, ANY, -1, 120 * S, ACTION_RETRY, 120 * S,
	"server error"},
    {OUTCOME_HTTP, 503, ANY, -1, 120 * S + 1, ACTION_FAIL, 0, "server error"},

    /* Rate limits: everybody waits. */
    {OUTCOME_HTTP, 429, CODE("rate_limit_exceeded"), -1, 8 * S, ACTION_HOLD,
	8 * S, "rate limit"},
    {OUTCOME_HTTP, 429, ANY, PLAIN, ACTION_HOLD, HALF, "rate limit"},
    {OUTCOME_HTTP, 429, CODE("429"), -1, 6 * S, ACTION_HOLD, 6 * S,
	"rate limit"},
    {OUTCOME_HTTP, 429, TYPE("tokens"), PLAIN, ACTION_HOLD, HALF, "rate limit"},
    /* A code nobody has heard of is a rate limit by its status. */
    {OUTCOME_HTTP, 429, CODE("brand_new_limit"), PLAIN, ACTION_HOLD, HALF,
	"rate limit"},
    {OUTCOME_HTTP, 429, CODE("slow_down"), -1, 2 * S, ACTION_HOLD, 2 * S,
	"slow down"},
    {OUTCOME_HTTP, 503, CODE("slow_down"), PLAIN, ACTION_HOLD, HALF,
	"slow down"},
    {OUTCOME_HTTP, 503, SAYS("Slow Down, please"), PLAIN, ACTION_HOLD, HALF,
	"slow down"},
    /* Too long a wait fails the prompt; the others hold, but not for ever. */
    {OUTCOME_HTTP, 429, CODE("rate_limit_exceeded"), -1, 432 * S, ACTION_FAIL,
	120 * S, "rate limit"},
    /* Limit 200, Used 200, Requested 1: it will fit later. */
    {OUTCOME_HTTP, 429,
	SAYS("Rate limit reached on requests per min: Limit 200, Used 200, "
	     "Requested 1. Please try again in 8s."),
	-1, 8 * S, ACTION_HOLD, 8 * S, "rate limit"},

    /* More than there is room for, at any time. */
    {OUTCOME_HTTP, 429,
	SAYS("Request too large for gpt-4o on tokens per min (TPM): "
	     "Limit 30000, Requested 40123."),
	-1, 5 * S, ACTION_FAIL, 0, "request too large"},
    {OUTCOME_HTTP, 429,
	SAYS("Tokens per min (TPM): Limit 30000, Requested 40123."), -1, 5 * S,
	ACTION_FAIL, 0, "request too large"},
    {OUTCOME_HTTP, 429, SAYS("Limit 30000, Requested 30000."), PLAIN,
	ACTION_HOLD, HALF, "rate limit"},
    {OUTCOME_HTTP, 429, SAYS("Request too large for gpt-4o"), 1, -1,
	ACTION_FAIL, 0, "request too large"},

    /* The account has run dry, by code or by type. */
    {OUTCOME_HTTP, 429, CODE("insufficient_quota"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 429, TYPE("insufficient_quota"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 429, "billing_hard_limit_reached", "", "", "", PLAIN,
	ACTION_STOP, 0, "quota"},
    {OUTCOME_HTTP, 400, CODE("billing_hard_limit_reached"), PLAIN, ACTION_STOP,
	0, "quota"},
    {OUTCOME_HTTP, 429, CODE("billing_not_active"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 429, CODE("credit_balance_exhausted"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 429, CODE("organization_spend_limit_exceeded"), PLAIN,
	ACTION_STOP, 0, "quota"},
    {OUTCOME_HTTP, 429, CODE("project_spend_limit_exceeded"), PLAIN,
	ACTION_STOP, 0, "quota"},
    {OUTCOME_HTTP, 429, CODE("organization_usage_limit_exceeded"), PLAIN,
	ACTION_STOP, 0, "quota"},
    {OUTCOME_HTTP, 403, CODE("insufficient_quota"), PLAIN, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 402, ANY, PLAIN, ACTION_STOP, 0, "quota"},
    {OUTCOME_HTTP, 403, SAYS("Out of call volume quota."), PLAIN, ACTION_STOP,
	0, "quota"},
    {OUTCOME_HTTP, 429, CODE("credits_exhausted"), PLAIN, ACTION_STOP, 0,
	"quota"},
    /* Without any code, the words have to do. */
    {OUTCOME_HTTP, 429,
	SAYS("You exceeded your current quota, please check your plan and "
	     "billing details."),
	PLAIN, ACTION_STOP, 0, "quota"},
    /* With one, the same words can be a rate limit (Google's gateway). */
    {OUTCOME_HTTP, 429, "429", "", "You exceeded your current quota", "", PLAIN,
	ACTION_HOLD, HALF, "rate limit"},
    /* No header turns an empty account into a busy one, nor back. */
    {OUTCOME_HTTP, 429, CODE("insufficient_quota"), 1, 5 * S, ACTION_STOP, 0,
	"quota"},
    {OUTCOME_HTTP, 429, CODE("insufficient_quota"), 0, -1, ACTION_STOP, 0,
	"quota"},

    /* x-should-retry says otherwise. */
    {OUTCOME_HTTP, 400, ANY, 1, -1, ACTION_RETRY, HALF, "bad request"},
    {OUTCOME_HTTP, 404, ANY, 1, 3 * S, ACTION_RETRY, 3 * S, "not found"},
    {OUTCOME_HTTP, 401, ANY, 1, -1, ACTION_RETRY, HALF, "key refused"},
    {OUTCOME_HTTP, 401, ANY, 0, -1, ACTION_STOP, 0, "key refused"},
    {OUTCOME_HTTP, 500, ANY, 0, -1, ACTION_FAIL, 0, "server error"},
    {OUTCOME_HTTP, 500, ANY, 1, -1, ACTION_RETRY, HALF, "server error"},
    {OUTCOME_HTTP, 429, ANY, 1, 2 * S, ACTION_HOLD, 2 * S, "rate limit"},
    /* The prompt fails, and the others hold back all the same. */
    {OUTCOME_HTTP, 429, ANY, 0, 2 * S, ACTION_FAIL, 2 * S, "rate limit"},

    /* Not HTTP's idea of a status. */
    {OUTCOME_HTTP, 302, ANY, PLAIN, ACTION_FAIL, 0, "redirect"},
    {OUTCOME_HTTP, 600, ANY, PLAIN, ACTION_FAIL, 0, "bad response"},
    {OUTCOME_HTTP, 0, ANY, PLAIN, ACTION_FAIL, 0, "bad response"},

    /* Below HTTP. */
    {OUTCOME_CONNECT, 0, ANY, PLAIN, ACTION_RETRY, HALF, "connection"},
    {OUTCOME_LOST, 0, ANY, PLAIN, ACTION_RETRY, HALF, "connection lost"},
    {OUTCOME_LOST, 200, ANY, PLAIN, ACTION_RETRY, HALF, "connection lost"},
    {OUTCOME_UNSAFE, 0, ANY, PLAIN, ACTION_FAIL, 0, "not safe"},
    {OUTCOME_UNSAFE, 307, ANY, 1, -1, ACTION_FAIL, 0, "redirect"},
    {OUTCOME_TOO_BIG, 200, ANY, PLAIN, ACTION_FAIL, 0, "answer too big"},

    /* On our side. */
    {OUTCOME_NONE, 0, ANY, PLAIN, ACTION_FAIL, 0, "worker died"},
    {OUTCOME_WORKER, 3, ANY, PLAIN, ACTION_FAIL, 0, "worker failed"},
    {OUTCOME_LOCAL, 0, ANY, PLAIN, ACTION_FAIL, 0, "local error"},
    {OUTCOME_ABORTED, 0, ANY, PLAIN, ACTION_FAIL, 0, "interrupted"},
    /* A kind from a garbled record. */
    {(enum outcome_kind)99, 0, ANY, PLAIN, ACTION_FAIL, 0, "unknown"},
};

enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

static struct outcome
make(const struct row *r)
{
	struct outcome out;

	outcome_init(&out);
	out.kind = r->kind;
	out.status = r->status;
	out.sent = r->kind != OUTCOME_CONNECT;
	out.should_retry = r->should_retry;
	out.retry_after_ns = r->after;
	strlcpy(out.code, r->code, sizeof(out.code));
	strlcpy(out.type, r->type, sizeof(out.type));
	strlcpy(out.message, r->message, sizeof(out.message));
	strlcpy(out.finish, r->finish, sizeof(out.finish));
	return out;
}

/* How far a prompt is after N attempts that ended like OUT. */
static struct retry_state
after(int n, const struct outcome *out)
{
	return (struct retry_state){
	    .attempts = n, .unknown = outcome_fate_unknown(out) ? n : 0};
}

START_TEST(test_row)
{
	const struct row *r = &rows[_i];
	const struct outcome out = make(r);
	const struct retry_state state = after(1, &out);
	const struct decision d =
	    retry_decide(&policy, &out, &state, NO_JITTER);

	ck_assert_str_eq(d.label, r->label);
	ck_assert_int_eq(d.action, r->action);
	ck_assert_int_eq(d.delay_ns, r->delay);
}
END_TEST

/* With --accept, kept is accepted, under the same label; nothing else is. */
START_TEST(test_row_accepted)
{
	const struct row *r = &rows[_i];
	const struct outcome out = make(r);
	const struct retry_state state = after(1, &out);
	struct retry_policy generous = policy;
	const bool undone = strcmp(r->finish, "in_progress") == 0;
	struct decision d;

	for (size_t i = 0; partial_word(i) != NULL; i++)
		generous.accept |=
		    partial_kind(partial_word(i), strlen(partial_word(i)));
	d = retry_decide(&generous, &out, &state, NO_JITTER);
	ck_assert_str_eq(d.label, r->label);
	ck_assert_int_eq(d.action,
	    r->action == ACTION_KEPT && !undone ? ACTION_ACCEPTED : r->action);
	ck_assert_int_eq(d.delay_ns, r->delay);
}
END_TEST

/* The last attempt: what would go on fails, under the same label. */
START_TEST(test_row_exhausted)
{
	const struct row *r = &rows[_i];
	const struct outcome out = make(r);
	const struct retry_state state = {.attempts = policy.attempts};
	const struct decision d =
	    retry_decide(&policy, &out, &state, NO_JITTER);
	const bool goes_on =
	    r->action == ACTION_RETRY || r->action == ACTION_HOLD;

	ck_assert_str_eq(d.label, r->label);
	ck_assert_int_eq(d.action, goes_on ? ACTION_FAIL : r->action);
	/* The others still hold back where this one would have. */
	if (r->action == ACTION_HOLD)
		ck_assert_int_gt(d.delay_ns, 0);
	if (r->action == ACTION_RETRY)
		ck_assert_int_eq(d.delay_ns, 0);
}
END_TEST

static struct decision
decide(const struct outcome *out, int attempts, int unknown, uint64_t random)
{
	const struct retry_state state = {
	    .attempts = attempts, .unknown = unknown};

	return retry_decide(&policy, out, &state, random);
}

START_TEST(test_unknown_fate_is_counted)
{
	const struct row lost = {
	    OUTCOME_LOST, 0, ANY, PLAIN, ACTION_RETRY, 0, ""};
	const struct outcome out = make(&lost);
	struct retry_policy none = policy, three = policy;
	const struct retry_state one = {.attempts = 1, .unknown = 1};
	const struct retry_state two = {.attempts = 2, .unknown = 2};

	ck_assert_int_eq(decide(&out, 1, 1, 0).action, ACTION_RETRY);
	ck_assert_int_eq(decide(&out, 2, 2, 0).action, ACTION_FAIL);
	/* Others between them do not count. */
	ck_assert_int_eq(decide(&out, 4, 1, 0).action, ACTION_RETRY);
	none.unknown_retries = 0;
	ck_assert_int_eq(
	    retry_decide(&none, &out, &one, 0).action, ACTION_FAIL);
	three.unknown_retries = 3;
	ck_assert_int_eq(
	    retry_decide(&three, &out, &two, 0).action, ACTION_RETRY);
}
END_TEST

START_TEST(test_timeouts_are_called_so)
{
	struct row r = {OUTCOME_LOST, 0, ANY, PLAIN, ACTION_RETRY, 0, ""};
	struct outcome out = make(&r);

	out.timeout = true;
	ck_assert_str_eq(decide(&out, 1, 1, 0).label, "timeout");
	r.kind = OUTCOME_CONNECT;
	out = make(&r);
	out.timeout = true;
	ck_assert_str_eq(decide(&out, 1, 0, 0).label, "timeout");
}
END_TEST

static const uint64_t randoms[] = {0, 1, 12345, UINT64_C(1) << 63, UINT64_MAX,
    UINT64_MAX - 1, UINT64_C(0x9e3779b97f4a7c15)};

/* From half to whole of 0.5, 1, 2, 4, ... 30 s, whatever the dice say. */
START_TEST(test_back_off)
{
	const struct row r = {
	    OUTCOME_HTTP, 500, ANY, PLAIN, ACTION_RETRY, 0, ""};
	const struct outcome out = make(&r);
	struct retry_policy many = policy;
	int64_t whole = policy.base_ns;

	many.attempts = 100;
	for (int n = 1; n < 80; n++) {
		const struct retry_state state = {.attempts = n};
		const int64_t d =
		    retry_decide(&many, &out, &state, randoms[_i]).delay_ns;

		ck_assert_int_ge(d, whole - whole / 2);
		ck_assert_int_le(d, whole);
		whole = whole * 2 > many.cap_ns ? many.cap_ns : whole * 2;
	}
}
END_TEST

/* Never less than the server said, at most a tenth more. */
START_TEST(test_server_delay_is_stretched)
{
	struct row r = {OUTCOME_HTTP, 429, ANY, -1, 10 * S, ACTION_HOLD, 0, ""};
	const struct outcome out = make(&r);
	const int64_t d = decide(&out, 1, 0, randoms[_i]).delay_ns;

	ck_assert_int_ge(d, 10 * S);
	ck_assert_int_le(d, 11 * S);
}
END_TEST

/* Many prompts fail at one moment: they must not come back at one. */
START_TEST(test_jitter_spreads)
{
	const struct row r = {
	    OUTCOME_CONNECT, 0, ANY, PLAIN, ACTION_RETRY, 0, ""};
	const struct outcome out = make(&r);
	int buckets[10] = {0};
	uint64_t random = 1;

	for (int i = 0; i < 1000; i++) {
		int64_t d;

		random = random * UINT64_C(6364136223846793005) +
		         UINT64_C(1442695040888963407);
		d = decide(&out, 3, 0, random).delay_ns - S;
		buckets[d * 10 / (S + 1)]++;
	}
	for (int i = 0; i < 10; i++)
		ck_assert_int_gt(buckets[i], 50);
}
END_TEST

/* Numbers at the ends of their ranges do not overflow. */
START_TEST(test_extremes)
{
	const struct retry_policy wild = {.attempts = INT32_MAX,
	    .unknown_retries = INT32_MAX,
	    .base_ns = INT64_MAX / 2,
	    .cap_ns = INT64_MAX,
	    .server_max_ns = INT64_MAX};
	const struct retry_policy zero = {.attempts = 5};
	const struct retry_state late = {.attempts = INT32_MAX - 1};
	const struct retry_state first = {.attempts = 1};
	struct row r = {OUTCOME_HTTP, 500, ANY, PLAIN, ACTION_RETRY, 0, ""};
	struct outcome out = make(&r);

	ck_assert_int_gt(
	    retry_decide(&wild, &out, &late, UINT64_MAX).delay_ns, 0);
	ck_assert_int_eq(
	    retry_decide(&zero, &out, &first, UINT64_MAX).delay_ns, 0);
	out.retry_after_ns = INT64_MAX;
	ck_assert_int_gt(
	    retry_decide(&wild, &out, &late, UINT64_MAX).delay_ns, 0);
}
END_TEST

/* Without the server's word, an exhausted resource's reset is a hint. */
START_TEST(test_reset_hint)
{
	const struct row r = {
	    OUTCOME_HTTP, 429, ANY, PLAIN, ACTION_HOLD, 0, ""};
	struct outcome out = make(&r);

	out.tokens = (struct rate_state){30000, 0, 12 * S};
	ck_assert_int_eq(decide(&out, 1, 0, 0).delay_ns, 12 * S);
	/* No further than our longest back-off: it means "full again". */
	out.tokens.reset_ns = 360 * S;
	ck_assert_int_eq(decide(&out, 1, 0, 0).delay_ns, 30 * S);
	/* Something left: it is not what stood in the way. */
	out.tokens.remaining = 1;
	ck_assert_int_eq(decide(&out, 1, 0, 0).delay_ns, HALF);
	out.requests = (struct rate_state){500, 0, 3 * S};
	ck_assert_int_eq(decide(&out, 1, 0, 0).delay_ns, 3 * S);
	out.retry_after_ns = S;
	ck_assert_int_eq(decide(&out, 1, 0, 0).delay_ns, S);
}
END_TEST

/* What an attempt costs: estimate 100, usage where there is one 30 + 12. */
static const struct {
	enum outcome_kind kind;
	bool sent;
	bool usage;
	struct charge want; /* minute tokens, requests, day tokens */
} charges[] = {
    /* Answers by their usage, or the estimate without one. */
    {OUTCOME_ANSWER, true, true, {42, 1, 42}},
    {OUTCOME_ANSWER, true, false, {100, 1, 100}},
    {OUTCOME_PARTIAL, true, true, {42, 1, 42}},
    {OUTCOME_PARTIAL, true, false, {100, 1, 100}},
    {OUTCOME_BAD, true, false, {100, 1, 100}},
    {OUTCOME_BAD, true, true, {42, 1, 42}},
    {OUTCOME_TOO_BIG, true, false, {100, 1, 100}},
    /* An HTTP error counts in the minute, and is not billed. */
    {OUTCOME_HTTP, true, false, {100, 1, 0}},
    {OUTCOME_UNSAFE, true, false, {100, 1, 0}},
    /* Never sent: nothing. */
    {OUTCOME_CONNECT, false, false, {0, 0, 0}},
    {OUTCOME_UNSAFE, false, false, {0, 0, 0}},
    {OUTCOME_LOCAL, false, false, {0, 0, 0}},
    {OUTCOME_ABORTED, false, false, {0, 0, 0}},
    {OUTCOME_NONE, false, false, {0, 0, 0}},
    {OUTCOME_WORKER, false, false, {0, 0, 0}},
    /* Fate unknown: as if it had been answered. */
    {OUTCOME_LOST, true, false, {100, 1, 100}},
    {OUTCOME_NONE, true, false, {100, 1, 100}},
    {OUTCOME_ABORTED, true, false, {100, 1, 100}},
    {OUTCOME_LOCAL, true, false, {100, 1, 100}},
    {OUTCOME_WORKER, true, false, {100, 1, 100}},
};

enum {
	CHARGES = sizeof(charges) / sizeof(charges[0])
};

START_TEST(test_charge)
{
	struct outcome out;
	struct charge c;

	outcome_init(&out);
	out.kind = charges[_i].kind;
	out.sent = charges[_i].sent;
	out.has_usage = charges[_i].usage;
	if (out.has_usage) {
		out.input_tokens = 30;
		out.output_tokens = 12;
	}
	c = retry_charge(&out, 100);
	ck_assert_int_eq(c.minute_tokens, charges[_i].want.minute_tokens);
	ck_assert_int_eq(c.minute_requests, charges[_i].want.minute_requests);
	ck_assert_int_eq(c.day_tokens, charges[_i].want.day_tokens);
}
END_TEST

START_TEST(test_charge_never_wraps)
{
	struct outcome out;

	outcome_init(&out);
	out.kind = OUTCOME_ANSWER;
	out.sent = out.has_usage = true;
	out.input_tokens = out.output_tokens = INT64_MAX;
	ck_assert_int_eq(retry_charge(&out, 1).day_tokens, INT64_MAX);
	out.has_usage = false;
	ck_assert_int_eq(retry_charge(&out, -5).day_tokens, 0);
}
END_TEST

START_TEST(test_fate_unknown)
{
	struct outcome out;

	outcome_init(&out);
	out.kind = charges[_i].kind;
	out.sent = charges[_i].sent;
	if (!out.sent)
		ck_assert(!outcome_fate_unknown(&out));
	/* What is unknown is charged, by the estimate. */
	if (outcome_fate_unknown(&out))
		ck_assert_int_eq(retry_charge(&out, 100).day_tokens, 100);
	/* An error that was told is no answer that was lost. */
	strcpy(out.code, "server_error");
	if (out.kind == OUTCOME_BAD)
		ck_assert(!outcome_fate_unknown(&out));
}
END_TEST

/* A 200 that is none is not bought again and again. */
START_TEST(test_bad_is_retried_as_unknown)
{
	const struct row bad = {
	    OUTCOME_BAD, 200, ANY, PLAIN, ACTION_RETRY, 0, ""};
	const struct row told = {
	    OUTCOME_BAD, 200, CODE("server_error"), PLAIN, ACTION_RETRY, 0, ""};
	struct outcome out = make(&bad);

	ck_assert(outcome_fate_unknown(&out));
	ck_assert_int_eq(decide(&out, 1, 1, 0).action, ACTION_RETRY);
	ck_assert_int_eq(decide(&out, 2, 2, 0).action, ACTION_FAIL);
	out = make(&told);
	ck_assert_int_eq(decide(&out, 4, 0, 0).action, ACTION_RETRY);
}
END_TEST

int
main(void)
{
	const int dice = sizeof(randoms) / sizeof(randoms[0]);
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("rows");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_row, 0, ROWS);
	suite_add_tcase(s, t);
	t = tcase_create("table");
	tcase_add_loop_test(t, test_row_accepted, 0, ROWS);
	tcase_add_loop_test(t, test_row_exhausted, 0, ROWS);
	tcase_add_test(t, test_unknown_fate_is_counted);
	tcase_add_test(t, test_timeouts_are_called_so);
	suite_add_tcase(s, t);
	t = tcase_create("delays");
	tcase_add_loop_test(t, test_back_off, 0, dice);
	tcase_add_loop_test(t, test_server_delay_is_stretched, 0, dice);
	tcase_add_test(t, test_jitter_spreads);
	tcase_add_test(t, test_extremes);
	tcase_add_test(t, test_reset_hint);
	suite_add_tcase(s, t);
	t = tcase_create("charges");
	tcase_add_loop_test(t, test_charge, 0, CHARGES);
	suite_add_tcase(s, t);
	t = tcase_create("fates");
	tcase_add_test(t, test_charge_never_wraps);
	tcase_add_loop_test(t, test_fate_unknown, 0, CHARGES);
	tcase_add_test(t, test_bad_is_retried_as_unknown);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	table_report(sr, "rows", "rows of the outcome table");
	table_report(sr, "charges", "rows of what an outcome costs");
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
