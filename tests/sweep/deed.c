#include "tracee.h"

#include "fault.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

void
let_go(struct run *r)
{
	if (r->hold_fd != -1)
		close(r->hold_fd);
	r->hold_fd = -1;
}

static void
kill_tracee(struct tracee *tr)
{
	tr->ours = true;
	kill(tr->pid, SIGKILL);
}

void
kill_all(struct run *r)
{
	for (int i = 0; i < r->n; i++)
		if (r->list[i].pid != 0)
			kill_tracee(&r->list[i]);
	let_go(r);
}

void
do_kill(struct run *r, struct tracee *tr)
{
	if (r->plan->deed == DEED_KILL_ONE) {
		kill_tracee(tr);
		let_go(r);
	} else {
		kill_all(r);
	}
	r->t->done = true;
}

/*
 * The protocol counts on this: what goes into one page of a file with one call
 * is there whole or not at all if the writer dies.  (Linux takes half of so
 * little from nobody; and if it did, a writer that lives writes the rest.)
 */
static bool
is_atomic(const struct tracee *tr, const struct user_regs_struct *regs)
{
	return tr->nr == SYS_pwrite64 &&
	       regs->r10 / PAGE == (regs->r10 + regs->rdx - 1) / PAGE;
}

/* At the call's entry: have it fail with ERROR, or do half. */
void
spoil(struct tracee *tr, struct user_regs_struct *regs, int error)
{
	tr->first = regs->rdi;
	tr->third = regs->rdx;
	tr->altered = error == FAULT_SHORT || tr->nr == SYS_brk;
	if (error == FAULT_SHORT)
		regs->rdx /= 2;
	else if (tr->nr == SYS_brk)
		regs->rdi = 0; /* says where the break is, and never "no" */
	else
		tr->fault = error;
	if (tr->fault != 0 && !fault_executes(tr->nr))
		regs->orig_rax = (unsigned long)-1;
	ptrace(PTRACE_SETREGS, tr->pid, NULL, regs);
}

static bool
is_plausible(const struct run *r, const struct tracee *tr,
    const struct user_regs_struct *regs, int error)
{
	const struct plan *const p = r->plan;

	if (error == FAULT_SHORT && regs->rdx < 2)
		return false;
	if (error == FAULT_SHORT && p->and_kill > 0 && is_atomic(tr, regs))
		return false;
	return !p->for_good || fault_lasts(tr->nr, error);
}

void
do_fault(struct run *r, struct tracee *tr, struct user_regs_struct *regs)
{
	const int variant = r->plan->variant;
	const int error = fault_error(tr->nr, variant);

	r->t->variants = error != 0 && fault_error(tr->nr, variant + 1) != 0;
	if (error == 0 || !is_plausible(r, tr, regs, error))
		return;
	r->t->done = true;
	tr->and_kill = r->plan->and_kill;
	tr->parked = r->plan->slow;
	describe(r, tr, regs,
	    error == FAULT_SHORT ? "half of it" : strerrorname_np(error));
	if (r->plan->for_good) {
		r->lasting_call = tr->nr;
		r->lasting_error = error;
	}
	spoil(tr, regs, error);
}

/* It dies before it executes the call, however the kernel does it. */
void
skip_call(struct tracee *tr, struct user_regs_struct *regs)
{
	regs->orig_rax = (unsigned long)-1;
	ptrace(PTRACE_SETREGS, tr->pid, NULL, regs);
	tr->noting = 0;
}
