/* Faults by name and by chance: see fault.h. */
#include "fault.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SIM_KINDS] = {
    [SIM_NONE] = "",
    [SIM_400] = "400",
    [SIM_401] = "401",
    [SIM_403] = "403",
    [SIM_404] = "404",
    [SIM_408] = "408",
    [SIM_409] = "409",
    [SIM_413] = "413",
    [SIM_422] = "422",
    [SIM_429] = "429",
    [SIM_500] = "500",
    [SIM_502] = "502",
    [SIM_503] = "503",
    [SIM_504] = "504",
    [SIM_529] = "529",
    [SIM_QUOTA] = "quota",
    [SIM_TOOLARGE] = "toolarge",
    [SIM_CONTEXT] = "context",
    [SIM_SLOWDOWN] = "slowdown",
    [SIM_REDIRECT] = "redirect",
    [SIM_CUSTOM] = "custom",
    [SIM_MISREAD] = "misread",
    [SIM_BADJSON] = "badjson",
    [SIM_EMPTY] = "empty",
    [SIM_NOCONTENT] = "nocontent",
    [SIM_NOTEXT] = "notext",
    [SIM_LENGTH] = "length",
    [SIM_FILTER] = "filter",
    [SIM_REFUSAL] = "refusal",
    [SIM_TOOLCALL] = "toolcall",
    [SIM_REASONING] = "reasoning",
    [SIM_NOUSAGE] = "nousage",
    [SIM_LIESUSAGE] = "liesusage",
    [SIM_BADUSAGE] = "badusage",
    [SIM_LATIN1] = "latin1",
    [SIM_NUL] = "nul",
    [SIM_CUT] = "cut",
    [SIM_DRIP] = "drip",
    [SIM_HUGE] = "huge",
    [SIM_HTTP10] = "http10",
    [SIM_BOMB] = "bomb",
    [SIM_HEADERS] = "headers",
    [SIM_BADCHUNK] = "badchunk",
    [SIM_SHORT] = "short",
    [SIM_GARBAGE] = "garbage",
    [SIM_FAILED] = "failed",
    [SIM_QUEUED] = "queued",
    [SIM_INPROGRESS] = "inprogress",
    [SIM_HANG] = "hang",
    [SIM_CLOSE] = "close",
    [SIM_HOLD] = "hold",
    [SIM_EARLY] = "early",
};

enum sim_kind
sim_kind_by_name(const char *name, size_t len)
{
	for (int k = SIM_NONE + 1; k < SIM_KINDS; k++) {
		/* These two come from markers only. */
		if (k == SIM_CUSTOM || k == SIM_MISREAD)
			continue;
		if (strlen(names[k]) == len && !memcmp(names[k], name, len))
			return (enum sim_kind)k;
	}
	return SIM_NONE;
}

const char *
sim_kind_name(enum sim_kind kind)
{
	return names[kind];
}

/* One KIND[=ARG]:PROBABILITY; false with WHY set if it is not that. */
static bool
parse_one(struct sim_fault *f, const char *s, size_t len, struct sim_text *why)
{
	const char *end = s + len, *colon = memrchr(s, ':', len), *eq;
	char *number, *stop;
	size_t name_len;
	bool ok;

	*f = (struct sim_fault){0};
	if (!colon) {
		sim_text_addf(why, "'%.*s': no ':PROBABILITY'", (int)len, s);
		return false;
	}
	eq = memchr(s, '=', (size_t)(colon - s));
	name_len = (size_t)((eq ? eq : colon) - s);
	f->kind = sim_kind_by_name(s, name_len);
	if (f->kind == SIM_NONE) {
		sim_text_addf(why, "'%.*s': no such kind of fault; there are",
		    (int)name_len, s);
		for (int k = SIM_NONE + 1; k < SIM_KINDS; k++) {
			if (k != SIM_CUSTOM && k != SIM_MISREAD)
				sim_text_addf(why, " %s", names[k]);
		}
		return false;
	}
	number = sim_strndup(colon + 1, (size_t)(end - colon - 1));
	f->probability = strtod(number, &stop);
	/* Written so that NaN fails too. */
	ok = stop != number && !*stop && f->probability >= 0 &&
	     f->probability <= 1;
	if (!ok)
		sim_text_addf(
		    why, "'%s': not a probability from 0 to 1", number);
	free(number);
	if (ok && eq)
		f->arg = sim_strndup(eq + 1, (size_t)(colon - eq - 1));
	return ok;
}

bool
sim_faults_parse(
    struct sim_faults *faults, const char *spec, struct sim_text *why)
{
	double sum = 0;

	for (;;) {
		size_t len = strcspn(spec, ",");
		struct sim_fault f;

		if (!parse_one(&f, spec, len, why))
			return false;
		faults->list = reallocarray(
		    faults->list, faults->n + 1, sizeof(*faults->list));
		if (!faults->list)
			err(1, "no memory for a list of faults");
		faults->list[faults->n++] = f;
		if (!spec[len])
			break;
		spec += len + 1;
	}
	for (size_t i = 0; i < faults->n; i++)
		sum += faults->list[i].probability;
	if (sum > 1 + 1e-9) {
		sim_text_addf(why, "probabilities sum to %g, more than 1", sum);
		return false;
	}
	return true;
}

const struct sim_fault *
sim_faults_draw(
    const struct sim_faults *faults, uint64_t seed, uint64_t prompt, uint64_t n)
{
	uint64_t h = SIM_HASH_START;
	double u;

	h = sim_hash(h, &seed, sizeof(seed));
	h = sim_hash(h, &prompt, sizeof(prompt));
	h = sim_hash(h, &n, sizeof(n));
	u = sim_uniform(h);
	for (size_t i = 0; i < faults->n; i++) {
		u -= faults->list[i].probability;
		if (u < 0)
			return &faults->list[i];
	}
	return NULL;
}

void
sim_faults_free(struct sim_faults *faults)
{
	for (size_t i = 0; i < faults->n; i++)
		free(faults->list[i].arg);
	free(faults->list);
	*faults = (struct sim_faults){0};
}
