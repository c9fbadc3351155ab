/*
 * partial.h - answers that are no plain success: what they are called, and
 * which of them a user counts as good all the same (--accept).
 *
 * Pure.
 */
#ifndef PARTIAL_H
#define PARTIAL_H

#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>

/* The label of OUT, which is OUTCOME_PARTIAL: a constant, "cut off". */
const char *partial_label(const struct outcome *out);

/* Is OUT OUTCOME_PARTIAL, and of a kind that is in the set ACCEPTED? */
bool partial_accepted(unsigned accepted, const struct outcome *out);

/* The kind called by the LEN bytes of WORD, as a set of one; 0: none. */
unsigned partial_kind(const char *word, size_t len);

/* The word of kind number I, from 0; NULL: there are no more. */
const char *partial_word(size_t i);

#endif
