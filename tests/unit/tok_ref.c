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
	size_t longest;       /* bytes */
	uint32_t hash[NHASH]; /* rank + 1 */
	uint64_t *space;      /* for merging: no allocation for each pretoken */
	size_t room;
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
	if (len > ref->longest)
		return NONE;
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
		if (w->len > ref->longest)
			ref->longest = w->len;
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
	free(ref->space);
	pcre2_match_data_free(ref->match);
	pcre2_code_free(ref->code);
	free(ref);
}

/*
 * A merge in progress.  The part that begins at byte I goes as far as NEXT[I],
 * where the next one begins.  LOWEST is a tree of minima, with a leaf for each
 * part: its rank with the next part, and its place below that.  So its root
 * is the pair of lowest rank, the leftmost of equals.
 */
struct merge {
	const uint8_t *text;
	size_t len, leaves;
	uint32_t *next, *prev;
	uint64_t *lowest;
};

static uint64_t
min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The leaf of the part at I. */
static uint64_t
pair(const struct ref *ref, const struct merge *m, size_t i)
{
	size_t next = m->next[i];

	if (next == m->len)
		return UINT64_MAX;
	return (uint64_t)rank_of(ref, m->text + i, m->next[next] - i) << 32 | i;
}

static void
set_leaf(struct merge *m, size_t i, uint64_t value)
{
	i += m->leaves;
	m->lowest[i] = value;
	while ((i /= 2) > 0)
		m->lowest[i] = min(m->lowest[2 * i], m->lowest[2 * i + 1]);
}

static struct merge
merge_begin(struct ref *ref, const uint8_t *text, size_t len)
{
	struct merge m = {.text = text, .len = len, .leaves = 1};

	while (m.leaves < len)
		m.leaves *= 2;
	if (ref->room < 3 * m.leaves + 2) {
		ref->room = 3 * m.leaves + 2;
		free(ref->space);
		ref->space = must(malloc(ref->room * sizeof(*ref->space)));
	}
	m.lowest = ref->space;
	m.next = (uint32_t *)(m.lowest + 2 * m.leaves);
	m.prev = m.next + m.leaves + 1;
	for (size_t i = 0; i <= len; i++) {
		m.next[i] = (uint32_t)i + 1;
		m.prev[i] = (uint32_t)i - 1;
	}
	for (size_t i = 0; i < m.leaves; i++)
		m.lowest[m.leaves + i] =
		    i < len ? pair(ref, &m, i) : UINT64_MAX;
	for (size_t i = m.leaves - 1; i > 0; i--)
		m.lowest[i] = min(m.lowest[2 * i], m.lowest[2 * i + 1]);
	return m;
}

/* Merge the pair of lowest rank, the leftmost of equals, until none is. */
static size_t
merge(struct ref *ref, const uint8_t *text, size_t len, uint32_t *ids)
{
	struct merge m = merge_begin(ref, text, len);
	size_t n = 0;

	while (m.lowest[1] >> 32 != NONE) {
		size_t at = (uint32_t)m.lowest[1], gone = m.next[at];

		m.next[at] = m.next[gone];
		m.prev[m.next[at]] = (uint32_t)at;
		set_leaf(&m, gone, UINT64_MAX);
		set_leaf(&m, at, pair(ref, &m, at));
		if (at > 0)
			set_leaf(&m, m.prev[at], pair(ref, &m, m.prev[at]));
	}
	for (size_t i = 0; i < len; i = m.next[i])
		ids[n++] = rank_of(ref, text + i, m.next[i] - i);
	return n;
}

size_t
ref_split(const struct ref *ref, const uint8_t *text, size_t len, size_t pos)
{
	const PCRE2_SIZE *at;

	if (pcre2_match(ref->code, text, len, pos, PCRE2_NO_UTF_CHECK,
		ref->match, NULL) < 1)
		errx(1, "the pattern does not match at %zu", pos);
	at = pcre2_get_ovector_pointer(ref->match);
	if (at[0] != pos || at[1] <= pos)
		errx(1, "the pattern left a gap at %zu", pos);
	return at[1];
}

size_t
ref_encode(struct ref *ref, const uint8_t *text, size_t len, uint32_t *ids)
{
	size_t n = 0;

	for (size_t pos = 0, end; pos < len; pos = end) {
		uint32_t id;

		end = ref_split(ref, text, len, pos);
		id = rank_of(ref, text + pos, end - pos);
		if (id != NONE)
			ids[n++] = id;
		else
			n += merge(ref, text + pos, end - pos, ids + n);
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
