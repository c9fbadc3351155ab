/*
 * error_body.h - what an error's body says, whatever its shape.
 *
 * The half of response.h that reads errors; see there for the shapes.
 * Pure.
 */
#ifndef ERROR_BODY_H
#define ERROR_BODY_H

#include "outcome.h"

#include <stdbool.h>
#include <stddef.h>

struct cJSON;

/*
 * Fill OUT's code, type and message from ROOT.  False, with OUT untouched, if
 * there is no error in it that is known how to read.
 */
bool error_body_read(const struct cJSON *root, struct outcome *out);

/*
 * Body that is not JSON: put the title of HTML, or the beginning of any other
 * text, in OUT's message, after ": " if there is already something.
 */
void error_body_text(const char *text, size_t len, struct outcome *out);

#endif
