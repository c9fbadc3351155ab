/*
 * Any bytes as text: counting, encoding, streaming and decoding agree.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/tokenizer/tok.h"
#include "tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* The first byte chooses the encoding, the second where the text is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tok_stream s;
	const struct tok *tok = tok_by_index(size > 0 ? data[0] % 6 : 0);
	unsigned flags = size > 0 && data[0] & 0x80 ? TOK_SPECIAL : 0;
	size_t len = size > 2 ? size - 2 : 0, room = 3 * len + 1;
	size_t cut = len > 0 ? data[1] * len / 255 : 0, n, back;
	const uint8_t *text = data + size - len;
	uint32_t *ids = malloc(room * sizeof(*ids));
	struct sink streamed = {
	    .ids = malloc(room * sizeof(*ids)), .room = room};
	uint8_t *bytes = malloc(room);

	n = tok_encode(tok, text, len, flags, ids, room);
	must(n < room);
	must(tok_encode(tok, text, len, flags, NULL, 0) == n);
	tok_stream_init(&s, tok, flags);
	tok_stream_sink(&s, sink_store, &streamed);
	tok_stream_feed(&s, text, cut);
	tok_stream_feed(&s, text + cut, len - cut);
	must(tok_stream_finish(&s) == n && streamed.n == n);
	must(streamed.n <= streamed.room);
	must(memcmp(streamed.ids, ids, n * sizeof(*ids)) == 0);
	back = tok_decode(tok, ids, n, bytes, room);
	must(back < room);
	/* What was not UTF-8 has become U+FFFD; nothing else changes. */
	must(back < len || tok_count(tok, bytes, back) > 0 || len == 0);
	if (back == len && memmem(bytes, back, "\xef\xbf\xbd", 3) == NULL)
		must(memcmp(bytes, text, len) == 0);
	free(ids);
	free(streamed.ids);
	free(bytes);
	return 0;
}
