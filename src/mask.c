#include "mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* What a word around the key is made of; the rest ends it. */
static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || strchr("-_*.+/=", c) != NULL ||
	       (unsigned char)c >= 0x80;
}

/* How long the common beginning of A and B is. */
static size_t
common(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/* The longest piece of KEY that TEXT begins with. */
static size_t
longest_piece(const char *text, const char *key)
{
	size_t best = 0;

	for (; *key != '\0'; key++) {
		const size_t n = common(text, key);

		if (n > best)
			best = n;
	}
	return best;
}

static void
mask_pieces(char *text, const char *key)
{
	const size_t keylen = strlen(key);
	const size_t least = keylen < MASK_PART ? keylen : MASK_PART;

	while (*text != '\0') {
		const size_t n = longest_piece(text, key);

		if (n >= least) {
			memset(text, '*', n);
			text += n;
		} else {
			text++;
		}
	}
}

/* The end of what hides the middle of a key, if that begins at S, else S. */
static const char *
skip_stars(const char *s)
{
	size_t n;

	if (strncmp(s, "\xe2\x80\xa6", 3) == 0)
		return s + 3;
	n = strspn(s, "*");
	if (n == 0)
		n = strspn(s, ".");
	if (n == 0)
		n = strspn(s, "xX");
	return n >= 3 ? s + n : s;
}

/* Does a word of LEN bytes show KEY's beginning or end around its stars? */
static bool
is_starred(const char *word, size_t len, const char *key)
{
	const size_t keylen = strlen(key);

	for (size_t i = 0; i < len; i++) {
		const char *end = skip_stars(word + i);
		const size_t tail = len - (size_t)(end - word);

		if (end == word + i || end > word + len)
			continue;
		if ((i > 0 && i <= keylen && memcmp(word, key, i) == 0) ||
		    (tail > 0 && tail <= keylen &&
			memcmp(end, key + keylen - tail, tail) == 0))
			return true;
		i = (size_t)(end - word) - 1;
	}
	return false;
}

static void
mask_starred(char *text, const char *key)
{
	while (*text != '\0') {
		size_t n = 0;

		while (text[n] != '\0' && is_word(text[n]))
			n++;
		/* A full stop or an ellipsis ends a sentence, not a key. */
		while (n > 0 && text[n - 1] == '.')
			n--;
		if (n > 0 && is_starred(text, n, key))
			memset(text, '*', n);
		text += n;
		while (*text != '\0' && (!is_word(*text) || *text == '.'))
			text++;
	}
}

void
mask_key(char *text, const char *key)
{
	if (key == NULL || *key == '\0')
		return;
	mask_starred(text, key);
	mask_pieces(text, key);
}
