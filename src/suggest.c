#include "suggest.h"

#include <string.h>

static size_t
min2(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table are enough. */
size_t
suggest_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	const size_t alen = strlen(a), blen = strlen(b);

	if (alen > SUGGEST_MAX || blen > SUGGEST_MAX)
		return SUGGEST_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		spare = before;
		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			row[j] = min2(last[j], row[j - 1]) + 1;
			row[j] =
			    min2(row[j], last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = min2(row[j], before[j - 2] + 1);
		}
	}
	return row[blen];
}

void
suggestion_try(struct suggestion *s, const char *candidate)
{
	const size_t d = suggest_distance(s->word, candidate);
	const size_t shorter = min2(strlen(s->word), strlen(candidate));

	/* One slip in three letters is a typo; more is another word. */
	if (d > 3 || d * 3 > shorter)
		return;
	if (s->best == NULL || d < s->distance) {
		s->best = candidate;
		s->distance = d;
	}
}
