/*
 * texts.h - what the tokenizer is measured on: files, and made-up texts that
 * tokenizers fear.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <stddef.h>

struct text {
	const char *name;
	unsigned char *bytes;
	size_t len;
};

/* All of FILE, under the last part of its name; ends the program if it cannot
 * be read. */
struct text text_of_file(const char *file);

/*
 * The I-th made-up text, of about a million bytes, the same ones in each run;
 * its name is NULL past the last.
 */
struct text text_made(size_t i);

#endif
