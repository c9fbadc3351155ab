#include "sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers are of Linux 6.1. */
#define FS_REFER (UINT64_C(1) << 13)     /* Landlock 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_BIND_TCP UINT64_C(1)         /* 4 */
#define SCOPE_ABSTRACT_UNIX UINT64_C(1)  /* 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)  /* 6 */

/* All that Landlock 1 knows. */
#define FS_ALL ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                           \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                         \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	    FS_TRUNCATE)

/* What there is to handle.  A kernel that knows fewer members takes it if
 * the rest is 0. */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* In the order in which Landlock learned them. */
static struct ruleset
handled(int abi)
{
	struct ruleset r = {.fs = FS_ALL};

	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 4)
		r.net = NET_BIND_TCP;
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
	return r;
}

struct rules {
	int fd;
	uint64_t handled;
};

/* What is not there needs no rule. */
static void
allow(const struct rules *r, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = access & r->handled, .parent_fd = fd};
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR;
	syscall(
	    SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static void
allow_at(const struct rules *r, int dir, const char *path, uint64_t access)
{
	const int fd = openat(dir, path, O_PATH | O_CLOEXEC);

	allow(r, fd, access);
	if (fd != -1)
		close(fd);
}

/*
 * Where systems keep their libraries, certificates, and what looking names
 * up takes.  Never a whole tree with people's files in it: no /home, no /proc
 * (environments of other processes), no /run (secrets).
 */
static const char *const system_paths[] = {"/etc", "/usr", "/lib", "/lib32",
    "/lib64", "/nix/store", "/gnu/store", "/dev/null", "/dev/random",
    "/dev/urandom", "/sys/devices/system/cpu"};

/* Is a path allowed already? */
static bool
is_system(const char *path)
{
	return strncmp(path, "/etc/", 5) == 0 || strncmp(path, "/usr/", 5) == 0;
}

/*
 * NAME may be a link to elsewhere, and is replaced by whoever manages the
 * network: its directory must be readable.
 */
static void
allow_home_of(const struct rules *r, const char *name)
{
	char path[PATH_MAX];
	char *slash;

	if (realpath(name, path) == NULL || is_system(path))
		return;
	slash = strrchr(path, '/');
	if (slash != path) {
		*slash = '\0';
		allow_at(r, AT_FDCWD, path, FS_READ);
	}
}

/* Certificates are often links, through some directory of links, to where
 * their packages or their owner have them. */
static void
allow_links(const struct rules *r, const char *path)
{
	DIR *const dir = opendir(path);
	const struct dirent *e;
	char target[PATH_MAX];

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		const ssize_t n = readlinkat(
		    dirfd(dir), e->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strchr(target, '/') != NULL && !is_system(target))
			allow_at(r, dirfd(dir), e->d_name, FS_READ);
	}
	closedir(dir);
}

static void
allow_ca_dirs(const struct rules *r, const char *dirs)
{
	char *const copy = strdup(dirs);
	char *rest = copy;
	const char *dir;

	while (rest != NULL && (dir = strsep(&rest, ":")) != NULL) {
		allow_at(r, AT_FDCWD, dir, FS_READ);
		allow_links(r, dir);
	}
	free(copy);
}

static void
allow_all(const struct rules *r, const struct sandbox_paths *paths)
{
	for (size_t i = 0; i < sizeof(system_paths) / sizeof(*system_paths);
	     i++)
		allow_at(r, AT_FDCWD, system_paths[i], FS_READ);
	allow_home_of(r, "/etc/resolv.conf");
	allow_home_of(r, "/etc/hosts");
	allow(r, paths->outputs, FS_WRITE);
	if (paths->rescue != NULL && paths->rescue[0] != '\0')
		allow_at(r, AT_FDCWD, paths->rescue, FS_WRITE);
	if (paths->ca_file != NULL)
		allow_at(r, AT_FDCWD, paths->ca_file, FS_READ);
	if (paths->ca_dirs != NULL)
		allow_ca_dirs(r, paths->ca_dirs);
}

void
sandbox_prepare(struct sandbox *sb, const struct sandbox_paths *paths)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset attr;

	sandbox_filter_make(&sb->filter);
	if (abi < 1)
		return;
	attr = handled((int)abi);
	sb->ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	sb->landlock = SANDBOX_FILES | (abi >= 3 ? SANDBOX_TRUNCATION : 0U) |
	               (abi >= 4 ? SANDBOX_PORTS : 0U) |
	               (abi >= 6 ? SANDBOX_SIGNALS : 0U);
	if (sb->ruleset != -1)
		allow_all(&(struct rules){sb->ruleset, attr.fs}, paths);
}

void
sandbox_free(struct sandbox *sb)
{
	if (sb->ruleset != -1)
		close(sb->ruleset);
	sb->ruleset = -1;
	sandbox_filter_free(&sb->filter);
}

unsigned
sandbox_enter(const struct sandbox *sb)
{
	unsigned parts = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0)
		parts |= SANDBOX_PRIVILEGES;
	if (sb->ruleset != -1) {
		if (syscall(SYS_landlock_restrict_self, sb->ruleset, 0) == 0)
			parts |= sb->landlock;
		close(sb->ruleset);
	}
	if (sandbox_filter_enter(&sb->filter))
		parts |= SANDBOX_CALLS;
	return parts;
}
