#include "bpe.h"

#include <assert.h>
#include <string.h>

#include "merge.h"
#include "path.h"
#include "run.h"

unsigned
bpe_short(const struct vocab *v, const uint8_t *text, size_t len,
    uint32_t ids[BPE_SHORT])
{
	struct found path[BPE_SHORT]; /* so far */
	uint64_t longest = 0;         /* which of PATH are the longest */
	uint64_t dead = 0;            /* positions that failed */
	struct found t = vocab_longest(v, text, text + len);
	size_t pos = 0;
	unsigned n = 0;
	bool first = true; /* T is the longest at POS */

	for (;;) {
		if (t.id == ID_NONE) {
			/* Nothing fits here: go back one token. */
			assert(n > 0);
			dead |= (uint64_t)1 << pos;
			t = path[--n];
			pos -= t.len;
		} else if (!(dead >> (pos + t.len) & 1) &&
			   (n == 0 ||
			       vocab_may_follow(v, path[n - 1], t, text + pos,
				   !(longest >> (n - 1) & 1)))) {
			path[n] = t;
			longest &= ~((uint64_t)1 << n);
			longest |= (uint64_t)first << n++;
			pos += t.len;
			if (pos == len)
				break;
			t = vocab_longest(v, text + pos, text + len);
			first = true;
			continue;
		}
		t = vocab_shorter(v, t);
		first = false;
	}
	for (unsigned i = 0; i < n; i++)
		ids[i] = path[i].id;
	return n;
}

void
bpe_long(
    const struct vocab *v, struct sink *sink, const uint8_t *text, size_t len)
{
	uint32_t ids[BPE_SHORT];

	if (len > BPE_SHORT) {
		if (memcmp(text, text + 1, len - 1) != 0 ||
		    !run_encode(v, sink, text, len))
			path_rest(v, sink, text, len, PATH_NOTHING);
		return;
	}
	sink_put_all(sink, ids,
	    len <= MERGE_MAX ? merge_one(v, text, len, ids)
			     : bpe_short(v, text, len, ids));
}
