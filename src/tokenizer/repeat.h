/*
 * repeat.h - text that repeats itself has tokens that do.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include "steps.h"

/*
 * If the path's last token is one of the few before it, and the text goes on
 * from POS, where the path ends, as it did after that one, so does the path,
 * until near where that ends or near END, where the tokens that fit are
 * others.  Returns where the path then ends.
 */
size_t repeat_steps(struct path *path, size_t pos, size_t end);

#endif
