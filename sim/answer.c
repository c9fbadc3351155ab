/* What the simulator answers: see answer.h. */
#include "answer.h"
#include "tokenizer.h"

#include <inttypes.h>
#include <string.h>

/* Each a token of its own, with a blank before it, in every encoding. */
static const char *const words[] = {" the", " of", " and", " in", " to", " it",
    " is", " was", " for", " with", " on", " as", " by", " he", " at", " but"};

/* How much of the prompt an answer restates. */
#define RESTATED 48
/* Answers by hash have from this many words, to as many more. */
#define WORDS_MIN 16

static size_t
count(const struct sim_request *req, const struct sim_text *t, size_t len)
{
	return tok_count(req->tok, t->data, len);
}

/* Shortens the answer to at most MAX tokens. */
static void
shorten(struct sim_answer *a, const struct sim_request *req, size_t max)
{
	size_t low = 0, high = a->text.len;

	/* Counts grow with the text but for a token at its end: so search
	 * roughly, then step back until it fits. */
	while (low < high) {
		size_t mid = low + (high - low + 1) / 2;

		if (count(req, &a->text, mid) <= max)
			low = mid;
		else
			high = mid - 1;
	}
	low = sim_utf8_floor(a->text.data, low);
	while ((a->tokens = count(req, &a->text, low)) > max)
		low = sim_utf8_floor(a->text.data, low - 1);
	a->tokens += a->reasoning;
	a->text.len = low;
	a->text.data[low] = '\0';
	a->finish = "length";
}

/* "On "how do tides work" (fnv 0123...):" and so on. */
static void
restate(struct sim_text *t, const struct sim_request *req)
{
	size_t len = req->prompt.len;

	if (len > RESTATED)
		len = sim_utf8_floor(req->prompt.data, RESTATED);
	sim_text_adds(t, "On \"");
	for (size_t i = 0; i < len; i++) {
		const char *c = req->prompt.data + i;

		/* One line, whatever the prompt is. */
		sim_text_add(t, (unsigned char)*c < 0x20 ? " " : c, 1);
	}
	sim_text_addf(t, "\" (fnv %016" PRIx64 "):", req->hash);
}

static void
add_words(struct sim_text *t, uint64_t h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		h = h * UINT64_C(6364136223846793005) + 1442695040888963407u;
		sim_text_adds(t, words[h >> 60]);
	}
}

/* Exactly N tokens: what is said of the prompt if it fits, and words. */
static void
make_sized(struct sim_answer *a, const struct sim_request *req, size_t n)
{
	size_t have;

	restate(&a->text, req);
	have = count(req, &a->text, a->text.len);
	if (have > n) {
		a->text.len = 0;
		have = 0;
	}
	add_words(&a->text, req->hash, n - have);
}

void
sim_answer_make(struct sim_answer *a, const struct sim_request *req,
    const struct sim_manner *how)
{
	*a = (struct sim_answer){.finish = "stop"};
	sim_text_adds(&a->text, "");
	if (how->tokens) {
		make_sized(a, req, how->tokens);
	} else if (how->echo) {
		sim_text_add(&a->text, req->prompt.data, req->prompt.len);
	} else {
		restate(&a->text, req);
		add_words(&a->text, req->hash, WORDS_MIN + req->hash % 64);
	}
	a->tokens = count(req, &a->text, a->text.len);
	if (a->tokens > req->max_tokens)
		shorten(a, req, req->max_tokens);
	a->reasoning = how->thought;
	a->tokens += how->thought;
	a->cached = how->cached;
}

static void
replace_text(struct sim_answer *a, const struct sim_request *req,
    const char *text, size_t len)
{
	a->text.len = 0;
	sim_text_add(&a->text, text, len);
	a->tokens = count(req, &a->text, len) + a->reasoning;
}

/* All tokens spent on thought, none on text. */
static void
only_reasoning(struct sim_answer *a, const char *finish)
{
	a->text.len = 0;
	a->text.data[0] = '\0';
	a->reasoning = a->tokens;
	a->finish = finish;
}

void
sim_answer_spoil(
    struct sim_answer *a, const struct sim_request *req, enum sim_kind kind)
{
	static const char refusal[] = "I'm sorry, I can't help with that.";
	static const char latin1[] = "caf\xe9 cr\xe8me, \xff\xfe";
	static const char nul[] = "before\0after";

	/* A chat is done or it is an error. */
	if (kind >= SIM_FAILED && kind <= SIM_INPROGRESS &&
	    req->api != SIM_RESPONSES)
		return;
	if (kind == SIM_NOCONTENT) {
		a->no_content = true;
	} else if (kind == SIM_NOTEXT) {
		only_reasoning(a, "stop");
	} else if (kind == SIM_REASONING) {
		only_reasoning(a, "length");
	} else if (kind == SIM_LENGTH) {
		shorten(a, req, (a->tokens - a->reasoning + 1) / 2);
	} else if (kind == SIM_FILTER) {
		shorten(a, req, (a->tokens - a->reasoning + 1) / 2);
		a->finish = "content_filter";
	} else if (kind == SIM_REFUSAL) {
		replace_text(a, req, refusal, sizeof(refusal) - 1);
		a->refusal = a->no_content = true;
	} else if (kind == SIM_TOOLCALL) {
		a->tool_call = a->no_content = true;
		a->finish = "tool_calls";
	} else if (kind == SIM_FAILED) {
		a->status = "failed";
	} else if (kind == SIM_QUEUED) {
		a->status = "queued";
	} else if (kind == SIM_INPROGRESS) {
		a->status = "in_progress";
	} else if (kind == SIM_LATIN1) {
		replace_text(a, req, latin1, sizeof(latin1) - 1);
	} else if (kind == SIM_NUL) {
		replace_text(a, req, nul, sizeof(nul) - 1);
	} else if (kind == SIM_NOUSAGE) {
		a->usage = SIM_USAGE_NONE;
	} else if (kind == SIM_LIESUSAGE) {
		a->usage = SIM_USAGE_LIE;
	} else if (kind == SIM_BADUSAGE) {
		a->usage = SIM_USAGE_BAD;
	}
}

void
sim_answer_free(struct sim_answer *a)
{
	sim_text_free(&a->text);
}
