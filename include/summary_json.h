/*
 * summary_json.h - the summary as one JSON object.
 */
#ifndef SUMMARY_JSON_H
#define SUMMARY_JSON_H

struct run;

/* Print it.  0, or -1 with errno. */
int summary_print_json(const struct run *r, int exit_status);

#endif
