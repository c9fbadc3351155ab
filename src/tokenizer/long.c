/*
 * The pretoken's characters are looked at once more, one by one, in phases
 * that mirror the patterns.  Two kinds of run leave it open where the
 * pretoken ends: white space after its last newline, and (o200k) upper case
 * after the last character that has no case.  What follows decides whether
 * that tail belongs to the pretoken or is one of its own.  As long as the
 * tail fits it waits in the buffer; if it grows too large both ways are
 * counted side by side.
 */
#include "long.h"

#include <string.h>

#include "path.h"
#include "unicode.h"

enum phase {
	NONE,
	LETTERS,
	NUMBERS,
	OTHERS, /* neither space, letter nor number */
	TAIL,   /* newlines, and slashes, that follow OTHERS */
	UPPER,
	LOWER,
	SPACES,
};

/* A tail that is longer does not wait. */
#define TAIL_MAX (TOK_STREAM_TEXT / 4)

static bool
is_newline(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static bool
is_other(unsigned class)
{
	return !(class & (UC_SPACE | UC_LETTER | UC_NUMBER));
}

/* What the pretoken at P is made of, from *SKIP bytes on. */
static enum phase
first_phase(enum scan_kind kind, const uint8_t *p, size_t *skip)
{
	enum phase word = kind == SCAN_P200 ? UPPER : LETTERS;
	unsigned mask = kind == SCAN_P200 ? UC_LETTER | UC_UPPER : UC_LETTER;
	unsigned n, n2, class = uc_class(p, &n), next = uc_class(p + n, &n2);

	*skip = 0;
	if (class & mask)
		return word;
	if (class & UC_NUMBER)
		return NUMBERS;
	if (is_other(class) && (kind == SCAN_P50 || !(next & mask)))
		return OTHERS;
	*skip = n;
	if (kind == SCAN_P50 ? *p == ' ' : !is_newline(*p)) {
		if (next & mask)
			return word;
		if (*p == ' ' && next & UC_NUMBER)
			return NUMBERS;
		if (*p == ' ' && is_other(next))
			return OTHERS;
	}
	*skip = 0;
	return SPACES;
}

void
long_begin(struct tok_stream *s)
{
	struct tok_long *l = &s->pending;
	size_t skip;

	l->phase = (unsigned char)first_phase(s->tok->kind, s->text, &skip);
	l->scanned = l->sure = skip;
	l->marked = false;
	l->two_ways = false;
	l->done[0] = l->done[1] = 0;
	l->last[0] = l->last[1] = PATH_NOTHING;
	l->count[0] = l->count[1] = 0;
}

/* Is what begins at I a special token that is to be known as one? */
static bool
is_special(const struct tok_stream *s, size_t i)
{
	size_t len;

	return s->flags & TOK_SPECIAL && i < s->fill &&
	       special_at(s->tok, s->text + i, s->text + s->fill, &len) !=
	           ID_NONE;
}

/*
 * Does the character at I, of N bytes and CLASS, go on with the phase, or
 * lead to the next one?
 */
static bool
goes_on(struct tok_stream *s, size_t i, unsigned n, unsigned class)
{
	struct tok_long *l = &s->pending;
	enum scan_kind kind = s->tok->kind;
	const uint8_t *p = s->text + i;
	bool decides = false;

	switch (l->phase) {
	case LETTERS:
		decides = class & UC_LETTER;
		break;
	case NUMBERS:
		decides = class & UC_NUMBER;
		break;
	case OTHERS:
		decides = is_other(class) && !is_special(s, i);
		if (decides || kind == SCAN_P50)
			break;
		l->phase = TAIL;
		/* fall through */
	case TAIL:
		decides = is_newline(*p) || (kind == SCAN_P200 && *p == '/');
		break;
	case UPPER:
		if (class & UC_UPPER && !(class & UC_LOWER) && l->marked)
			return true; /* the tail grows */
		if (!(class & UC_UPPER))
			l->phase = LOWER;
		l->marked |= (class & UC_LOWER) != 0;
		decides = class & (UC_UPPER | UC_LOWER);
		break;
	case LOWER:
		decides = class & UC_LOWER;
		break;
	default:
		if (!(class & UC_SPACE))
			return false;
		decides = is_newline(*p) && kind != SCAN_P50;
		l->marked |= decides;
		if (!decides && !l->marked)
			l->sure = i; /* the last one may be left out */
		l->before_last = i;
		if (!decides)
			return true;
	}
	if (decides)
		l->sure = i + n;
	return decides;
}

/* It goes on, so both ways are one again. */
static void
one_way(struct tok_stream *s, struct sink *sink)
{
	struct tok_long *l = &s->pending;

	sink->n += l->count[0];
	l->two_ways = false;
}

/* Encode the pretoken's text from what is done of it to TO. */
static void
encode_to(struct tok_stream *s, struct engine *e, int way, size_t to)
{
	struct tok_long *l = &s->pending;
	const uint8_t *text = s->text + l->done[way], *end = s->text + to;

	if (l->last[way] == PATH_NOTHING)
		engine_part(e, text, end);
	else
		path_rest(&e->v, &e->memo, e->sink, text, (size_t)(end - text),
		    l->last[way]);
	l->done[way] = to;
	l->last[way] = PATH_NOTHING;
}

/*
 * The tail is too long to wait: from now on count it both as part of the
 * pretoken and as one of its own.  Ids cannot be told both ways; then the
 * pretoken ends here.
 */
static void
begin_two_ways(struct tok_stream *s, struct engine *e)
{
	struct tok_long *l = &s->pending;
	struct sink ended = {.n = 0};

	if (e->sink->ids != NULL) {
		encode_to(s, e, 0, l->sure);
		l->marked = false;
		l->sure = l->phase == SPACES ? l->before_last : l->scanned;
		return;
	}
	path_rest(&e->v, &e->memo, &ended, s->text + l->done[0],
	    l->sure - l->done[0], l->last[0]);
	l->two_ways = true;
	l->done[1] = l->sure;
	l->last[1] = PATH_NOTHING;
	l->count[0] = 0;
	l->count[1] = ended.n;
}

/* How far before its end a pretoken's last gap is looked for. */
#define GAP_NEAR 4096

/* The last place between FROM and TO that no token spans; FROM if none. */
static size_t
last_gap(
    const struct tok_stream *s, const struct vocab *v, size_t from, size_t to)
{
	size_t low = from + 3;

	if (to > low + GAP_NEAR)
		low = to - GAP_NEAR;
	for (size_t i = to; i > low; i--) {
		const uint8_t *p = s->text + i - 1;

		if (to - i >= 4 && !is_after(*p) && span_place(p) &&
		    vocab_gap(v, p))
			return i - 1;
	}
	return from;
}

/* The text of the last token is asked for when the next one is chosen. */
#define KEEP TOK_BYTES_MAX

/* Encode what later text cannot change, and drop it. */
static void
settle(struct tok_stream *s, struct engine *e)
{
	const struct vocab *v = &e->v;
	struct tok_long *l = &s->pending;
	struct sink way[2] = {{.n = 0}, {.n = 0}};
	size_t end = l->phase == SPACES ? l->before_last : l->scanned, drop;

	if (!l->two_ways) {
		size_t gap = last_gap(s, v, l->done[0], l->sure);

		if (gap > l->done[0])
			encode_to(s, e, 0, gap);
		l->done[0] += path_settle(v, &e->memo, e->sink,
		    s->text + l->done[0], l->sure - l->done[0], &l->last[0]);
		drop = l->done[0];
	} else {
		for (int i = 0; i < 2; i++) {
			l->done[i] += path_settle(v, &e->memo, &way[i],
			    s->text + l->done[i], end - l->done[i],
			    &l->last[i]);
			l->count[i] += way[i].n;
		}
		drop = l->done[l->done[1] < l->done[0]];
		l->sure = drop; /* of no use until the two are one again */
	}
	drop -= drop < KEEP ? drop : KEEP;
	if (l->two_ways)
		l->done[1] -= drop;
	l->done[0] -= drop;
	l->scanned -= drop;
	l->sure -= drop;
	l->before_last -= drop;
	s->fill -= drop;
	memmove(s->text, s->text + drop, s->fill);
}

/*
 * The pretoken ends, at or before END, the first character not of its run; if
 * FINAL as it does at the end of a text.
 */
static void
finish(struct tok_stream *s, struct engine *e, size_t end, bool final)
{
	struct tok_long *l = &s->pending;
	bool tail = l->marked && l->sure < end; /* of which it is rid */
	int way = l->two_ways;
	size_t to = end;

	if (way == 1)
		e->sink->n += l->count[1];
	if (l->phase == SPACES && (way == 1 || !l->marked) && !final)
		to = l->before_last;
	else if (way == 0 && tail)
		to = l->sure;
	else if (l->phase == UPPER || l->phase == LOWER)
		to += scan_contraction_before(
		    s->text + end, s->text + s->fill, true);
	encode_to(s, e, way, to);
	s->fill -= to;
	memmove(s->text, s->text + to, s->fill);
	l->phase = NONE;
}

void
long_run(struct tok_stream *s, struct engine *e, bool final)
{
	struct tok_long *l = &s->pending;
	bool ends = false;

	while (l->scanned < s->fill && !ends) {
		size_t sure = l->sure, i = l->scanned;
		unsigned n, class = uc_class(s->text + i, &n);

		/* An end has to see what follows: a contraction, or more of
		 * what may be a special token. */
		if (!final && s->fill - i < SPECIAL_MAX)
			break;
		ends = !goes_on(s, i, n, class);
		if (ends)
			break;
		l->scanned += n;
		if (l->two_ways && l->sure != sure)
			one_way(s, e->sink);
	}
	if (ends || final) {
		/* What is before a special token ends as a text does. */
		finish(s, e, l->scanned, !ends || is_special(s, l->scanned));
		return;
	}
	if (!l->two_ways && l->marked && l->scanned - l->sure > TAIL_MAX)
		begin_two_ways(s, e);
	settle(s, e);
}
