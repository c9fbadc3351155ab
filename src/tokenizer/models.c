#include <string.h>

#include "tokenizer.h"

/*
 * Names of models, or (with a '*') what they begin with.  The longest that
 * fits wins.  "ft:" and what follows the second colon are gone by then.
 */
struct model {
	char name[28];
	char encoding[16];
};

static const struct model models[] = {
    /* Current families.  New members keep their family's encoding. */
    {"gpt-5*", "o200k_base"},
    {"gpt-4.5*", "o200k_base"},
    {"gpt-4.1*", "o200k_base"},
    {"gpt-4o*", "o200k_base"},
    {"chatgpt-4o*", "o200k_base"},
    {"o1*", "o200k_base"},
    {"o3*", "o200k_base"},
    {"o4*", "o200k_base"},
    {"gpt-oss*", "o200k_harmony"},
    {"gpt-4", "cl100k_base"},
    {"gpt-4-*", "cl100k_base"},
    {"gpt-3.5*", "cl100k_base"},
    {"gpt-35*", "cl100k_base"}, /* as Azure spells it */
    {"davinci-002*", "cl100k_base"},
    {"babbage-002*", "cl100k_base"},
    {"text-embedding-3*", "cl100k_base"},
    {"text-embedding-ada-002*", "cl100k_base"},
    /* Gone from the API; tiktoken still knows them. */
    {"text-davinci-003", "p50k_base"},
    {"text-davinci-002", "p50k_base"},
    {"code-davinci-*", "p50k_base"},
    {"code-cushman-*", "p50k_base"},
    {"davinci-codex", "p50k_base"},
    {"cushman-codex", "p50k_base"},
    {"text-davinci-edit-*", "p50k_edit"},
    {"code-davinci-edit-*", "p50k_edit"},
    {"text-davinci-001", "r50k_base"},
    {"text-curie-001", "r50k_base"},
    {"text-babbage-001", "r50k_base"},
    {"text-ada-001", "r50k_base"},
    {"text-similarity-*", "r50k_base"},
    {"text-search-*", "r50k_base"},
    {"code-search-*", "r50k_base"},
    {"davinci", "r50k_base"},
    {"davinci:*", "r50k_base"},
    {"curie*", "r50k_base"},
    {"babbage", "r50k_base"},
    {"babbage:*", "r50k_base"},
    {"ada*", "r50k_base"},
    {"gpt2*", "r50k_base"},
    {"gpt-2*", "r50k_base"},
};

/* How many characters of NAME the entry accounts for; 0 if it is another. */
static size_t
match(const struct model *m, const char *name, size_t len)
{
	size_t n = strlen(m->name);

	if (m->name[n - 1] == '*') {
		n--;
		return len >= n && memcmp(m->name, name, n) == 0 ? n : 0;
	}
	/* An exact name beats a prefix that is as long. */
	return len == n && memcmp(m->name, name, n) == 0 ? n + 1 : 0;
}

const struct tok *
tok_for_model(const char *model)
{
	const struct model *best = NULL;
	size_t best_len = 0, len;

	if (strncmp(model, "ft:", 3) == 0) {
		model += 3;
		len = strcspn(model, ":");
	} else {
		len = strlen(model);
	}
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		size_t n = match(&models[i], model, len);

		if (n > best_len) {
			best = &models[i];
			best_len = n;
		}
	}
	return best != NULL ? tok_by_name(best->encoding) : NULL;
}
