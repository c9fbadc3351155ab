#include "progress.h"

#include "clock.h"
#include "plain.h"
#include "units.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	REDRAW_MS = 200
};

void
progress_init(struct progress *p, bool quiet, bool verbose)
{
	*p = (struct progress){.live = !quiet && isatty(STDERR_FILENO) == 1,
	    .quiet = quiet,
	    .verbose = verbose};
}

void
progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}

static void say(struct progress *p, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
say(struct progress *p, const char *fmt, va_list ap)
{
	char text[2048], shown[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	progress_clear(p);
	fprintf(stderr, "chatgpt-batch: %s\n",
	    plain_copy(shown, sizeof(shown), text, strlen(text)));
}

void
progress_note(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	say(p, fmt, ap);
	va_end(ap);
}

void
progress_detail(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->verbose)
		return;
	va_start(ap, fmt);
	say(p, fmt, ap);
	va_end(ap);
}

void
progress_warn(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(p, fmt, ap);
	va_end(ap);
}

static void
format_clock(int64_t wall, char text[16])
{
	const time_t t = (time_t)((wall + NS_PER_S - 1) / NS_PER_S);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(text, 16, "%H:%M:%S", &tm) == 0)
		text[0] = '\0';
}

void
progress_wait(struct progress *p, int64_t until, const char *fmt, ...)
{
	char why[sizeof(p->wait)], clock[16], left[UNITS_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (until == p->wait_until && strcmp(why, p->wait) == 0)
		return;
	memcpy(p->wait, why, sizeof(why));
	p->wait_until = until;
	if (until == 0) {
		progress_note(p, "waiting: %s", why);
		return;
	}
	format_clock(until, clock);
	progress_note(p, "waiting until %s (%s): %s", clock,
	    units_format_duration(until - clock_wall(), left), why);
}

void
progress_wait_over(struct progress *p)
{
	p->wait[0] = '\0';
	p->wait_until = 0;
}

/* Time left, from how long the finished ones took; "" if too early to say. */
static void
format_eta(const struct progress_state *s, char text[48])
{
	const size_t left = s->total - s->done;
	char d[UNITS_TEXT];

	text[0] = '\0';
	if (s->done > 0 && left > 0)
		snprintf(text, 48, ", about %s left",
		    units_format_duration(
			s->elapsed / (int64_t)s->done * (int64_t)left, d));
}

int64_t
progress_draw(struct progress *p, const struct progress_state *s)
{
	const int64_t period = REDRAW_MS * (NS_PER_S / 1000);
	const int64_t now = clock_boot();
	char line[256], eta[48], left[UNITS_TEXT];

	if (!p->live)
		return -1;
	if (p->drawn && now - p->drawn_at < period)
		return period - (now - p->drawn_at);
	if (p->wait_until != 0) {
		snprintf(line, sizeof(line), "%zu/%zu done, waiting %s: %s",
		    s->done, s->total,
		    units_format_duration(p->wait_until - clock_wall(), left),
		    p->wait);
	} else {
		format_eta(s, eta);
		snprintf(line, sizeof(line),
		    "%zu/%zu done, %zu failed, %zu running, %zu to retry%s",
		    s->done, s->total, s->failed, s->running, s->resting, eta);
	}
	fprintf(stderr, "\r\033[K%.*s", 79, line);
	p->drawn = true;
	p->drawn_at = now;
	return period;
}

const char *
progress_limit(enum verdict v, const struct limits *lim, char text[80])
{
	char n[UNITS_TEXT];

	switch (v) {
	case NEVER_BATCH_TOKENS:
		snprintf(text, 80, "%s tokens in one batch",
		    units_format_count(lim->batch_tokens, n));
		break;
	case WAIT_MINUTE_TOKENS:
	case NEVER_MINUTE_TOKENS:
		snprintf(text, 80, "%s tokens a minute",
		    units_format_count(lim->minute_tokens, n));
		break;
	case WAIT_MINUTE_REQUESTS:
	case NEVER_MINUTE_REQUESTS:
		snprintf(text, 80, "%s requests a minute",
		    units_format_count(lim->minute_requests, n));
		break;
	case WAIT_DAY_TOKENS:
	case NEVER_DAY_TOKENS:
		snprintf(text, 80, "%s tokens a day",
		    units_format_count(lim->day_tokens, n));
		break;
	case ADMIT:
		text[0] = '\0';
		break;
	}
	return text;
}
