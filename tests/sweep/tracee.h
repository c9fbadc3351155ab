/*
 * tracee.h - the inside of trace.h: what is known of each process.
 *
 *	trace.c	follows them from call to call
 *	watch.c	sees what they do
 *	deed.c	kills them, or has their calls fail
 */
#ifndef TRACEE_H
#define TRACEE_H

#include "sweep.h"
#include "trace.h"

#include <stdbool.h>
#include <sys/types.h>
#include <sys/user.h>

/* claim.c's places in a claim file: where the child's notes begin. */
enum {
	NOTE_AT = 512,
	PAGE = 4096,
	TRACEES = 32
};

struct tracee {
	pid_t pid; /* 0: gone */
	enum role role;
	int which;
	bool loading; /* a library, up to the closing of its file */
	bool begun;   /* its own work, for the parent */
	long calls;   /* of those that are counted */
	long nr;      /* the one it is in */
	struct sighting *seen;
	int noting;   /* the stage it is about to write; 0: none */
	int fault;    /* to return when the call ends; 0: none */
	bool parked;  /* until it is alone */
	bool fired;   /* kill when the call ends */
	bool ours;    /* we have killed it */
	bool altered; /* its arguments; they are to be what they were: */
	unsigned long long first, third;
	long and_kill;
};

struct run {
	const struct plan *plan;
	struct trace *t;
	struct tracee list[TRACEES];
	int n;
	int of_role[ROLES];
	bool piped; /* the parent has made a pipe since its last fork */
	int hold_fd;
	long lasting_call; /* fails from now on: */
	int lasting_error; /* 0: none does */
};

/* ---- watch.c ---- */

/* The child is about to write: if it is a note of its progress, read it. */
void see_note(
    struct run *r, struct tracee *tr, const struct user_regs_struct *regs);

/* It was killed while it wrote: is the note in the file? */
bool has_reached(const struct sighting *a);

/* The file that a call is about, where it has a descriptor or a path. */
void subject(const struct tracee *tr, const struct user_regs_struct *regs,
    char path[SWEEP_PATH]);

/* Add WHAT is done to it to the trace, for people. */
void describe(struct run *r, const struct tracee *tr,
    const struct user_regs_struct *regs, const char *what);

/* ---- deed.c ---- */

/* Let go of the lock that is held. */
void let_go(struct run *r);

void kill_all(struct run *r);

/* Whom the plan says. */
void do_kill(struct run *r, struct tracee *tr);

/* It dies before it executes the call, however the kernel does it. */
void skip_call(struct tracee *tr, struct user_regs_struct *regs);

/* At the call's entry: have it fail with ERROR, or do half. */
void spoil(struct tracee *tr, struct user_regs_struct *regs, int error);

/* The same, as the plan says. */
void do_fault(struct run *r, struct tracee *tr, struct user_regs_struct *regs);

#endif
