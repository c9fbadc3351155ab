/*
 * json_out.h - one JSON object on standard output, as --json wants it.
 */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <cjson/cJSON.h>

/* Print O and delete it.  Does not flush.  0, or -1 with errno. */
int json_out(cJSON *o);

#endif
