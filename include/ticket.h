/*
 * ticket.h - one place in the queue, as a file.
 *
 * A ticket is a file in lockfiles/queue/ whose name is a number, flocked by who
 * stands there.  It says who that is, in one line of text: PID, since when, and
 * until when it waits at the head (wall ns; 0: it does not).  Names that are no
 * numbers are not tickets.
 */
#ifndef TICKET_H
#define TICKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TICKET_NAME = 24
};

struct ticket {
	uint64_t number; /* from 1 */
	pid_t pid;
	int64_t since;
	int64_t until;
};

/* The name of the ticket NUMBER, in NAME. */
char *ticket_name(char name[TICKET_NAME], uint64_t number);

/* The highest number below THAN, or the lowest above it, in the directory DIR.
 * 0, with 0 in *NUMBER if there is none; or -1 with errno. */
int ticket_below(int dir, uint64_t than, uint64_t *number);
int ticket_above(int dir, uint64_t than, uint64_t *number);

/* Write what T says to the ticket FD.  It is for onlookers: if it cannot be
 * written, nothing is lost. */
void ticket_write(int fd, const struct ticket *t);

/* What the ticket FD says, but its number.  false: nothing that can be read. */
bool ticket_read(int fd, struct ticket *t);

/* The next ticket above NUMBER in LOCKS/queue.  false: none. */
bool ticket_next(int locks, uint64_t number, struct ticket *t);

#endif
