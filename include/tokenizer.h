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
 * The text of a special token ("<|endoftext|>") is ordinary text, as in the
 * content of an API message, unless TOK_SPECIAL is given.
 *
 * No function here can fail for lack of memory, touches a file, or keeps
 * state between calls; all may be called from any thread.
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

#define TOK_SPECIAL 1u /* special-token text encodes as the special token */

/* The number of tokens in the LEN bytes at TEXT. */
size_t tok_count(const struct tok *tok, const void *text, size_t len);

#endif
