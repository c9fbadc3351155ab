/*
 * sweep.h - run something again and again, each time stopped or failed at
 * another system call, until it gets through untouched.
 *
 *	for (int n = 0; sweep(&s, body, arg, n, how); n++)
 *		... look at what the stopped one has left ...
 *
 * The process is traced with ptrace(2).  HOW is 0: killed at the N-th stop,
 * which are before and after each call; else an errno with which the N-th
 * call fails instead of being made.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "scratch.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

struct sweep {
	int status; /* of the process, as waitpid says */
	long call;  /* the number of the call that it was stopped at */
};

/* Where the sweep is, for the messages of assertions. */
#define AT(s, n) "stop %d, system call %ld", n, (s).call

#if defined(__x86_64__)

/* What a process cannot go on without, or must not end differently for. */
static inline bool
sweep_spares(long call)
{
	return call == SYS_exit_group || call == SYS_exit || call == SYS_mmap ||
	       call == SYS_munmap || call == SYS_brk || call == SYS_mprotect ||
	       call == SYS_futex || call == SYS_rt_sigprocmask ||
	       call == SYS_rt_sigreturn || call == SYS_sigaltstack ||
	       call == SYS_madvise || call == SYS_gettid || call == SYS_getpid;
}

static inline bool
sweep_supported(void)
{
	return !in_valgrind();
}

/* To the next stop; false when the process has ended. */
static inline bool
sweep_step(pid_t pid, struct sweep *s)
{
	int sig = 0;

	for (;;) {
		ck_assert_int_eq(
		    ptrace(PTRACE_SYSCALL, pid, NULL, (long)sig), 0);
		s->status = finish(pid);
		if (!WIFSTOPPED(s->status))
			return false;
		if (WSTOPSIG(s->status) == (SIGTRAP | 0x80))
			return true;
		sig = WSTOPSIG(s->status);
	}
}

static inline void
sweep_fail_call(pid_t pid, struct sweep *s, int how)
{
	struct user_regs_struct regs;

	ck_assert_int_eq(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
	regs.orig_rax = ~0ULL;
	ck_assert_int_eq(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
	ck_assert(sweep_step(pid, s));
	ck_assert_int_eq(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
	regs.rax = (unsigned long long)-(long long)how;
	ck_assert_int_eq(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
}

static inline bool
sweep_at(pid_t pid, struct sweep *s, int n, int how)
{
	struct user_regs_struct regs;
	bool entry = false;

	for (int i = 0; sweep_step(pid, s);) {
		entry = !entry;
		ck_assert_int_eq(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
		s->call = (long)regs.orig_rax;
		if ((how != 0 && !entry) || sweep_spares(s->call))
			continue;
		if (i++ < n)
			continue;
		if (how == 0) {
			finish_kill(pid);
			return true;
		}
		sweep_fail_call(pid, s, how);
		while (sweep_step(pid, s))
			continue;
		return true;
	}
	return false;
}

/* False: N is past the last call, BODY went through untouched. */
static inline bool
sweep(struct sweep *s, void (*body)(void *), void *arg, int n, int how)
{
	const pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		REQUIRE(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
		/* What it says of the errors that it is given is noise. */
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(97);
		raise(SIGSTOP);
		body(arg);
		_exit(0);
	}
	while (waitpid(pid, &s->status, 0) == -1)
		ck_assert_int_eq(errno, EINTR);
	ck_assert(WIFSTOPPED(s->status));
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
			     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL),
	    0);
	return sweep_at(pid, s, n, how);
}

#else

static inline bool
sweep_supported(void)
{
	return false;
}

static inline bool
sweep(struct sweep *s, void (*body)(void *), void *arg, int n, int how)
{
	(void)s;
	(void)body;
	(void)arg;
	(void)n;
	(void)how;
	return false;
}

#endif

#endif
