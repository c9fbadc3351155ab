/*
 * mask.h - the API key taken out of texts that a server sent.
 *
 * Servers echo the key: whole, cut, or starred in the middle ("Incorrect API
 * key provided: sk-ab***xyz").  What of it can be recognised is replaced by
 * asterisks, so that no log or error report narrows a search for it.
 *
 * Pure.
 */
#ifndef MASK_H
#define MASK_H

/*
 * Mask in TEXT, in place and in the same length: every run of MASK_PART or
 * more characters that is also in KEY, the whole KEY if it is shorter than
 * that, and words with asterisks or dots in the middle whose ends are KEY's.
 */
void mask_key(char *text, const char *key);

enum {
	MASK_PART = 6
};

#endif
