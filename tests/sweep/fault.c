#include "fault.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

/* The lists end with 0. */
static const int opening[] = {EMFILE, ENFILE, EACCES, ENOSPC, EROFS, EIO, 0};
static const int writing[] = {ENOSPC, EDQUOT, EIO, EINTR, FAULT_SHORT, 0};
static const int reading[] = {EIO, EINTR, FAULT_SHORT, 0};
static const int syncing[] = {EIO, ENOSPC, 0};
static const int changing[] = {EIO, EROFS, ENOSPC, EACCES, 0};
static const int looking[] = {EIO, EACCES, ENOMEM, 0};
static const int listing[] = {EIO, ENOMEM, 0};
static const int forking[] = {EAGAIN, ENOMEM, 0};
static const int mapping[] = {ENOMEM, 0};
static const int locking[] = {EINTR, ENOLCK, 0};
static const int making[] = {EMFILE, ENFILE, ENOMEM, 0};
static const int waiting[] = {EINTR, ENOMEM, 0};
static const int reaping[] = {EINTR, 0};
static const int sockets[] = {EMFILE, ENFILE, ENOBUFS, EACCES, 0};
static const int connecting[] = {
    ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH, EINTR, 0};
static const int sending[] = {
    ECONNRESET, EPIPE, ETIMEDOUT, EINTR, FAULT_SHORT, 0};
static const int receiving[] = {ECONNRESET, ETIMEDOUT, EINTR, FAULT_SHORT, 0};
static const int tuning[] = {ENOBUFS, 0};
static const int chance[] = {EAGAIN, EINTR, 0};
static const int closing[] = {EIO, EINTR, 0};
static const int dupping[] = {EMFILE, EINTR, 0};
static const int moving[] = {EACCES, EIO, 0};
static const int limiting[] = {EPERM, 0};
static const int confining[] = {EOPNOTSUPP, ENOMEM, E2BIG, 0};
static const int timing[] = {ECANCELED, ENOMEM, 0};

#define CALL(name, errors)                \
	{                                 \
		SYS_##name, #name, errors \
	}

static const struct call {
	long nr;
	const char *name;
	const int *errors; /* NULL: cannot fail, or not where we use it */
} calls[] = {
    CALL(openat, opening),
    CALL(open, opening),
    CALL(write, writing),
    CALL(pwrite64, writing),
    CALL(writev, writing),
    CALL(read, reading),
    CALL(pread64, reading),
    CALL(fsync, syncing),
    CALL(fdatasync, syncing),
    CALL(rename, changing),
    CALL(renameat, changing),
    CALL(renameat2, changing),
    CALL(unlink, changing),
    CALL(unlinkat, changing),
    CALL(linkat, changing),
    CALL(mkdir, changing),
    CALL(ftruncate, changing),
    CALL(fallocate, changing),
    CALL(fchmod, changing),
    CALL(fchown, changing),
    CALL(utimensat, changing),
    CALL(stat, looking),
    CALL(fstat, looking),
    CALL(lstat, looking),
    CALL(newfstatat, looking),
    CALL(faccessat2, looking),
    CALL(readlink, looking),
    CALL(getcwd, looking),
    CALL(getdents64, listing),
    CALL(chdir, moving),
    CALL(clone, forking),
    CALL(clone3, forking),
    CALL(mmap, mapping),
    CALL(brk, mapping),
    CALL(mprotect, mapping),
    CALL(flock, locking),
    CALL(pipe2, making),
    CALL(signalfd4, making),
    CALL(timerfd_create, making),
    CALL(timerfd_settime, timing),
    CALL(pidfd_open, making),
    CALL(memfd_create, making),
    CALL(eventfd2, making),
    CALL(socketpair, making),
    CALL(fcntl, mapping),
    CALL(dup2, dupping),
    CALL(close_range, mapping),
    CALL(poll, waiting),
    CALL(ppoll, waiting),
    CALL(wait4, reaping),
    CALL(socket, sockets),
    CALL(connect, connecting),
    CALL(sendto, sending),
    CALL(recvfrom, receiving),
    CALL(setsockopt, tuning),
    CALL(getsockopt, tuning),
    CALL(getsockname, tuning),
    CALL(getpeername, tuning),
    CALL(getrandom, chance),
    CALL(close, closing),
    CALL(prlimit64, limiting),
    CALL(setpgid, limiting),
    CALL(prctl, limiting),
    CALL(landlock_create_ruleset, confining),
    CALL(landlock_add_rule, confining),
    CALL(landlock_restrict_self, confining),
    CALL(munmap, NULL),
    CALL(futex, NULL),
    CALL(rt_sigaction, NULL),
    CALL(rt_sigprocmask, NULL),
    CALL(getpid, NULL),
    CALL(exit_group, NULL),
    CALL(kill, NULL),
    CALL(ioctl, NULL),
    CALL(lseek, NULL),
    CALL(sysinfo, NULL),
    CALL(set_robust_list, NULL),
    CALL(setitimer, NULL),
};

static const struct call *
find(long nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

int
fault_error(long nr, int variant)
{
	const struct call *const c = find(nr);
	int i = 0;

	if (c == NULL || c->errors == NULL)
		return 0;
	while (i < variant && c->errors[i] != 0)
		i++;
	return c->errors[i];
}

bool
fault_executes(long nr)
{
	/* Linux has closed it, whatever close(2) says. */
	return nr == SYS_close;
}

bool
fault_lasts(long nr, int error)
{
	static const long lasting[] = {SYS_openat, SYS_write, SYS_pwrite64,
	    SYS_fsync, SYS_fdatasync, SYS_renameat, SYS_unlinkat, SYS_mkdir,
	    SYS_ftruncate, SYS_fallocate, SYS_fchmod, SYS_utimensat, SYS_clone,
	    SYS_pipe2, SYS_pidfd_open, SYS_socket, SYS_connect, SYS_sendto,
	    SYS_recvfrom, SYS_flock};

	if (error == EINTR || error == FAULT_SHORT)
		return false;
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++)
		if (lasting[i] == nr)
			return true;
	return false;
}

const char *
fault_call_name(long nr)
{
	const struct call *const c = find(nr);

	return c != NULL ? c->name : "another call";
}
