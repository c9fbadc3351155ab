/*
 * window.h - a long pretoken merged window by window.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include "steps.h"

/*
 * Go on from POS, where the path ends, to END at most, by as many windows as
 * are of use.  Returns where the path then ends.
 */
size_t window_steps(struct path *path, size_t pos, size_t end);

#endif
