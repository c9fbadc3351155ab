/*
 * output.h - outputs/N_output.txt: answers and error reports, whole or not at
 * all.
 *
 * An answer goes through the temporary file of its prompt, which belongs to
 * whoever has claimed the prompt:
 *
 *	output_begin	before the request: a full or read-only disk shows
 *			while nothing has been spent
 *	output_stage	the text, its mtime, fsync
 *	output_publish	rename
 *
 * The mtime tells make, and the next run, what is done: an answer is not
 * older than the prompt it answers; an error report is older, so the
 * prompt is tried again.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* An error report begins with this. */
#define OUTPUT_ERROR_PREFIX "chatgpt-batch error: "

/* Is N's output there, not empty, no error report, and not older than
 * PROMPT_MTIME? */
bool output_current(int outputs, int n, struct timespec prompt_mtime);

/*
 * Create N's temporary, with some room on the disk.  A descriptor, or -1 with
 * ERR.  MODE as for open(2), less the umask.
 */
int output_begin(int outputs, int n, struct error *err);

/* Write LEN bytes of TEXT to FD from its start, date it MTIME, sync. */
int output_stage(int fd, int n, const char *text, size_t len,
    struct timespec mtime, struct error *err);

/* Date and sync what is in FD already. */
int output_seal(int fd, int n, struct timespec mtime, struct error *err);

/*
 * Rename N's temporary to its output.  With KEEP an answer that stands there
 * is kept as N_output.txt~.
 */
int output_publish(int outputs, int n, bool keep, struct error *err);

/* Is N's temporary there?  1, 0, or -1 with ERR: it cannot be told. */
int output_staged(int outputs, int n, struct error *err);

/*
 * The disk would not take an answer that is paid for: save it in DIR, or if
 * that is "" in $TMPDIR (/tmp), and say where in PATH.  0, or -1 with errno.
 */
int output_rescue(const char *dir, int n, const char *text, size_t len,
    char *path, size_t size);

/* The same for what stands in N's temporary and cannot be renamed. */
int output_rescue_staged(int outputs, int n, char *path, size_t size);

enum {
	OUTPUT_RESCUE_MAX = 400
}; /* room for DIR */

/* Make a DIR in $TMPDIR, for those who may write in no other; "" if it cannot
 * be made.  At the end remove it, unless somebody had need of it. */
void output_rescue_begin(char dir[OUTPUT_RESCUE_MAX]);
void output_rescue_end(const char *dir);

/* Remove N's temporary, if there is one. */
void output_discard(int outputs, int n);

/*
 * Put an error report in the place of N's output, older than PROMPT_MTIME.
 * An answer that stands there is kept as N_output.txt~.  0, or -1 with ERR.
 */
int output_report(int outputs, int n, struct timespec prompt_mtime,
    const char *text, size_t len, struct error *err);

/* A date just before T, for what is to be done again: to the nanosecond one that
 * tells it from an answer to an older prompt. */
struct timespec output_stale_time(struct timespec t);

#endif
