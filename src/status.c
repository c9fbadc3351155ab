#include "status.h"

#include "account.h"
#include "claim.h"
#include "clock.h"
#include "lockinfo.h"
#include "plain.h"
#include "units.h"
#include "workspace.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* One claim file, as a bystander sees it. */
struct seen {
	struct claim_record record;
	pid_t holder; /* 0: abandoned */
};

struct status {
	const struct config *cfg;
	struct account account;
	struct ledger_view view;
	pid_t ledger_holder;
	struct seen *claims; /* by number; owned */
	size_t count;
};

static int
by_number(const void *a, const void *b)
{
	const struct seen *const x = a, *const y = b;

	return (x->record.number > y->record.number) -
	       (x->record.number < y->record.number);
}

static int
look_at(struct status *s, int locks, const char *name)
{
	const int fd = openat(locks, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct seen *const more =
	    reallocarray(s->claims, s->count + 1, sizeof(*s->claims));
	struct stat st;

	if (more != NULL)
		s->claims = more;
	if (fd == -1 || more == NULL) {
		if (fd != -1)
			close(fd);
		return more == NULL ? -1 : 0; /* gone since we saw its name */
	}
	if (fstat(fd, &st) == 0 && claim_read(fd, &s->claims[s->count].record))
		s->claims[s->count++].holder = lock_holder(&st);
	close(fd);
	return 0;
}

static int
look_around(struct status *s, int locks, struct error *err)
{
	const int fd = openat(locks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *const dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int r = 0;

	if (dir == NULL) {
		error_sys(err, "lockfiles: read");
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (name_number(e->d_name, ".lock") != 0)
			r = look_at(s, locks, e->d_name);
	if (r == -1 || errno != 0)
		r = error_sys(err, "lockfiles: read");
	closedir(dir);
	if (s->count > 0)
		qsort(s->claims, s->count, sizeof(*s->claims), by_number);
	return r;
}

static void
format_time(int64_t wall, char text[32])
{
	const time_t t = (time_t)(wall / NS_PER_S);
	struct tm tm;

	text[0] = '\0';
	if (localtime_r(&t, &tm) != NULL)
		strftime(text, 32, "%F %T", &tm);
}

static void
print_counter(
    const char *what, int64_t used, int64_t limit, bool frees, int64_t until)
{
	char u[UNITS_TEXT], l[UNITS_TEXT], t[32];

	printf("%-22s %12s of %12s", what, units_format_count(used, u),
	    units_format_count(limit, l));
	if (frees) {
		format_time(until, t);
		printf("  until %s", t);
	}
	putchar('\n');
}

static void
print_text(const struct status *s)
{
	const struct usage *const u = &s->view.usage;
	const struct limits *const lim = &s->cfg->limits;
	const int64_t minute_ends = u->window + lim->window_ns;
	char shown[2 * PATH_MAX], since[UNITS_TEXT], n[UNITS_TEXT];

	printf("%s%s\n",
	    plain_copy(shown, sizeof(shown), s->account.ledger.path,
		strlen(s->account.ledger.path)),
	    s->view.future ? " (its Date is in the future)" : "");
	print_counter("tokens this minute", u->minute_tokens,
	    lim->minute_tokens, u->minute_tokens > 0, minute_ends);
	print_counter("requests this minute", u->minute_requests,
	    lim->minute_requests, u->minute_requests > 0, minute_ends);
	print_counter("tokens today", u->day_tokens, lim->day_tokens,
	    u->day_tokens > 0, s->view.today.end);
	if (s->ledger_holder != 0)
		printf("locked by process %d\n", (int)s->ledger_holder);
	for (size_t i = 0; i < s->count; i++) {
		const struct claim_record *const c = &s->claims[i].record;

		printf("prompt %d: %s tokens reserved, attempt %d, since %s: ",
		    c->number,
		    units_format_count(
			c->state == CLAIM_RESERVED ? c->reservation.tokens : 0,
			n),
		    c->attempt,
		    units_format_duration(s->view.now - c->since, since));
		if (s->claims[i].holder == 0)
			puts("abandoned; the next run settles it");
		else
			printf("process %d\n", (int)c->pid);
	}
}

static cJSON *
claim_object(const struct seen *c)
{
	cJSON *const o = cJSON_CreateObject();
	char t[32];

	format_time(c->record.since, t);
	cJSON_AddNumberToObject(o, "prompt", c->record.number);
	cJSON_AddNumberToObject(o, "pid", c->record.pid);
	cJSON_AddBoolToObject(o, "abandoned", c->holder == 0);
	cJSON_AddNumberToObject(o, "attempt", c->record.attempt);
	cJSON_AddNumberToObject(o, "reserved_tokens",
	    c->record.state == CLAIM_RESERVED
		? (double)c->record.reservation.tokens
		: 0);
	cJSON_AddStringToObject(o, "since", t);
	return o;
}

static int
print_json(const struct status *s)
{
	const struct usage *const u = &s->view.usage;
	const struct limits *const lim = &s->cfg->limits;
	cJSON *const o = cJSON_CreateObject();
	cJSON *list;
	char t[32];
	char *text;
	int r;

	cJSON_AddStringToObject(o, "ledger", s->account.ledger.path);
	cJSON_AddNumberToObject(
	    o, "tokens_within_min", (double)u->minute_tokens);
	cJSON_AddNumberToObject(
	    o, "requests_within_min", (double)u->minute_requests);
	cJSON_AddNumberToObject(o, "tokens_within_day", (double)u->day_tokens);
	cJSON_AddBoolToObject(
	    o, "minute_token_limit_reached", u->minute_reached);
	cJSON_AddBoolToObject(o, "day_token_limit_reached", u->day_reached);
	format_time(u->window, t);
	cJSON_AddStringToObject(o, "window_began", t);
	format_time(u->window + lim->window_ns, t);
	cJSON_AddStringToObject(o, "window_ends", t);
	format_time(s->view.today.end, t);
	cJSON_AddStringToObject(o, "day_ends", t);
	cJSON_AddNumberToObject(
	    o, "limit_minute_tokens", (double)lim->minute_tokens);
	cJSON_AddNumberToObject(
	    o, "limit_minute_requests", (double)lim->minute_requests);
	cJSON_AddNumberToObject(o, "limit_day_tokens", (double)lim->day_tokens);
	cJSON_AddNumberToObject(o, "locked_by", s->ledger_holder);
	list = cJSON_AddArrayToObject(o, "claims");
	for (size_t i = 0; i < s->count; i++)
		cJSON_AddItemToArray(list, claim_object(&s->claims[i]));
	text = cJSON_Print(o);
	cJSON_Delete(o);
	if (text == NULL)
		return -1;
	r = puts(text) == EOF ? -1 : 0;
	free(text);
	return r;
}

static int
gather(struct status *s, const struct workspace *ws, struct error *err)
{
	struct stat st;

	if (ledger_read(&s->account.ledger, &s->view, err) == -1)
		return -1;
	if (stat(s->account.ledger.path, &st) == 0)
		s->ledger_holder = lock_holder(&st);
	return ws->locks == -1 ? 0 : look_around(s, ws->locks, err);
}

int
status_command(const struct config *cfg)
{
	struct workspace ws = WORKSPACE_INIT;
	struct status s = {.cfg = cfg, .view = LEDGER_VIEW_INIT};
	struct error err;
	char shown[sizeof(err.text)];
	int status = 2;

	if (workspace_open(&ws, false, false, &err) == -1 ||
	    account_open(&s.account, cfg->ledger, -1, &cfg->limits, &err) ==
		-1) {
		fprintf(stderr, "chatgpt-batch: %s\n",
		    plain_copy(
			shown, sizeof(shown), err.text, strlen(err.text)));
		workspace_close(&ws);
		return status;
	}
	if (gather(&s, &ws, &err) == -1) {
		fprintf(stderr, "chatgpt-batch: %s\n",
		    plain_copy(
			shown, sizeof(shown), err.text, strlen(err.text)));
	} else {
		status = EXIT_SUCCESS;
		if (cfg->json)
			(void)print_json(&s);
		else
			print_text(&s);
		if (fflush(stdout) != 0 || ferror(stdout))
			status = EXIT_FAILURE;
	}
	free(s.claims);
	buf_free(&s.view.text);
	account_close(&s.account);
	workspace_close(&ws);
	return status;
}
