#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t alarmed;

static void
on_alarm(int sig)
{
	(void)sig;
	alarmed = 1;
}

/* Wake up from waitpid(2), again and again: one tick could come too early. */
static void
set_alarm(int seconds)
{
	const struct itimerval when = {.it_value = {.tv_sec = seconds},
	    .it_interval = {.tv_usec = seconds ? 100000 : 0}};
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	sigaction(SIGALRM, &sa, NULL);
	alarmed = 0;
	setitimer(ITIMER_REAL, &when, NULL);
}

static struct tracee *
find(struct run *r, pid_t pid)
{
	for (int i = 0; i < r->n; i++)
		if (r->list[i].pid == pid)
			return &r->list[i];
	return NULL;
}

static struct tracee *
add(struct run *r, pid_t pid)
{
	struct tracee *const tr = &r->list[r->n];

	if (r->n == TRACEES)
		bail("too many processes to trace");
	r->n++;
	memset(tr, 0, sizeof(*tr));
	tr->pid = pid;
	/* An attempt reports through a pipe; a helper has none. */
	tr->role =
	    r->n == 1 ? ROLE_PARENT : (r->piped ? ROLE_CHILD : ROLE_HELPER);
	r->piped = false;
	tr->begun = r->n > 1;
	tr->which = ++r->of_role[tr->role];
	return tr;
}

static bool
is_time(struct run *r, struct tracee *tr)
{
	const struct plan *const p = r->plan;

	return !r->t->reached && p->deed != DEED_NONE && tr->role == p->role &&
	       (p->which == 0 || tr->which == p->which) && tr->calls == p->k;
}

/*
 * Libraries that the program loads late: what the dynamic loader does there
 * is not swept by kills, as nobody outside sees it.
 */
static bool
is_loading(
    const struct run *r, struct tracee *tr, const struct user_regs_struct *regs)
{
	char path[SWEEP_PATH];
	const bool was = tr->loading;

	if (r->plan->deed == DEED_FAULT)
		return false;
	if (tr->nr == SYS_openat) {
		subject(tr, regs, path);
		if (strstr(path, ".so") != NULL)
			tr->loading = true;
	} else if (tr->nr == SYS_close) {
		tr->loading = false;
	}
	return was || tr->loading;
}

static bool
is_counted(const struct plan *p, const struct tracee *tr,
    const struct user_regs_struct *regs)
{
	char path[SWEEP_PATH];

	if (p->call != -1 && p->call != tr->nr)
		return false;
	if (p->about == NULL)
		return true;
	subject(tr, regs, path);
	return strstr(path, p->about) != NULL;
}

static void
on_entry(struct run *r, struct tracee *tr)
{
	const struct plan *const p = r->plan;
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, tr->pid, NULL, &regs);
	tr->nr = (long)regs.orig_rax;
	tr->noting = 0;
	tr->begun |= tr->nr == SYS_openat && (regs.rdx & O_DIRECTORY) != 0;
	if (!tr->begun)
		return;
	if (tr->role == ROLE_PARENT && tr->nr == SYS_pipe2)
		r->piped = true;
	if (tr->nr == SYS_flock && regs.rsi == LOCK_EX)
		let_go(r); /* it is going to wait */
	if (is_loading(r, tr, &regs))
		return;
	if (tr->role == ROLE_CHILD && tr->nr == SYS_pwrite64)
		see_note(r, tr, &regs);
	if (tr->and_kill > 0 && --tr->and_kill == 0) {
		describe(r, tr, &regs, "killed, too");
		skip_call(tr, &regs);
		kill_all(r);
		return;
	}
	/* But it can still say so. */
	if (r->lasting_error != 0 && r->lasting_call == tr->nr &&
	    !(tr->nr == SYS_write && regs.rdi <= 2)) {
		spoil(tr, &regs, r->lasting_error);
		return;
	}
	if (!is_counted(p, tr, &regs))
		return;
	tr->calls++;
	if (!is_time(r, tr))
		return;
	r->t->reached = true;
	if (p->deed == DEED_FAULT) {
		do_fault(r, tr, &regs);
	} else if (p->after) {
		tr->fired = true;
	} else {
		describe(r, tr, &regs, "killed before");
		skip_call(tr, &regs);
		do_kill(r, tr);
	}
}

static void
on_exit_of_call(struct run *r, struct tracee *tr)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, tr->pid, NULL, &regs);
	if (tr->fault != 0 || tr->altered) {
		if (tr->fault != 0)
			regs.rax = (unsigned long)-(long)tr->fault;
		if (tr->altered) {
			regs.rdi = tr->first;
			regs.rdx = tr->third;
		}
		ptrace(PTRACE_SETREGS, tr->pid, NULL, &regs);
		tr->fault = 0;
		tr->altered = false;
	}
	if (tr->noting != 0 && (long)regs.rax > 0 && tr->seen != NULL)
		tr->seen->stage = tr->noting;
	tr->noting = 0;
	if (tr->fired) {
		tr->fired = false;
		describe(r, tr, &regs, "killed after");
		do_kill(r, tr);
	}
}

static void
on_call(struct run *r, struct tracee *tr)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tr->pid, sizeof(info), &info) <= 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(r, tr);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_exit_of_call(r, tr);
}

static void
on_end(struct run *r, struct tracee *tr, int status)
{
	if (tr == &r->list[0])
		r->t->status = status;
	/* The program itself ends what is stuck with SIGTERM and SIGKILL. */
	if (WIFSIGNALED(status) && !tr->ours && WTERMSIG(status) != SIGKILL &&
	    WTERMSIG(status) != SIGTERM)
		r->t->crash = WTERMSIG(status);
	if (tr->seen != NULL) {
		tr->seen->died = WIFSIGNALED(status);
		if (tr->noting != 0 && has_reached(tr->seen))
			tr->seen->stage = tr->noting;
	}
	tr->pid = 0;
}

/* The newborn is known before the parent can die: it will be waited for. */
static void
on_fork(struct run *r, const struct tracee *tr)
{
	unsigned long pid;

	if (ptrace(PTRACE_GETEVENTMSG, tr->pid, NULL, &pid) == 0 &&
	    find(r, (pid_t)pid) == NULL)
		add(r, (pid_t)pid);
}

static void
on_stop(struct run *r, struct tracee *tr, int status)
{
	const int sig = WSTOPSIG(status);
	long pass = 0;

	if (sig == (SIGTRAP | 0x80))
		on_call(r, tr);
	else if (status >> 16 == 0)
		pass = sig;
	else if (status >> 16 == PTRACE_EVENT_FORK ||
		 status >> 16 == PTRACE_EVENT_VFORK ||
		 status >> 16 == PTRACE_EVENT_CLONE)
		on_fork(r, tr);
	if (!tr->parked)
		ptrace(PTRACE_SYSCALL, tr->pid, NULL, pass);
}

/* Those who were to wait for the others, and are alone now, go on. */
static void
unpark(struct run *r)
{
	for (int i = 0; i < r->n; i++)
		if (r->list[i].pid != 0 && !r->list[i].parked)
			return;
	for (int i = 0; i < r->n; i++) {
		if (r->list[i].pid != 0)
			ptrace(PTRACE_SYSCALL, r->list[i].pid, NULL, 0L);
		r->list[i].parked = false;
	}
}

static bool
any_left(const struct run *r)
{
	for (int i = 0; i < r->n; i++)
		if (r->list[i].pid != 0)
			return true;
	return false;
}

static void
follow(struct run *r)
{
	for (; any_left(r); unpark(r)) {
		int status;
		const pid_t pid = waitpid(-1, &status, __WALL);
		struct tracee *tr;

		if (pid == -1 && errno != EINTR)
			bail("waitpid: %s", strerror(errno));
		if (alarmed) {
			r->t->hang = true;
			alarmed = 0;
			kill_all(r);
		}
		if (pid == -1)
			continue;
		tr = find(r, pid);
		if (tr == NULL && WIFSTOPPED(status))
			tr = add(r, pid); /* a tracee's newborn child */
		if (tr == NULL)
			bail("the simulator is gone");
		if (WIFSTOPPED(status))
			on_stop(r, tr, status);
		else
			on_end(r, tr, status);
	}
}

/* In the new process.  GATE: wait there for a byte; -1: do not. */
static _Noreturn void
become(const struct command *cmd, int gate)
{
	const int in = open("/dev/null", O_RDONLY);
	const int out = open(cmd->out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	const int err = open(cmd->err, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	char go;

	if (dup2(in, 0) == -1 || dup2(out, 1) == -1 || dup2(err, 2) == -1 ||
	    (gate != -1 && read(gate, &go, 1) != 1))
		_exit(126);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execve(cmd->argv[0], cmd->argv, cmd->envp);
	_exit(127);
}

int
plain_run(const struct command *cmd, int seconds)
{
	const pid_t pid = fork();
	int status;

	if (pid == -1)
		bail("fork: %s", strerror(errno));
	if (pid == 0)
		become(cmd, -1);
	set_alarm(seconds);
	while (waitpid(pid, &status, 0) == -1)
		if (alarmed)
			kill(pid, SIGKILL);
	set_alarm(0);
	return status;
}

void
trace_run(const struct plan *plan, const struct command *cmd, struct trace *t)
{
	static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	                            PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	                            PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	struct run r = {.plan = plan, .t = t, .hold_fd = plan->hold_fd};
	int gate[2];
	pid_t pid;

	memset(t, 0, sizeof(*t));
	if (pipe(gate) == -1 || (pid = fork()) == -1)
		bail("fork: %s", strerror(errno));
	if (pid == 0)
		become(cmd, gate[0]);
	add(&r, pid);
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) == -1)
		bail("ptrace: %s", strerror(errno));
	/* A stop, so that calls can be followed from the first. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (write(gate[1], "", 1) != 1)
		bail("pipe: %s", strerror(errno));
	set_alarm(plan->seconds);
	follow(&r);
	set_alarm(0);
	let_go(&r);
	close(gate[0]);
	close(gate[1]);
}
