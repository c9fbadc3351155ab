#include "partial.h"

#include <string.h>

enum partial_kind {
	KIND_LENGTH,
	KIND_FILTER,
	KIND_REFUSAL,
	KIND_TOOL_CALLS,
	KIND_EMPTY,
	KIND_OTHER,
	KINDS,
	KIND_UNDONE /* it would have to be asked for again: never good */
};

static const char *const words[KINDS] = {
    [KIND_LENGTH] = "length",
    [KIND_FILTER] = "content_filter",
    [KIND_REFUSAL] = "refusal",
    [KIND_TOOL_CALLS] = "tool_calls",
    [KIND_EMPTY] = "empty",
    [KIND_OTHER] = "other",
};

struct partial {
	const char *finish; /* as the server said it */
	enum partial_kind kind;
	const char *label;
};

static const struct partial partials[] = {
    {"length", KIND_LENGTH, "cut off"},
    {"max_output_tokens", KIND_LENGTH, "cut off"},
    {"content_filter", KIND_FILTER, "filtered"},
    {"refusal", KIND_REFUSAL, "refused by the model"},
    {"tool_calls", KIND_TOOL_CALLS, "tool call"},
    {"function_call", KIND_TOOL_CALLS, "tool call"},
    {"stop", KIND_EMPTY, "empty"},
    {"", KIND_OTHER, "unfinished"},
    {"incomplete", KIND_OTHER, "unfinished"},
    {"queued", KIND_UNDONE, "unfinished"},
    {"in_progress", KIND_UNDONE, "unfinished"},
    {"cancelled", KIND_UNDONE, "unfinished"},
};

/* Those that are something else if there is no text. */
static const struct partial cut_before_text = {
    "length", KIND_EMPTY, "cut off before any text"};
static const struct partial unusual = {NULL, KIND_OTHER, "unusual finish"};
static const struct partial empty = {NULL, KIND_EMPTY, "empty"};

static const struct partial *
find(const struct outcome *out)
{
	const struct partial *p = &unusual;

	for (size_t i = 0; i < sizeof(partials) / sizeof(partials[0]); i++)
		if (strcmp(partials[i].finish, out->finish) == 0)
			p = &partials[i];
	if (out->empty && p->kind == KIND_LENGTH)
		return &cut_before_text;
	if (out->empty && p->kind == KIND_OTHER)
		return &empty;
	return p;
}

const char *
partial_label(const struct outcome *out)
{
	return find(out)->label;
}

bool
partial_accepted(unsigned accepted, const struct outcome *out)
{
	if (out->kind != OUTCOME_PARTIAL)
		return false;
	return (accepted & 1u << find(out)->kind) != 0;
}

unsigned
partial_kind(const char *word, size_t len)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return 1u << i;
	return 0;
}

const char *
partial_word(size_t i)
{
	return i < KINDS ? words[i] : NULL;
}
