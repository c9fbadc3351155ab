#include "status_print.h"

#include "json_out.h"
#include "lockinfo.h"
#include "plain.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *
format_time(int64_t wall, char text[32])
{
	const time_t t = (time_t)(wall / NS_PER_S);
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&t, &tm) != NULL)
		strftime(text, 32, "%F %T", &tm);
	return text;
}

/* A stopped process keeps what it holds from all others. */
static const char *
if_stopped(pid_t pid)
{
	return process_is_stopped(pid) ? " (stopped)" : "";
}

static void
print_counter(const char *what, int64_t used, int64_t limit, int64_t until)
{
	char u[UNITS_TEXT], l[UNITS_TEXT], t[32];

	printf("%-21s %12s of %11s", what, units_format_count(used, u),
	    units_format_count(limit, l));
	if (used > 0)
		printf("   free at %s", format_time(until, t));
	putchar('\n');
}

/* How far the attempt has come, in a word. */
static const char *
stage_of(const struct claim_seen *c)
{
	if (c->record.state != CLAIM_RESERVED)
		return "waiting";
	if (!c->noted)
		return "reserved";
	return c->progress.stage == PROGRESS_DONE ? "done" : "sent";
}

static int64_t
reserved_by(const struct claim_seen *c)
{
	return c->record.state == CLAIM_RESERVED ? c->record.reservation.tokens
	                                         : 0;
}

static void
print_claim(const struct status *s, const struct claim_seen *c)
{
	char n[UNITS_TEXT], since[UNITS_TEXT];

	printf("prompt %d: attempt %d %s, %s tokens reserved, for %s, ",
	    (int)c->record.number, (int)c->record.attempt, stage_of(c),
	    units_format_count(reserved_by(c), n),
	    units_format_duration(s->view.now - c->record.since, since));
	if (c->holder != 0)
		printf(
		    "by process %d%s\n", (int)c->holder, if_stopped(c->holder));
	else
		printf("abandoned: the next run settles it with %s tokens\n",
		    units_format_count(c->charge.day_tokens, n));
}

static void
print_ticket(const struct status *s, const struct ticket *t, size_t place)
{
	char since[UNITS_TEXT], until[32];

	printf("queue %zu: process %d%s, for %s", place, (int)t->pid,
	    if_stopped(t->pid),
	    units_format_duration(s->view.now - t->since, since));
	if (t->until != 0)
		printf(", until %s", format_time(t->until, until));
	putchar('\n');
}

static void
print_text(const struct status *s)
{
	const struct usage *const u = &s->view.usage;
	const struct limits *const lim = &s->cfg->limits;
	const int64_t minute_ends = u->window + lim->window_ns + NS_PER_S;
	char shown[2 * PATH_MAX];

	printf("%s%s\n",
	    plain_copy(shown, sizeof(shown), s->account.ledger.path,
		strlen(s->account.ledger.path)),
	    s->view.future ? " (its Date is in the future)" : "");
	print_counter("tokens this minute", u->minute_tokens,
	    lim->minute_tokens, minute_ends);
	print_counter("requests this minute", u->minute_requests,
	    lim->minute_requests, minute_ends);
	print_counter("tokens today", u->day_tokens, lim->day_tokens,
	    s->view.counted.end);
	if (s->ledger_holder != 0)
		printf("locked by process %d%s\n", (int)s->ledger_holder,
		    if_stopped(s->ledger_holder));
	for (size_t i = 0; i < s->claim_count; i++)
		print_claim(s, &s->claims[i]);
	if (s->passing != 0)
		printf("being admitted: process %d%s\n", (int)s->passing,
		    if_stopped(s->passing));
	for (size_t i = 0; i < s->queue_count; i++)
		print_ticket(s, &s->queue[i], i + 1);
}

static void
add_count(cJSON *o, const char *name, int64_t n)
{
	cJSON_AddNumberToObject(o, name, (double)n);
}

static void
add_time(cJSON *o, const char *name, int64_t wall)
{
	char text[32];

	cJSON_AddStringToObject(o, name, format_time(wall, text));
}

static cJSON *
claim_object(const struct claim_seen *c)
{
	cJSON *const o = cJSON_CreateObject();

	add_count(o, "prompt", c->record.number);
	add_count(o, "pid", c->record.pid);
	if (c->noted)
		add_count(o, "child", c->progress.pid);
	cJSON_AddStringToObject(o, "stage", stage_of(c));
	add_count(o, "attempt", c->record.attempt);
	add_count(o, "reserved_tokens", reserved_by(c));
	add_time(o, "since", c->record.since);
	cJSON_AddBoolToObject(o, "abandoned", c->holder == 0);
	if (c->holder == 0)
		add_count(o, "to_settle_tokens", c->charge.day_tokens);
	return o;
}

static cJSON *
ticket_object(const struct ticket *t)
{
	cJSON *const o = cJSON_CreateObject();

	add_count(o, "pid", t->pid);
	add_time(o, "since", t->since);
	if (t->until != 0)
		add_time(o, "until", t->until);
	return o;
}

static void
add_ledger(cJSON *o, const struct status *s)
{
	const struct usage *const u = &s->view.usage;
	const struct limits *const lim = &s->cfg->limits;
	char path[2 * PATH_MAX];

	cJSON_AddStringToObject(o, "ledger",
	    plain_copy(path, sizeof(path), s->account.ledger.path,
		strlen(s->account.ledger.path)));
	add_count(o, "tokens_within_min", u->minute_tokens);
	add_count(o, "requests_within_min", u->minute_requests);
	add_count(o, "tokens_within_day", u->day_tokens);
	cJSON_AddBoolToObject(
	    o, "minute_token_limit_reached", u->minute_reached);
	cJSON_AddBoolToObject(o, "day_token_limit_reached", u->day_reached);
	add_time(o, "window_began", u->window);
	add_time(o, "window_ends", u->window + lim->window_ns + NS_PER_S);
	add_time(o, "day_ends", s->view.counted.end);
	add_count(o, "limit_minute_tokens", lim->minute_tokens);
	add_count(o, "limit_minute_requests", lim->minute_requests);
	add_count(o, "limit_day_tokens", lim->day_tokens);
	cJSON_AddBoolToObject(o, "date_in_future", s->view.future);
	if (s->ledger_holder != 0)
		add_count(o, "locked_by", s->ledger_holder);
}

static int
print_json(const struct status *s)
{
	cJSON *const o = cJSON_CreateObject();
	cJSON *list;

	add_ledger(o, s);
	list = cJSON_AddArrayToObject(o, "claims");
	for (size_t i = 0; i < s->claim_count; i++)
		cJSON_AddItemToArray(list, claim_object(&s->claims[i]));
	if (s->passing != 0)
		add_count(o, "being_admitted", s->passing);
	list = cJSON_AddArrayToObject(o, "queue");
	for (size_t i = 0; i < s->queue_count; i++)
		cJSON_AddItemToArray(list, ticket_object(&s->queue[i]));
	return json_out(o);
}

int
status_print(const struct status *s)
{
	if (!s->cfg->json)
		print_text(s);
	else if (print_json(s) == -1)
		return -1;
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : -1;
}
