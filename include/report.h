/*
 * report.h - the one record that a child sends its parent.
 *
 * Fixed size, at most PIPE_BUF, in one write: it arrives whole or not at all.
 * It is what the child has noted in the claim file, framed.
 */
#ifndef REPORT_H
#define REPORT_H

#include "claim.h"

#include <stdbool.h>

/* Send it.  0, or -1 with errno. */
int report_send(int fd, const struct claim_progress *progress);

/*
 * What a dead child left in the pipe: true if exactly one record for the
 * attempt that RECORD names.  FD does not block.
 */
bool report_receive(
    int fd, const struct claim_record *record, struct claim_progress *progress);

#endif
