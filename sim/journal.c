/* What was received and answered: see journal.h. */
#include "journal.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void
free_record(struct sim_record *r)
{
	free(r->method);
	free(r->path);
	free(r->model);
	free(r->idempotency_key);
	free(r->organization);
	free(r->project);
	free(r->user_agent);
	free(r->prompt);
	free(r);
}

struct sim_record *
sim_journal_add(struct sim_journal *j, int64_t now)
{
	struct sim_record *r = sim_alloc(1, sizeof(*r));

	if (j->n == j->cap) {
		j->cap = j->cap ? j->cap * 2 : 64;
		j->list =
		    reallocarray(j->list, j->cap, sizeof(struct sim_record *));
		if (!j->list)
			err(1, "no memory for the journal");
	}
	j->list[j->n++] = r;
	j->in_flight++;
	if (j->in_flight > j->max_in_flight)
		j->max_in_flight = j->in_flight;
	r->seq = j->n;
	r->received_us = now;
	r->in_flight = j->in_flight;
	r->fault = "";
	return r;
}

void
sim_journal_answered(struct sim_journal *j, struct sim_record *r, int64_t now)
{
	r->answered_us = now;
	if (!r->orphan)
		j->answered++;
}

static void
add_string(struct sim_text *out, const char *name, const char *value)
{
	sim_text_addf(out, ",\"%s\":", name);
	if (value)
		sim_text_quote(out, value, strlen(value));
	else
		sim_text_adds(out, "null");
}

static void
add_time(struct sim_text *out, const char *name, int64_t us)
{
	if (us)
		sim_text_addf(out, ",\"%s\":%" PRId64 ".%03d", name, us / 1000,
		    (int)(us % 1000));
	else
		sim_text_addf(out, ",\"%s\":null", name);
}

static const char *
boolean(bool b)
{
	return b ? "true" : "false";
}

static void
print_record(const struct sim_record *r, struct sim_text *out)
{
	sim_text_addf(out, "{\"seq\":%" PRIu64, r->seq);
	add_time(out, "received_ms", r->received_us);
	add_time(out, "answered_ms", r->answered_us);
	add_time(out, "done_ms", r->done_us);
	add_string(out, "method", r->method);
	add_string(out, "path", r->path);
	add_string(out, "model", r->model);
	sim_text_addf(out, ",\"prompt_hash\":\"%016" PRIx64 "\"", r->hash);
	add_string(out, "prompt", r->prompt);
	sim_text_addf(out, ",\"attempt\":%" PRIu64, r->attempt);
	sim_text_addf(out, ",\"authorization\":%s", boolean(r->authorization));
	add_string(out, "idempotency_key", r->idempotency_key);
	add_string(out, "organization", r->organization);
	add_string(out, "project", r->project);
	add_string(out, "user_agent", r->user_agent);
	sim_text_addf(out, ",\"status\":%u", r->status);
	add_string(out, "fault", r->fault);
	sim_text_addf(out,
	    ",\"prompt_tokens\":%" PRIu64 ",\"completion_tokens\":%" PRIu64,
	    r->prompt_tokens, r->completion_tokens);
	sim_text_addf(out, ",\"billed\":%s,\"delivered\":%s,\"in_flight\":%u}",
	    boolean(r->billed), boolean(r->delivered), r->in_flight);
}

/* A journal file that cannot be written must not pass for a whole one. */
static void
append_line(FILE *file, const struct sim_record *r)
{
	struct sim_text line = {0};

	print_record(r, &line);
	sim_text_adds(&line, "\n");
	if (fwrite(line.data, 1, line.len, file) != line.len || fflush(file))
		err(1, "cannot append to the journal file");
	sim_text_free(&line);
}

void
sim_journal_done(
    struct sim_journal *j, struct sim_record *r, int64_t now, bool delivered)
{
	r->done_us = now;
	r->delivered = delivered;
	j->in_flight--;
	if (j->file && !r->orphan)
		append_line(j->file, r);
	if (r->orphan)
		free_record(r);
}

void
sim_journal_clear(struct sim_journal *j)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->list[i]->done_us)
			free_record(j->list[i]);
		else
			j->list[i]->orphan = true;
	}
	free(j->list);
	j->list = NULL;
	j->n = j->cap = j->answered = 0;
	j->max_in_flight = j->in_flight;
}

void
sim_journal_print(const struct sim_journal *j, struct sim_text *out)
{
	sim_text_adds(out, "[");
	for (size_t i = 0; i < j->n; i++) {
		sim_text_adds(out, i ? ",\n" : "\n");
		print_record(j->list[i], out);
	}
	sim_text_adds(out, "\n]\n");
}

/* ,"status":{"200":N,...} of what was sent; 0 counts those without. */
static void
print_statuses(const struct sim_journal *j, struct sim_text *out)
{
	size_t counts[1000] = {0};
	const char *comma = "";

	for (size_t i = 0; i < j->n; i++) {
		if (j->list[i]->done_us && j->list[i]->status < 1000)
			counts[j->list[i]->status]++;
	}
	sim_text_adds(out, ",\n\"status\": {");
	for (size_t s = 0; s < 1000; s++) {
		if (!counts[s])
			continue;
		sim_text_addf(out, "%s\"%zu\": %zu", comma, s, counts[s]);
		comma = ", ";
	}
	sim_text_adds(out, "}");
}

void
sim_journal_stats(
    const struct sim_journal *j, size_t held, struct sim_text *out)
{
	uint64_t billed = 0, input = 0, output = 0, delivered = 0;

	for (size_t i = 0; i < j->n; i++) {
		const struct sim_record *r = j->list[i];

		delivered += r->delivered;
		if (!r->billed)
			continue;
		billed++;
		input += r->prompt_tokens;
		output += r->completion_tokens;
	}
	sim_text_addf(out,
	    "{\n\"requests\": %zu,\n\"answered\": %zu,\n"
	    "\"delivered\": %" PRIu64 ",\n\"in_flight\": %u,\n"
	    "\"max_in_flight\": %u,\n\"held\": %zu,\n",
	    j->n, j->answered, delivered, j->in_flight, j->max_in_flight, held);
	sim_text_addf(out,
	    "\"billed\": %" PRIu64 ",\n\"billed_input_tokens\": %" PRIu64
	    ",\n\"billed_output_tokens\": %" PRIu64
	    ",\n\"billed_total_tokens\": %" PRIu64,
	    billed, input, output, input + output);
	print_statuses(j, out);
	sim_text_adds(out, "\n}\n");
}
