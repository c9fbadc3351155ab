#include "tok.h"

#include <string.h>

#include "cpu.h"
#include "tokenizer.h"

void
tok_stream_init(struct tok_stream *s, const struct tok *tok, unsigned flags)
{
	s->tok = tok;
	s->flags = flags;
	s->sink = NULL;
	s->arg = NULL;
	s->count = 0;
	s->pending.phase = 0;
	s->held = 0;
	s->fill = 0;
	s->has_memo = false;
}

void
tok_stream_sink(struct tok_stream *s, tok_sink *sink, void *arg)
{
	s->sink = sink;
	s->arg = arg;
}

/* Hand the ids on. */
static void
flush(struct sink *sink)
{
	struct tok_stream *s = sink->arg;
	size_t n = sink->n - sink->base;

	if (n > 0)
		s->sink(s->arg, s->ids, n);
	sink->base = sink->n;
}

/* What is kept in a stream from one part of the text to the next. */
#define STREAM_MEMO 16384
struct kept {
	struct memo memo;
	size_t at; /* the memo's room, in bytes from here on */
};
_Static_assert(
    sizeof(struct kept) + 64 + MEMO_BYTES(STREAM_MEMO) <= TOK_STREAM_MEMO,
    "a stream has room for its memo");

/* The first part of the text tells how large the memo is to be. */
static void
begin_memo(struct tok_stream *s, struct kept *k, bool final)
{
	uint8_t *room = (uint8_t *)(s->memo) + sizeof(*k);

	/* As many of its entries as can be are in one cache line. */
	room += -(uintptr_t)room % 64;
	k->at = (size_t)(room - (uint8_t *)s->memo);
	memo_begin(&k->memo, room, final ? memo_size(s->fill) : STREAM_MEMO,
	    s->sink != NULL);
	s->has_memo = true;
}

/* The memo, wherever the stream and its text are by now. */
static void
open_memo(struct tok_stream *s, struct kept *k, bool final)
{
	memcpy(k, s->memo, sizeof(*k));
	if (!s->has_memo || k->memo.has_ids != (s->sink != NULL))
		begin_memo(s, k, final);
	memo_put(&k->memo, (uint8_t *)s->memo + k->at);
	memo_move(&k->memo);
}

/* Encode what is certain of the text, and keep the rest. */
static void
drain(struct tok_stream *s, bool final)
{
	struct sink sink = {
	    .ids = s->sink != NULL ? s->ids : NULL,
	    .n = s->count,
	    .base = s->count,
	    .room = TOK_STREAM_IDS,
	    .full = flush,
	    .arg = s,
	};
	struct engine e = {.sink = &sink};
	const uint8_t *p, *end;
	struct kept k;

	vocab_open(&e.v, tok_image(s->tok), s->tok->ntok);
	open_memo(s, &k, final);
	e.memo = k.memo;
	if (s->pending.phase != 0) {
		BEST(long_run, s, &e, final);
		memo_move(&e.memo);
	}
	p = s->text;
	end = p + s->fill;
	if (s->pending.phase == 0)
		p = tok_run(s->tok, &e, p, end, s->flags, final);
	if (s->sink != NULL)
		flush(&sink);
	k.memo = e.memo;
	memcpy(s->memo, &k, sizeof(k));
	s->count = sink.n;
	s->fill = (size_t)(end - p);
	memmove(s->text, p, s->fill);
}

static void
append(struct tok_stream *s, const void *data, size_t len)
{
	if (len > TOK_STREAM_TEXT - s->fill)
		drain(s, false);
	if (len > TOK_STREAM_TEXT - s->fill) {
		BEST(long_begin, s);
		drain(s, false);
	}
	memcpy(s->text + s->fill, data, len);
	s->fill += len;
}

/*
 * Complete the character that the data before began.  Returns how many bytes
 * of DATA that took.
 */
static size_t
complete(struct tok_stream *s, const uint8_t *data, size_t len)
{
	uint8_t all[4], out[UTF8_MENDED(sizeof(all))];
	size_t n = sizeof(all) - s->held, used, mended;

	if (n > len)
		n = len;
	memcpy(all, s->part, s->held);
	memcpy(all + s->held, data, n);
	used = BEST(utf8_mend, all, s->held + n, out, &mended);
	if (used == 0) {
		memcpy(s->part + s->held, data, n);
		s->held += (unsigned)n;
		return n;
	}
	append(s, out, mended);
	used -= s->held;
	s->held = 0;
	return used;
}

/* So many bytes are mended at once where one is not UTF-8. */
#define MEND 512

void
tok_stream_feed(struct tok_stream *s, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;

	while (s->held > 0 && p < end)
		p += complete(s, p, (size_t)(end - p));
	while (p < end) {
		uint8_t out[UTF8_MENDED(MEND)];
		size_t n = (size_t)(end - p), valid, used, mended;
		size_t some = n < TOK_STREAM_TEXT / 4 ? n : TOK_STREAM_TEXT / 4;

		valid = BEST(utf8_valid, p, some);
		append(s, p, valid);
		p += valid;
		if (valid == some)
			continue;
		n -= valid;
		used = BEST(utf8_mend, p, n < MEND ? n : MEND, out, &mended);
		append(s, out, mended);
		p += used;
		if (used == 0) {
			s->held = (unsigned)n;
			memcpy(s->part, p, n);
			return;
		}
	}
}

size_t
tok_stream_finish(struct tok_stream *s)
{
	if (s->held > 0)
		append(s, "\xef\xbf\xbd", 3); /* U+FFFD */
	s->held = 0;
	drain(s, true);
	return s->count;
}
