#include "tok.h"

#include <string.h>

#include "cpu.h"
#include "tokenizer.h"

/* p50k_base has r50k_base's tokens, and then some of its own. */
const struct tok tok_table[TOK_COUNT] = {
    {"r50k_base", "gpt2", SCAN_P50, 50257, IMAGE_P50K, SPECIALS_R50K},
    {"p50k_base", "", SCAN_P50, 0, IMAGE_P50K, SPECIALS_R50K},
    {"p50k_edit", "", SCAN_P50, 0, IMAGE_P50K, SPECIALS_P50K_EDIT},
    {"cl100k_base", "", SCAN_P100, 0, IMAGE_CL100K, SPECIALS_CL100K},
    {"o200k_base", "", SCAN_P200, 0, IMAGE_O200K, SPECIALS_O200K},
    {"o200k_harmony", "", SCAN_P200, 0, IMAGE_O200K, SPECIALS_HARMONY},
};

#define HIDDEN __attribute__((visibility("hidden")))
extern const uint8_t tok_image_p50k_base[] HIDDEN;
extern const uint8_t tok_image_cl100k_base[] HIDDEN;
extern const uint8_t tok_image_o200k_base[] HIDDEN;

const void *
tok_image(const struct tok *tok)
{
	switch (tok->image) {
	case IMAGE_P50K:
		return tok_image_p50k_base;
	case IMAGE_CL100K:
		return tok_image_cl100k_base;
	default:
		return tok_image_o200k_base;
	}
}

const struct tok *
tok_by_index(size_t i)
{
	return i < TOK_COUNT ? &tok_table[i] : NULL;
}

const struct tok *
tok_by_name(const char *name)
{
	for (size_t i = 0; i < TOK_COUNT; i++)
		if (strcmp(tok_table[i].name, name) == 0 ||
		    (tok_table[i].alias[0] != '\0' &&
			strcmp(tok_table[i].alias, name) == 0))
			return &tok_table[i];
	return NULL;
}

const char *
tok_name(const struct tok *tok)
{
	return tok->name;
}

/*
 * A '<' near the end may be the beginning of a special token.  The first one
 * that may, or END.
 */
static const uint8_t *
partial_special(const uint8_t *p, const uint8_t *end)
{
	if (end - p >= SPECIAL_MAX)
		p = end - SPECIAL_MAX + 1;
	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (p + 1 == end || p[1] == '|')
			return p;
		p++;
	}
	return end;
}

const uint8_t *
tok_run(const struct tok *tok, struct engine *e, const uint8_t *p,
    const uint8_t *end, unsigned flags, bool final)
{
	const uint8_t *from = p;

	if (!(flags & TOK_SPECIAL))
		return BEST(engine_run, e, tok->kind, p, end, final);
	/* What stands before a special token ends as the text does. */
	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		size_t len;
		uint32_t id = special_at(tok, p, end, &len);

		if (id == ID_NONE) {
			p++;
			continue;
		}
		BEST(engine_run, e, tok->kind, from, p, true);
		sink_put(e->sink, id);
		from = p += len;
	}
	return BEST(engine_run, e, tok->kind, from,
	    final ? end : partial_special(from, end), final);
}

void
sink_store(void *arg, const uint32_t *ids, size_t n)
{
	sink_put_all(arg, ids, n);
}

/* Text that is not UTF-8 is put right piece by piece, in a stream. */
static size_t
encode_invalid(const struct tok *tok, const void *text, size_t len,
    unsigned flags, struct sink *sink)
{
	struct tok_stream s;

	tok_stream_init(&s, tok, flags);
	if (sink->ids != NULL)
		tok_stream_sink(&s, sink_store, sink);
	tok_stream_feed(&s, text, len);
	return tok_stream_finish(&s);
}

static void
encode_valid(const struct tok *tok, const uint8_t *text, size_t len,
    unsigned flags, struct sink *sink)
{
	struct memo_room room;
	struct engine e = {.sink = sink};

	memo_begin(&e.memo, &room, memo_size(len), sink->ids != NULL);
	vocab_open(&e.v, tok_image(tok), tok->ntok);
	tok_run(tok, &e, text, text + len, flags, true);
}

size_t
tok_encode(const struct tok *tok, const void *text, size_t len, unsigned flags,
    uint32_t *ids, size_t cap)
{
	struct sink sink = {.ids = cap > 0 ? ids : NULL, .room = cap};

	if (BEST(utf8_valid, text, len) < len)
		return encode_invalid(tok, text, len, flags, &sink);
	encode_valid(tok, text, len, flags, &sink);
	return sink.n;
}

size_t
tok_count(const struct tok *tok, const void *text, size_t len)
{
	return tok_encode(tok, text, len, 0, NULL, 0);
}

size_t
tok_bytes(const struct tok *tok, uint32_t id, unsigned char buf[TOK_BYTES_MAX])
{
	struct vocab v;

	vocab_open(&v, tok_image(tok), tok->ntok);
	if (id >= v.ntok || v.len[id] == 0)
		return special_text(tok, id, (char *)buf);
	memcpy(buf, vocab_text(&v, id), v.len[id]);
	return v.len[id];
}

size_t
tok_decode(
    const struct tok *tok, const uint32_t *ids, size_t n, void *buf, size_t cap)
{
	unsigned char bytes[TOK_BYTES_MAX];
	uint8_t *out = buf;
	size_t total = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = tok_bytes(tok, ids[i], bytes);

		if (len == 0)
			return TOK_BAD_ID;
		if (total < cap)
			memcpy(out + total, bytes,
			    len < cap - total ? len : cap - total);
		total += len;
	}
	return total;
}
