#define PCRE2_CODE_UNIT_WIDTH 8
#include "tok_ref.h"

#include <err.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * PCRE2's own \s has U+180E, which is no White_Space since Unicode 6.3, so
 * the property is spelt out.
 */
#define WS                                                               \
	"\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}" \
	"\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
#define S "[" WS "]"
#define OTHER "[^" WS "\\p{L}\\p{N}]"
#define ENDS "|" S "+(?![^" WS "])|" S "+"
#define CONTRACTIONS "'s|'t|'re|'ve|'m|'ll|'d"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define PREFIX "[^\\r\\n\\p{L}\\p{N}]?"

static const char p50[] = CONTRACTIONS "| ?\\p{L}+| ?\\p{N}+| ?" OTHER "+" ENDS;
static const char p100[] = "(?i:" CONTRACTIONS ")|" PREFIX "\\p{L}+|\\p{N}{1,3}"
			   "| ?" OTHER "+[\\r\\n]*|" S "*[\\r\\n]+" ENDS;
static const char p200[] =
    PREFIX UPPER "*" LOWER "+(?i:" CONTRACTIONS ")?"
		 "|" PREFIX UPPER "+" LOWER "*(?i:" CONTRACTIONS ")?"
		 "|\\p{N}{1,3}| ?" OTHER "+[\\r\\n/]*|" S "*[\\r\\n]+" ENDS;

static const struct {
	const char *encoding, *file, *pattern;
} known[] = {
    {"r50k_base", "r50k_base", p50},
    {"p50k_base", "p50k_base", p50},
    {"p50k_edit", "p50k_base", p50},
    {"cl100k_base", "cl100k_base", p100},
    {"o200k_base", "o200k_base", p200},
    {"o200k_harmony", "o200k_base", p200},
};

struct word {
	uint8_t *bytes;
	size_t len;
};

#define NHASH (1u << 20)
#define NONE 0xffffffffu

struct ref {
	pcre2_code *code;
	pcre2_match_data *match;
	struct word *word; /* by rank */
	uint32_t nword;
	uint32_t hash[NHASH]; /* rank + 1 */
};

static void *
must(void *p)
{
	if (p == NULL)
		err(1, "tok_ref");
	return p;
}

static uint32_t
hash_of(const uint8_t *b, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 1099511628211u;
	return (uint32_t)(h ^ h >> 29) % NHASH;
}

static uint32_t
rank_of(const struct ref *ref, const uint8_t *b, size_t len)
{
	for (uint32_t i = hash_of(b, len); ref->hash[i] != 0;
	     i = (i + 1) % NHASH) {
		const struct word *w = &ref->word[ref->hash[i] - 1];

		if (w->len == len && memcmp(w->bytes, b, len) == 0)
			return ref->hash[i] - 1;
	}
	return NONE;
}

static size_t
decode_base64(const char *s, size_t n, uint8_t *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = 0;
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < n && s[i] != '='; i++) {
		bits = bits << 6 | (unsigned)(strchr(digits, s[i]) - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[len++] = (uint8_t)(bits >> have);
		}
	}
	return len;
}

static void
load(struct ref *ref, const char *name)
{
	char path[128], line[512];
	FILE *in;

	snprintf(path, sizeof(path), "data/encodings/%s.tiktoken", name);
	in = fopen(path, "r");
	if (in == NULL)
		err(1, "%s", path);
	ref->word = must(calloc(1u << 18, sizeof(*ref->word)));
	while (fgets(line, sizeof(line), in) != NULL) {
		size_t n = strcspn(line, " ");
		uint32_t rank = (uint32_t)strtoul(line + n, NULL, 10), i;
		struct word *w = &ref->word[rank];

		w->bytes = must(malloc(n));
		w->len = decode_base64(line, n, w->bytes);
		for (i = hash_of(w->bytes, w->len); ref->hash[i] != 0;)
			i = (i + 1) % NHASH;
		ref->hash[i] = rank + 1;
		if (rank >= ref->nword)
			ref->nword = rank + 1;
	}
	fclose(in);
}

static pcre2_code *
compile(const char *pattern)
{
	int error;
	size_t at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern,
	    PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &error, &at, NULL);

	if (code == NULL)
		errx(1, "pattern: error %d at %zu", error, at);
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

struct ref *
ref_new(const char *encoding)
{
	struct ref *ref = must(calloc(1, sizeof(*ref)));

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].encoding, encoding) != 0)
			continue;
		load(ref, known[i].file);
		ref->code = compile(known[i].pattern);
		ref->match =
		    must(pcre2_match_data_create_from_pattern(ref->code, NULL));
		return ref;
	}
	errx(1, "no reference for %s", encoding);
}

void
ref_free(struct ref *ref)
{
	for (uint32_t i = 0; i < ref->nword; i++)
		free(ref->word[i].bytes);
	free(ref->word);
	pcre2_match_data_free(ref->match);
	pcre2_code_free(ref->code);
	free(ref);
}

/* Merge the pair of lowest rank, the leftmost of equals, until none is. */
static size_t
merge(const struct ref *ref, const uint8_t *text, size_t len, uint32_t *ids)
{
	size_t *start = must(malloc((len + 1) * sizeof(*start)));
	uint32_t *rank = must(malloc((len + 1) * sizeof(*rank)));
	size_t n = len;

	/* RANK is that of each part with its right neighbour. */
	for (size_t i = 0; i <= len; i++) {
		start[i] = i;
		rank[i] = i + 2 <= len ? rank_of(ref, text + i, 2) : NONE;
	}
	while (n > 1) {
		size_t at = 0;

		for (size_t i = 1; i + 1 < n; i++)
			if (rank[i] < rank[at])
				at = i;
		if (rank[at] == NONE)
			break;
		memmove(&start[at + 1], &start[at + 2],
		    (n - at - 1) * sizeof(*start));
		memmove(
		    &rank[at + 1], &rank[at + 2], (n - at - 2) * sizeof(*rank));
		n--;
		for (size_t i = at > 0 ? at - 1 : 0; i <= at && i < n; i++)
			rank[i] = i + 2 <= n ? rank_of(ref, text + start[i],
						   start[i + 2] - start[i])
			                     : NONE;
	}
	for (size_t i = 0; i < n; i++)
		ids[i] = rank_of(ref, text + start[i], start[i + 1] - start[i]);
	free(start);
	free(rank);
	return n;
}

size_t
ref_encode(
    const struct ref *ref, const uint8_t *text, size_t len, uint32_t *ids)
{
	size_t pos = 0, n = 0;

	while (pos < len) {
		PCRE2_SIZE *at;
		uint32_t id;

		if (pcre2_match(ref->code, text, len, pos, PCRE2_NO_UTF_CHECK,
			ref->match, NULL) < 1)
			errx(1, "the pattern does not match at %zu", pos);
		at = pcre2_get_ovector_pointer(ref->match);
		if (at[0] != pos || at[1] <= pos)
			errx(1, "the pattern left a gap at %zu", pos);
		id = rank_of(ref, text + pos, at[1] - pos);
		if (id != NONE)
			ids[n++] = id;
		else
			n += merge(ref, text + pos, at[1] - pos, ids + n);
		pos = at[1];
	}
	return n;
}

const uint8_t *
ref_token(const struct ref *ref, uint32_t id, size_t *len)
{
	if (id >= ref->nword || ref->word[id].len == 0)
		return NULL;
	*len = ref->word[id].len;
	return ref->word[id].bytes;
}

uint32_t
ref_ntok(const struct ref *ref)
{
	return ref->nword;
}

/* splitmix64 */
uint64_t
ref_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t
ref_utf8(uint32_t cp, uint8_t *out)
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (uint8_t)(0xc0 | cp >> 6);
		out[1] = (uint8_t)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (uint8_t)(0xe0 | cp >> 12);
		out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | cp >> 18);
	out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (cp & 0x3f));
	return 4;
}

int
ref_knows(uint32_t cp)
{
	static pcre2_code *unassigned;
	static pcre2_match_data *match;
	uint8_t c[4];

	if (unassigned == NULL) {
		unassigned = compile("\\p{Cn}");
		match = must(
		    pcre2_match_data_create_from_pattern(unassigned, NULL));
	}
	return pcre2_match(unassigned, c, ref_utf8(cp, c), 0, 0, match, NULL) <
	       0;
}

static uint32_t
random_cp(uint64_t *seed)
{
	static const uint32_t limit[] = {
	    0x80, 0x100, 0x250, 0x600, 0x3000, 0x10000, 0x20000, 0x110000};
	uint32_t cp;

	do
		cp = (uint32_t)(ref_random(seed) % limit[ref_random(seed) % 8]);
	while ((cp >= 0xd800 && cp < 0xe000) || !ref_knows(cp));
	return cp;
}

static const char *const traps[] = {" ", " ", " ", "  ", "   ", "\t", "\n",
    "\n", "\r", "\r\n", "\n\n", "\v", "\u00a0", "\xc2\x85", "\u3000", "\u2028",
    "\u180e", "\u200b", "a", "b", "e", "s", "t", "A", "B", "S", "T", "the",
    "The", "ing", "HTML", "Case", "camelCase", "'", "'s", "'S", "'t", "'T",
    "'re", "'RE", "'Ve", "'ll", "'lL", "'d", "'M", "'\u017f", "\u017f",
    "'\u212a", "\u212a", "'r", "'l", "'x", "\u2019s", "0", "1", "7", "42",
    "123", "1234", "\u00bd", "\u0663", "\u2163", "\u00b2", ".", ",", "!", "?",
    "/", "//", "/\n", "-", "--", "_", "(", ")", "{", "}", "\"", "<", "<|", "|>",
    "<|endoftext|>", "#", "$", "\u00e9", "\u00c9", "\u00df", "e\u0301",
    "\u0301", "\u0903", "\u20dd", "\u01c5", "\u02b0", "\u00aa", "\u4e2d",
    "\u6587", "\u4e2d\u6587", "\u3042", "\u30a2", "\uac00", "\u0e01", "\u0627",
    "\u05d0", "\u0430", "\u0410", "\U00010400", "\U00020000", "\U0001f600",
    "\u200d", "\ufe0f", "\ufffd", "\u20ac", "\u0130", "\u0131", ""};

size_t
ref_random_text(
    const struct ref *ref, uint64_t *seed, uint8_t *text, size_t max)
{
	size_t n = 0, ntraps = sizeof(traps) / sizeof(traps[0]);
	unsigned few = ref_random(seed) % 3 == 0 ? 4 : (unsigned)ntraps;
	unsigned first = (unsigned)(ref_random(seed) % ntraps);

	while (n + 8 < max) {
		uint64_t r = ref_random(seed);
		uint8_t cp[4];
		size_t len;
		const uint8_t *add;

		if (r % 16 == 0) {
			add = ref_token(
			    ref, (uint32_t)(r >> 8) % ref->nword, &len);
			/* Only those of ASCII are sure to be whole. */
			for (size_t i = 0; add != NULL && i < len; i++)
				if (add[i] >= 0x80)
					add = NULL;
			if (add == NULL || len > max - n)
				continue;
		} else if (r % 16 == 1) {
			len = ref_utf8(random_cp(seed), cp);
			add = cp;
		} else {
			const char *s =
			    traps[(first + (r >> 8) % few) % ntraps];

			len = *s == '\0' ? 1 : strlen(s);
			add = (const uint8_t *)s;
			if (len > max - n)
				break;
		}
		memcpy(text + n, add, len);
		n += len;
		if (r >> 58 == 0)
			break;
	}
	return n;
}
