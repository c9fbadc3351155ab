#include "sandbox_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Others have other numbers, or the halves of arguments elsewhere. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MACHINE AUDIT_ARCH_AARCH64
#else
#define MACHINE 0
#endif

/* The newest call that was looked at: Linux 6.18's file_setattr. */
enum {
	NEWEST = 469
};

enum verdict {
	ALLOW,
	DENY,
	NOT_HERE, /* ENOSYS */
	/* It depends on the arguments: */
	OWN_PID, /* first: this process */
	OWN_PID_OR_0,
	THREAD,    /* clone's flags */
	FAMILY,    /* socket's */
	NO_PATH,   /* second: NULL, as futimens(3) has it */
	NO_TYPING, /* second: ioctl's request */
	VERDICTS
};

struct call {
	uint32_t nr;
	enum verdict verdict;
};

/* Since 5.0 all machines number new calls alike, whatever the headers know. */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_IO_URING_SETUP,
	NR_IO_URING_ENTER,
	NR_IO_URING_REGISTER,
	NR_OPEN_TREE,
	NR_MOVE_MOUNT,
	NR_FSOPEN,
	NR_FSCONFIG,
	NR_FSMOUNT,
	NR_FSPICK,
	NR_CLONE3 = 435,
	NR_PIDFD_GETFD = 438,
	NR_PROCESS_MADVISE = 440,
	NR_MOUNT_SETATTR = 442,
	NR_QUOTACTL_FD = 443,
	NR_PROCESS_MRELEASE = 448,
	NR_FCHMODAT2 = 452,
	NR_SETXATTRAT = 463,
	NR_REMOVEXATTRAT = 466,
	NR_OPEN_TREE_ATTR = 467,
	NR_FILE_SETATTR = 469
};

#define D(name)                   \
	{                         \
		SYS_##name, DENY, \
	}

static const struct call table[] = {
    /* Other programs and processes. */
    D(execve),
    D(execveat),
    {SYS_clone, THREAD},
    {NR_CLONE3, NOT_HERE},
#ifdef SYS_fork
    D(fork),
    D(vfork),
#endif
    D(ptrace),
    D(process_vm_readv),
    D(process_vm_writev),
    D(kcmp),
    {NR_PIDFD_GETFD, DENY},
    {NR_PROCESS_MADVISE, DENY},
    {NR_PROCESS_MRELEASE, DENY},
    D(move_pages),
    D(migrate_pages),
    {SYS_kill, OWN_PID},
    {SYS_tgkill, OWN_PID},
    D(tkill),
    D(rt_sigqueueinfo),
    D(rt_tgsigqueueinfo),
    {NR_PIDFD_SEND_SIGNAL, DENY},
    {SYS_prlimit64, OWN_PID_OR_0},
    D(setpriority),
    D(ioprio_set),
    D(shmget),
    D(shmat),
    D(shmctl),
    D(msgget),
    D(msgsnd),
    D(msgrcv),
    D(msgctl),
    D(semget),
    D(semop),
    D(semctl),
    D(semtimedop),
    D(mq_open),
    D(mq_unlink),
    /* The network, but for asking. */
    {SYS_socket, FAMILY},
    D(listen),
    D(accept),
    D(accept4),
    /* Files, where Landlock has no say; and the terminal. */
    D(fchmod),
    D(fchmodat),
    {NR_FCHMODAT2, DENY},
    D(fchown),
    D(fchownat),
    D(truncate),
    {SYS_utimensat, NO_PATH},
    D(setxattr),
    D(lsetxattr),
    D(fsetxattr),
    D(removexattr),
    D(lremovexattr),
    D(fremovexattr),
    {NR_SETXATTRAT, DENY},
    {NR_REMOVEXATTRAT, DENY},
    {NR_FILE_SETATTR, DENY},
    D(open_by_handle_at),
    D(fanotify_init),
    {SYS_ioctl, NO_TYPING},
#ifdef SYS_chmod
    D(chmod),
    D(chown),
    D(lchown),
    D(utime),
    D(utimes),
    D(futimesat),
#endif
    /* Ways around all this, and much of the kernel that is rarely used. */
    {NR_IO_URING_SETUP, DENY},
    {NR_IO_URING_ENTER, DENY},
    {NR_IO_URING_REGISTER, DENY},
    D(bpf),
    D(perf_event_open),
    D(userfaultfd),
    D(add_key),
    D(request_key),
    D(keyctl),
    D(personality),
    /* Administration. */
    D(unshare),
    D(setns),
    D(chroot),
    D(pivot_root),
    D(mount),
    D(umount2),
    {NR_OPEN_TREE, DENY},
    {NR_OPEN_TREE_ATTR, DENY},
    {NR_MOVE_MOUNT, DENY},
    {NR_FSOPEN, DENY},
    {NR_FSCONFIG, DENY},
    {NR_FSMOUNT, DENY},
    {NR_FSPICK, DENY},
    {NR_MOUNT_SETATTR, DENY},
    D(swapon),
    D(swapoff),
    D(quotactl),
    {NR_QUOTACTL_FD, DENY},
    D(acct),
    D(syslog),
    D(vhangup),
    D(reboot),
    D(kexec_load),
    D(init_module),
    D(finit_module),
    D(delete_module),
    D(settimeofday),
    D(clock_settime),
    D(adjtimex),
    D(clock_adjtime),
    D(sethostname),
    D(setdomainname),
#ifdef SYS_kexec_file_load
    D(kexec_file_load),
#endif
#ifdef SYS_iopl
    D(iopl),
    D(ioperm),
    D(modify_ldt),
#endif
};

enum {
	CALLS = sizeof(table) / sizeof(table[0]),
	EDGES_MAX = 2 * CALLS + 2,
	/* A comparison for each, and what looks at arguments. */
	PROGRAM_MAX = EDGES_MAX + 80
};

/* From FROM to the next edge, all calls have the same verdict. */
struct edge {
	uint32_t from;
	enum verdict verdict;
};

/* A comparison, at AT, one of whose ways leads to a verdict. */
struct leaf {
	size_t at;
	bool yes;
	enum verdict verdict;
};

struct maker {
	struct sandbox_filter *f;
	struct edge edges[EDGES_MAX];
	size_t n_edges;
	struct leaf leaves[EDGES_MAX];
	size_t n_leaves;
	bool too_far; /* a jump */
};

static int
by_number(const void *a, const void *b)
{
	const uint32_t x = ((const struct call *)a)->nr;
	const uint32_t y = ((const struct call *)b)->nr;

	return (x > y) - (x < y);
}

static void
add_edge(struct maker *m, uint32_t from, enum verdict verdict)
{
	if (m->n_edges > 0 && m->edges[m->n_edges - 1].from == from)
		m->n_edges--;
	/* No edge, if it is as before. */
	if (m->n_edges == 0 || m->edges[m->n_edges - 1].verdict != verdict)
		m->edges[m->n_edges++] = (struct edge){from, verdict};
}

static void
find_edges(struct maker *m)
{
	struct call sorted[CALLS];

	memcpy(sorted, table, sizeof(sorted));
	qsort(sorted, CALLS, sizeof(sorted[0]), by_number);
	add_edge(m, 0, ALLOW);
	for (size_t i = 0; i < CALLS; i++) {
		add_edge(m, sorted[i].nr, sorted[i].verdict);
		add_edge(m, sorted[i].nr + 1, ALLOW);
	}
	/* Another set of numbers ("x32") begins far above. */
	add_edge(m, NEWEST + 1, NOT_HERE);
}

/* ---- instructions ---- */

static size_t
emit(struct maker *m, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	m->f->program[m->f->len] =
	    (struct sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
	return m->f->len++;
}

static void
load(struct maker *m, size_t offset)
{
	emit(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* If it equals K go over YES instructions, else over NO. */
static size_t
equal(struct maker *m, uint32_t k, uint8_t yes, uint8_t no)
{
	return emit(m, BPF_JMP | BPF_JEQ | BPF_K, k, yes, no);
}

static void
give(struct maker *m, uint32_t k)
{
	emit(m, BPF_RET | BPF_K, k, 0, 0);
}

#define GIVE_ALLOW SECCOMP_RET_ALLOW
#define GIVE_EPERM (SECCOMP_RET_ERRNO | EPERM)
#define GIVE_ENOSYS (SECCOMP_RET_ERRNO | ENOSYS)

/* Two ways out, for a comparison to choose from. */
static void
give_either(struct maker *m)
{
	give(m, GIVE_ALLOW);
	give(m, GIVE_EPERM);
}

/* The lower half of argument N, and the upper. */
#define LOW(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t))
#define HIGH(n) (LOW(n) + sizeof(uint32_t))

static void
own_pid(struct maker *m, bool or_zero)
{
	load(m, LOW(0));
	if (or_zero)
		equal(m, 0, 1, 0);
	if (m->f->n_pids < SANDBOX_PIDS)
		m->f->pids[m->f->n_pids++] = m->f->len;
	equal(m, 0, 0, 1); /* see sandbox_filter_enter */
	give_either(m);
}

static void
judge(struct maker *m, enum verdict verdict)
{
	switch (verdict) {
	case ALLOW:
		give(m, GIVE_ALLOW);
		break;
	case DENY:
		give(m, GIVE_EPERM);
		break;
	case NOT_HERE:
		give(m, GIVE_ENOSYS);
		break;
	case OWN_PID:
	case OWN_PID_OR_0:
		own_pid(m, verdict == OWN_PID_OR_0);
		break;
	case THREAD:
		load(m, LOW(0));
		emit(m, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
		give_either(m);
		break;
	case FAMILY:
		load(m, LOW(0));
		equal(m, AF_INET, 2, 0);
		equal(m, AF_INET6, 1, 0);
		equal(m, AF_NETLINK, 0, 1);
		give_either(m);
		break;
	case NO_PATH:
		load(m, LOW(1));
		equal(m, 0, 0, 3);
		load(m, HIGH(1));
		equal(m, 0, 0, 1);
		give_either(m);
		break;
	case NO_TYPING:
		load(m, LOW(1));
		equal(m, TIOCSTI, 2, 0);
		equal(m, TIOCLINUX, 1, 0);
		give_either(m);
		break;
	case VERDICTS:
		break;
	}
}

/* Have the comparison at AT go to TO if it is true, or if it is not. */
static void
jump(struct maker *m, size_t at, bool yes, size_t to)
{
	struct sock_filter *const from = &m->f->program[at];
	const size_t distance = to - at - 1;

	m->too_far |= distance > UINT8_MAX;
	*(yes ? &from->jt : &from->jf) = (uint8_t)distance;
}

static void split(struct maker *m, size_t first, size_t last);

/* Which edge, from FIRST to LAST, if the comparison at AT comes out so? */
static void
follow(struct maker *m, size_t at, bool yes, size_t first, size_t last)
{
	if (first == last) {
		m->leaves[m->n_leaves++] =
		    (struct leaf){at, yes, m->edges[first].verdict};
		return;
	}
	jump(m, at, yes, m->f->len);
	split(m, first, last);
}

/* Find the edge of the number that is loaded, from FIRST to LAST. */
static void
split(struct maker *m, size_t first, size_t last)
{
	const size_t middle = (first + last + 1) / 2;
	const size_t at =
	    emit(m, BPF_JMP | BPF_JGE | BPF_K, m->edges[middle].from, 0, 0);

	follow(m, at, false, first, middle - 1);
	follow(m, at, true, middle, last);
}

/* The verdicts stand behind the tree, once each. */
static void
judge_all(struct maker *m)
{
	size_t where[VERDICTS];

	for (size_t v = 0; v < VERDICTS; v++) {
		where[v] = m->f->len;
		judge(m, (enum verdict)v);
	}
	for (size_t i = 0; i < m->n_leaves; i++)
		jump(m, m->leaves[i].at, m->leaves[i].yes,
		    where[m->leaves[i].verdict]);
}

void
sandbox_filter_make(struct sandbox_filter *f)
{
	struct maker m = {.f = f};

	*f = (struct sandbox_filter){0};
	if (MACHINE == 0)
		return;
	f->program = calloc(PROGRAM_MAX, sizeof(*f->program));
	if (f->program == NULL)
		return;
	find_edges(&m);
	load(&m, offsetof(struct seccomp_data, arch));
	equal(&m, MACHINE, 1, 0);
	give(&m, GIVE_EPERM);
	load(&m, offsetof(struct seccomp_data, nr));
	split(&m, 0, m.n_edges - 1);
	judge_all(&m);
	if (m.too_far)
		sandbox_filter_free(f);
}

void
sandbox_filter_free(struct sandbox_filter *f)
{
	free(f->program);
	*f = (struct sandbox_filter){0};
}

bool
sandbox_filter_enter(const struct sandbox_filter *f)
{
	const struct sock_fprog program = {
	    .len = (unsigned short)f->len, .filter = f->program};

	if (f->program == NULL)
		return false;
	for (size_t i = 0; i < f->n_pids; i++)
		f->program[f->pids[i]].k = (uint32_t)getpid();
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
