#include "piece.h"

void
piece_encode(struct engine *e, const uint8_t *p, size_t len,
    struct word_key key, struct memo_entry *entry)
{
	uint32_t ids[BPE_SHORT];
	unsigned n = bpe_short(&e->v, p, len, ids);

	entry->key = key;
	for (unsigned i = 0; i < n && i < MEMO_IDS; i++)
		entry->id[i] = ids[i];
	entry->id[0] |= n << ID_BITS;
	if (e->sink->ids == NULL) {
		e->sink->n += n;
		return;
	}
	for (unsigned i = 0; i < n; i++)
		sink_put(e->sink, ids[i]);
}
