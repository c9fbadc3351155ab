/*
 * tokenizer.h - byte-pair encoding exactly as OpenAI's tiktoken does it.
 *
 * An encoding is a constant of the program: nothing is loaded, parsed or
 * allocated before the first token, and forked processes share its pages.
 *
 *	const struct tok *tok = tok_by_name("o200k_base");
 *	size_t n = tok_count(tok, text, len);
 *
 * Text is any sequence of bytes.  Bytes that are not UTF-8 count as what a
 * JSON request carries in their place: one U+FFFD for each maximal subpart
 * (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts"),
 * which is what Python's errors="replace" and Rust's from_utf8_lossy do.
 *
 * cl100k_base splits as its first published pattern does.  tiktoken 0.8 and
 * later take white space with newlines at the very end of a text for one
 * pretoken where this takes two, which is a token less at most.
 *
 * The text of a special token ("<|endoftext|>") is ordinary text, as in the
 * content of an API message, unless TOK_SPECIAL is given.
 *
 * No function here can fail for lack of memory, touches a file, or keeps
 * state between calls; all may be called from any thread.  Time is linear
 * in the input, whatever it is, and the stack that is used has a bound (less
 * than 1 MB).
 */
#ifndef TOKENIZER_H
#define TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One encoding: vocabulary, pre-tokenizer and special tokens. */
struct tok;

/*
 * The encoding called NAME: r50k_base (alias gpt2), p50k_base, p50k_edit,
 * cl100k_base, o200k_base, o200k_harmony.  NULL if there is none such.
 */
const struct tok *tok_by_name(const char *name);

/* The I-th encoding, NULL past the last: for listing them. */
const struct tok *tok_by_index(size_t i);

/*
 * The encoding that MODEL uses, by exact name, else by the longest known
 * prefix; "ft:MODEL:..." counts as MODEL.  NULL if the model is not known.
 */
const struct tok *tok_for_model(const char *model);

/* The encoding's name, as tok_by_name takes it. */
const char *tok_name(const struct tok *tok);

/* The version of Unicode whose character classes are used, as "15.0.0". */
const char *tok_unicode_version(void);

#define TOK_SPECIAL 1u /* special-token text encodes as the special token */

/* The number of tokens in the LEN bytes at TEXT. */
size_t tok_count(const struct tok *tok, const void *text, size_t len);

/*
 * The ids of the LEN bytes at TEXT.  Stores the first CAP of them in IDS,
 * which may be NULL if CAP is 0, and returns how many there are, as snprintf
 * does.  There are never more than LEN of them, unless the text is not
 * UTF-8: then never more than 3 * LEN.
 */
size_t tok_encode(const struct tok *tok, const void *text, size_t len,
    unsigned flags, uint32_t *ids, size_t cap);

/*
 * The bytes of one token; their number is returned.  Special tokens are
 * known by their text.  0 if the encoding has no such id.
 */
#define TOK_BYTES_MAX 255
size_t tok_bytes(
    const struct tok *tok, uint32_t id, unsigned char buf[TOK_BYTES_MAX]);

/* What tok_decode returns if an id is not one of the encoding's. */
#define TOK_BAD_ID ((size_t)-1)

/*
 * The text of the N tokens IDS.  Stores the first CAP bytes in BUF and
 * returns how many there are; no NUL is added.
 */
size_t tok_decode(const struct tok *tok, const uint32_t *ids, size_t n,
    void *buf, size_t cap);

/*
 * Text that comes in pieces, of any size in all, in constant memory; where
 * the pieces end makes no difference.
 *
 *	tok_stream_init(&s, tok, 0);
 *	while ((n = read(fd, buf, sizeof(buf))) > 0)
 *		tok_stream_feed(&s, buf, n);
 *	total = tok_stream_finish(&s);
 *
 * There is nothing to free.  The struct is large: a stack has room for one
 * or two.  Its members are the implementation's.
 */
#define TOK_STREAM_TEXT 65536
#define TOK_STREAM_IDS 16384
#define TOK_STREAM_MEMO 335680

typedef void tok_sink(void *arg, const uint32_t *ids, size_t n);

/* A pretoken that does not fit in a stream's buffer. */
struct tok_long {
	unsigned char phase; /* 0: there is none */
	bool marked;
	bool two_ways;
	size_t scanned;
	size_t sure;
	size_t before_last;
	size_t done[2];
	size_t count[2];
	uint32_t last[2];
};

struct tok_stream {
	const struct tok *tok;
	tok_sink *sink;
	void *arg;
	size_t count;
	unsigned flags;
	unsigned held; /* bytes of PART, a character not yet complete */
	unsigned char part[4];
	struct tok_long pending;
	size_t fill; /* bytes of TEXT */
	unsigned char text[TOK_STREAM_TEXT];
	uint32_t ids[TOK_STREAM_IDS];
	bool has_memo;
	uint64_t memo[TOK_STREAM_MEMO / 8]; /* what the text is like */
};

void tok_stream_init(
    struct tok_stream *s, const struct tok *tok, unsigned flags);

/*
 * Have the ids handed to SINK, with ARG, as they become known.  Only with a
 * sink, more than 16 kB of white space after a newline, or of upper case after
 * characters without case, end a pretoken before its time if it is one of more
 * than 48 kB: of such text a count is exact, and ids may not be.
 */
void tok_stream_sink(struct tok_stream *s, tok_sink *sink, void *arg);

void tok_stream_feed(struct tok_stream *s, const void *data, size_t len);

/* The end of the text; the number of tokens in all of it. */
size_t tok_stream_finish(struct tok_stream *s);

#endif
