#include "tok.h"

#include <stdio.h>
#include <string.h>

/* Special tokens by name, without the "<|" and "|>" about them. */
struct special {
	char name[16];
	uint32_t id;
	uint8_t in; /* bit per SPECIALS_* */
};

#define IN(s) (1u << SPECIALS_##s)

static const struct special specials[] = {
    {"endoftext", 50256, IN(R50K) | IN(P50K_EDIT)},
    {"fim_prefix", 50281, IN(P50K_EDIT)},
    {"fim_middle", 50282, IN(P50K_EDIT)},
    {"fim_suffix", 50283, IN(P50K_EDIT)},
    {"endoftext", 100257, IN(CL100K)},
    {"fim_prefix", 100258, IN(CL100K)},
    {"fim_middle", 100259, IN(CL100K)},
    {"fim_suffix", 100260, IN(CL100K)},
    {"endofprompt", 100276, IN(CL100K)},
    {"startoftext", 199998, IN(HARMONY)},
    {"endoftext", 199999, IN(O200K) | IN(HARMONY)},
    {"return", 200002, IN(HARMONY)},
    {"constrain", 200003, IN(HARMONY)},
    {"channel", 200005, IN(HARMONY)},
    {"start", 200006, IN(HARMONY)},
    {"end", 200007, IN(HARMONY)},
    {"message", 200008, IN(HARMONY)},
    {"call", 200012, IN(HARMONY)},
    {"endofprompt", 200018, IN(O200K) | IN(HARMONY)},
};
#define NSPECIAL (sizeof(specials) / sizeof(specials[0]))

/* o200k_harmony calls the rest, from 200000 to this, "reserved_N". */
#define RESERVED_FIRST 200000u
#define RESERVED_LAST 201087u

/*
 * Is ID one of those?  From 200013 on every one has such a name, even 200018
 * that has another one too.
 */
static bool
is_reserved(uint32_t id)
{
	if (id < RESERVED_FIRST || id > RESERVED_LAST)
		return false;
	for (size_t i = 0; i < NSPECIAL; i++)
		if (specials[i].id == id && id <= 200012)
			return false;
	return true;
}

/* The id of "reserved_N", written as the vocabulary writes it. */
static uint32_t
reserved_id(const char *name, size_t len)
{
	static const char prefix[] = "reserved_";
	uint32_t id = 0;

	if (len != sizeof(prefix) - 1 + 6 ||
	    memcmp(name, prefix, sizeof(prefix) - 1) != 0)
		return ID_NONE;
	for (size_t i = sizeof(prefix) - 1; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return ID_NONE;
		id = id * 10 + (uint32_t)(name[i] - '0');
	}
	return is_reserved(id) ? id : ID_NONE;
}

uint32_t
special_at(
    const struct tok *tok, const uint8_t *p, const uint8_t *end, size_t *len)
{
	size_t max =
	    (size_t)(end - p) < SPECIAL_MAX ? (size_t)(end - p) : SPECIAL_MAX;
	const char *name = (const char *)p + 2;
	const uint8_t *close;
	size_t n;

	if (max < 5 || p[0] != '<' || p[1] != '|')
		return ID_NONE;
	close = memmem(p + 2, max - 2, "|>", 2);
	if (close == NULL)
		return ID_NONE;
	n = (size_t)(close - p) - 2;
	*len = n + 4;
	for (size_t i = 0; i < NSPECIAL; i++)
		if (specials[i].in & 1u << tok->specials &&
		    strlen(specials[i].name) == n &&
		    memcmp(specials[i].name, name, n) == 0)
			return specials[i].id;
	return tok->specials == SPECIALS_HARMONY ? reserved_id(name, n)
	                                         : ID_NONE;
}

size_t
special_text(const struct tok *tok, uint32_t id, char buf[SPECIAL_MAX + 1])
{
	int n = 0;

	for (size_t i = 0; i < NSPECIAL; i++)
		if (specials[i].id == id &&
		    specials[i].in & 1u << tok->specials)
			n = snprintf(
			    buf, SPECIAL_MAX + 1, "<|%s|>", specials[i].name);
	if (n == 0 && tok->specials == SPECIALS_HARMONY && is_reserved(id))
		n = snprintf(buf, SPECIAL_MAX + 1, "<|reserved_%u|>", id);
	return (size_t)n;
}
