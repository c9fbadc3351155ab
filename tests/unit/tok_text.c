#include "tok_text.h"

#include <stdbool.h>
#include <string.h>

#include "../../src/tokenizer/unicode.h"

/* splitmix64 */
uint64_t
text_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t
text_below(uint64_t *seed, size_t n)
{
	return (text_random(seed) >> 32) * n >> 32;
}

/* ---- UTF-8 ---- */

/* Unicode 15, table 3-7: well-formed UTF-8 byte sequences. */
static const struct {
	uint8_t len;
	uint8_t byte[4][2]; /* from, to */
} well_formed[] = {
    {1, {{0x00, 0x7f}}},
    {2, {{0xc2, 0xdf}, {0x80, 0xbf}}},
    {3, {{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {3, {{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}}},
    {3, {{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
    {4, {{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}}},
};

/* How many bytes at P begin a character; *WHOLE: are they one? */
static size_t
begun(const uint8_t *p, size_t len, bool *whole)
{
	size_t most = 0;

	*whole = false;
	for (size_t i = 0; i < sizeof(well_formed) / sizeof(well_formed[0]);
	     i++) {
		size_t n = 0;

		while (n < well_formed[i].len && n < len &&
		       p[n] >= well_formed[i].byte[n][0] &&
		       p[n] <= well_formed[i].byte[n][1])
			n++;
		if (n > most) {
			most = n;
			*whole = n == well_formed[i].len;
		}
	}
	return most;
}

size_t
text_valid(const uint8_t *text, size_t len)
{
	size_t i = 0;
	bool whole = true;

	while (i < len) {
		size_t n = begun(text + i, len - i, &whole);

		if (!whole)
			break;
		i += n;
	}
	return i;
}

size_t
text_repair(const uint8_t *text, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		bool whole;
		size_t part = begun(text + i, len - i, &whole);

		if (whole) {
			memcpy(out + n, text + i, part);
			n += part;
		} else {
			memcpy(out + n, "\ufffd", 3);
			n += 3;
		}
		i += part > 0 ? part : 1;
	}
	return n;
}

static const char *const broken[] = {"\xff", "\xfe", "\x80", "\xbf", "\xc0\xaf",
    "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
    "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2", "\xdf", "\xe0",
    "\xe0\xa0", "\xe2", "\xe2\x82", "\xed\x9f", "\xef\xbf", "\xf0", "\xf0\x90",
    "\xf0\x9f\x98", "\xf1\x80", "\xf4\x8f", "\xf4\x8f\xbf", "\xc2\xc2\xa9",
    "\xe2\xf0\x9f\xe2\x82\xac"};

size_t
text_break(uint64_t *seed, uint8_t *text, size_t len, size_t max)
{
	for (size_t times = 1 + text_below(seed, 6); times > 0; times--) {
		const char *s = broken[text_below(
		    seed, sizeof(broken) / sizeof(broken[0]))];
		size_t at = text_below(seed, len + 1), n = strlen(s), cut;

		/* Where blocks of 64 bytes meet, or anywhere. */
		if (at > 64 && text_below(seed, 2) == 0)
			at = (at & ~(size_t)63) - text_below(seed, 5);
		switch (text_below(seed, 4)) {
		case 0: /* something is lost */
			cut = text_below(seed, len - at + 1) % 4;
			memmove(text + at, text + at + cut, len - at - cut);
			len -= cut;
			break;
		case 1:
			if (at < len)
				text[at] = (uint8_t)text_random(seed);
			break;
		default:
			if (n > max - len)
				break;
			memmove(text + at + n, text + at, len - at);
			memcpy(text + at, s, n);
			len += n;
		}
	}
	return len;
}

int
text_known(const uint8_t *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		bool whole;
		uint32_t cp;

		n = begun(text + i, len - i, &whole);
		if (n < 2)
			continue;
		cp = text[i] & (0x7fu >> n);
		for (size_t k = 1; k < n; k++)
			cp = cp << 6 | (text[i + k] & 0x3f);
		if (!ref_knows(cp) && uc_of(cp) != 0)
			return 0;
	}
	return 1;
}

/* ---- what texts are made of, by kind ---- */

static const char *const spaces[] = {" ", " ", "  ", "   ", "\t", "\v", "\f",
    "\u00a0", "\xc2\x85", "\u1680", "\u2009", "\u2028", "\u2029", "\u202f",
    "\u3000"};
static const char *const newlines[] = {
    "\n", "\n", "\r", "\r\n", "\n\n", " \n", "\n ", "/\n", "\n/", ".\n"};
/* Space to some, but not to Unicode. */
static const char *const no_spaces[] = {"\u180e", "\u200b", "\ufeff", "\u2060",
    "\x1c", "\x1f", "\x7f", "", "\u00ad"};
static const char *const words[] = {"a", "b", "e", "s", "t", "x", "the", "ing",
    "tion", "hello", " a", " the", " of", " world", " quick"};
static const char *const capitals[] = {"A", "B", "S", "T", "I", "The", "HTML",
    "Case", "camelCase", "don't", "getURL", "USA", " I", " A", " XML", "McD"};
static const char *const contractions[] = {"'", "'", "'s", "'S", "'t", "'T",
    "'re", "'RE", "'Ve", "'ve", "'ll", "'lL", "'d", "'M", "'\u017f", "\u017f",
    "'\u212a", "\u212a", "'r", "'l", "'v", "'x", "'e", "\u2019s", "''"};
static const char *const digits[] = {"0", "1", "7", "42", "123", "1234", " 1",
    "\u00bd", "\u0663", "\u2163", "\u00b2", "\uff11", "\u3007", "\U0001d7d8",
    "\u09ea"};
static const char *const points[] = {".", ",", "!", "?", "/", "//", "-", "--",
    "_", "(", ")", "{", "}", "\"", "<", "<|", "|>", "<|endoftext|>", "#", "$",
    "=", "==", "*", "`", " (", "\u2014", "\u20ac", "\u2026", "\u201c"};
/* Titlecase, modifiers, without case, or otherwise not what they look like. */
static const char *const cases[] = {"\u01c5", "\u1f88", "\u02b0", "\u00aa",
    "\u00ba", "\u24b6", "\u24d0", "\u0345", "\u00df", "\u1e9e", "\u0130",
    "\u0131", "\u10d0", "\u1c90", "\u13a0", "\uab70", "\u00e9", "\u00c9",
    "\u0430", "\u0410", "\U00010400", "\U0001d400"};
static const char *const marks[] = {"\u0301", "e\u0301", "E\u0301", "\u0903",
    "\u20dd", "\ufe0f", "\u0483", " \u0301", ".\u0301", "1\u0301", "\u093f"};
static const char *const wide[] = {"\u4e2d", "\u6587", "\u4e2d\u6587", "\u3042",
    "\u30a2", "\u30fc", "\uac00", "\u0e01\u0e32", "\u0627", "\u05d0", "\u0915",
    "\u3002", "\uff0c", "\u3001", "\U00020000", "\u7684", "\u4e00",
    "\u4e9a\u6d32AV"};
static const char *const emoji[] = {"\U0001f600", "\u200d", "\ufe0f",
    "\U0001f468\u200d\U0001f469", "\U0001f1e9\U0001f1ea", "\U0001f3fb",
    "1\ufe0f\u20e3", "\u2764\ufe0f", "\ufffd", "\uffff", "\U0010ffff"};

#define KIND(a)                             \
	{                                   \
		a, sizeof(a) / sizeof(a)[0] \
	}
static const struct kind {
	const char *const *of;
	size_t n;
} kinds[] = {KIND(spaces), KIND(newlines), KIND(no_spaces), KIND(words),
    KIND(capitals), KIND(contractions), KIND(digits), KIND(points), KIND(cases),
    KIND(marks), KIND(wide), KIND(emoji)};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define ASCII_KINDS 8 /* so many of the first have at least some of it */

/* A text in the making. */
struct maker {
	const struct ref *ref;
	uint64_t *seed;
	uint8_t *text;
	size_t n, max;
	size_t kind[KINDS]; /* that it is made of */
	size_t nkind;
	bool ascii;
};

/* Nothing is added that has no room. */
static void
add(struct maker *m, const void *bytes, size_t len)
{
	if (len > m->max - m->n)
		return;
	memcpy(m->text + m->n, bytes, len);
	m->n += len;
}

static bool
is_ascii(const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (b[i] >= 0x80)
			return false;
	return true;
}

static const char *
any_piece(struct maker *m)
{
	for (;;) {
		const struct kind *kind =
		    &kinds[m->kind[text_below(m->seed, m->nkind)]];
		const char *s = kind->of[text_below(m->seed, kind->n)];

		if (!m->ascii || is_ascii((const uint8_t *)s, strlen(s)))
			return s;
	}
}

static void
add_piece(struct maker *m)
{
	const char *s = any_piece(m);

	add(m, s, *s != '\0' ? strlen(s) : 1); /* "" is a NUL */
}

static void
add_token(struct maker *m)
{
	size_t len;
	const uint8_t *b = ref_token(
	    m->ref, (uint32_t)text_below(m->seed, ref_ntok(m->ref)), &len);

	if (b != NULL && text_valid(b, len) == len &&
	    (!m->ascii || is_ascii(b, len)))
		add(m, b, len);
}

static void
add_code_point(struct maker *m)
{
	static const uint32_t limit[] = {
	    0x80, 0x100, 0x250, 0x600, 0x3000, 0x10000, 0x20000, 0x110000};
	uint8_t c[4];
	uint32_t cp;

	do
		cp = (uint32_t)text_below(
		    m->seed, limit[m->ascii ? 0 : text_below(m->seed, 8)]);
	while ((cp >= 0xd800 && cp < 0xe000) || !ref_knows(cp));
	add(m, c, ref_utf8(cp, c));
}

/* As long as what tables, blocks and the encoder's ways have a limit at. */
static size_t
odd_length(uint64_t *seed)
{
	static const uint8_t limits[] = {2, 4, 8, 16, 32, 64, 64, 128};

	return limits[text_below(seed, sizeof(limits))] - 1 +
	       text_below(seed, 3);
}

static void
add_run(struct maker *m)
{
	const char *s = any_piece(m);

	for (size_t n = odd_length(m->seed); n > 0; n--)
		add(m, s, strlen(s));
}

/* One pretoken that is no token. */
static void
add_word(struct maker *m)
{
	static const char *const sets[] = {"etaoinshrdlucmfw", "ABCDEFGH", "ab",
	    "0123456789", "-=*+_", "\n\r", " \t", " \n"};
	const char *set = sets[text_below(m->seed, 8)];
	uint8_t b[160] = {0};
	size_t len = odd_length(m->seed);

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)set[text_below(m->seed, strlen(set))];
	if (text_below(m->seed, 3) == 0)
		b[0] = ' ';
	add(m, b, len);
}

static bool
is_inside(const struct maker *m, size_t i)
{
	return i < m->n && (m->text[i] & 0xc0) == 0x80;
}

/* Say something once more, perhaps with another letter in it. */
static void
add_again(struct maker *m)
{
	size_t from, to, at, len;
	uint8_t b[160] = {0};

	if (m->n == 0)
		return;
	from = text_below(m->seed, m->n);
	to = from + 1 + text_below(m->seed, sizeof(b) - 8);
	if (to > m->n)
		to = m->n;
	while (is_inside(m, from))
		from--;
	while (is_inside(m, to))
		to++;
	len = to - from;
	memcpy(b, m->text + from, len);
	at = text_below(m->seed, len);
	if (text_below(m->seed, 2) == 0 && b[at] < 0x80)
		b[at] = (uint8_t) "aeZ 1.\n"[text_below(m->seed, 7)];
	add(m, b, len);
}

/* What comes next lies across a multiple of 64, where the blocks meet. */
static void
add_padding(struct maker *m)
{
	static const char *const fill[] = {
	    "a word and another, ", "x", " ", "1", "aB", ".", "\n"};
	const char *s = fill[text_below(m->seed, 7)];
	size_t to = (m->n / 64 + 1) * 64 - text_below(m->seed, 5),
	       len = strlen(s);

	for (size_t i = 0; m->n < to && m->n < m->max; i++)
		add(m, s + i % len, 1);
}

/* The kinds that the text is of: all, or a few that then meet often. */
static void
choose_kinds(struct maker *m)
{
	size_t among = m->ascii ? ASCII_KINDS : KINDS;

	m->nkind =
	    text_below(m->seed, 4) == 0 ? among : 1 + text_below(m->seed, 4);
	for (size_t i = 0; i < m->nkind; i++)
		m->kind[i] = m->nkind == among ? i : text_below(m->seed, among);
}

size_t
text_make(const struct ref *ref, uint64_t *seed, uint8_t *text, size_t max)
{
	struct maker m = {.ref = ref, .seed = seed, .text = text};
	size_t pieces =
	    1 + text_below(seed, text_below(seed, 4) == 0 ? 120 : 40);

	m.max = max;
	m.ascii = text_below(seed, 3) == 0;
	choose_kinds(&m);
	for (; pieces > 0 && m.n < m.max; pieces--) {
		switch (text_below(seed, 32)) {
		case 0:
		case 1:
			add_token(&m);
			break;
		case 2:
			add_code_point(&m);
			break;
		case 3:
			add_run(&m);
			break;
		case 4:
			add_word(&m);
			break;
		case 5:
			add_again(&m);
			break;
		case 6:
			add_padding(&m);
			break;
		default:
			add_piece(&m);
		}
	}
	return m.n;
}
