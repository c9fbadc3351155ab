/*
 * summary.h - what came of it all, for people and for programs.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "buf.h"

struct run;
struct job;

/*
 * Append the error report of the failed job J to OUT, as its output file
 * gets it:
 *
 *	chatgpt-batch error: LABEL (HTTP 500) after 5 attempts
 *	what the server, the system or the worker said
 *	code: CODE, type: TYPE
 *	request id: ID
 *
 * The first line is always there, the others where there is something to say.
 * 0, or -1 with errno.
 */
int summary_error_report(const struct job *j, struct buf *out);

/* Print the summary of R on standard output, a table or (--json) one
 * object.  EXIT_STATUS is how the program will end.  0, or -1 with errno. */
int summary_print(const struct run *r, int exit_status);

#endif
