/*
 * Breaking out of the sandbox: everything that shall fail in there is tried,
 * in a child of its own each time, and so is what has to go on working.
 *
 * All rows run in three sandboxes, as its two halves come from the kernel apart
 * from each other: Landlock and filter, Landlock alone, filter alone.
 */
#include "sandbox.h"

#include "output.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <glob.h>
#include <limits.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

/* How a test's child tells: an errno, or one of these. */
enum {
	ESCAPED = 0,
	UNGUARDED = 200, /* no part that would prevent it is in force */
	HALVES = 3
};

static struct sandbox sandbox;
static int outputs, open_outside, port;
static char rescue_dir[OUTPUT_RESCUE_MAX];

static const char *const half_names[HALVES] = {
    "the sandbox", "Landlock alone", "the filter alone"};

/* 0, or errno: what libc's -1 means. */
static int
result(long r)
{
	return r == -1 ? errno : 0;
}

static int
opens(const char *path, int flags)
{
	return result(open(path, flags | O_CLOEXEC, 0666));
}

/* ---- what shall fail ---- */

static int
write_outside(void)
{
	return opens("secret", O_WRONLY);
}

static int
append_outside(void)
{
	return opens("secret", O_WRONLY | O_APPEND);
}

static int
create_outside(void)
{
	return opens("created", O_WRONLY | O_CREAT);
}

static int
create_in_rescue(void)
{
	return opens("tmp/created", O_WRONLY | O_CREAT);
}

static int
write_a_claim(void)
{
	return opens("lockfiles/1.lock", O_RDWR);
}

static int
read_outside(void)
{
	return opens("secret", O_RDONLY);
}

static int
list_outside(void)
{
	return opens(".", O_RDONLY | O_DIRECTORY);
}

static int
read_environment(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
	return opens(path, O_RDONLY);
}

static int
write_memory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	return opens(path, O_RDWR);
}

static int
remove_outside(void)
{
	return result(unlink("secret"));
}

/* Landlock 1 calls it EXDEV: no file changes its directory there. */
static int
moved(int r)
{
	return r == -1 && errno == EXDEV ? EACCES : result(r);
}

static int
rename_out(void)
{
	return moved(rename("outputs/1", "moved"));
}

static int
rename_in(void)
{
	return moved(rename("secret", "outputs/moved"));
}

static int
link_in(void)
{
	return moved(link("secret", "outputs/linked"));
}

static int
make_symlink(void)
{
	return result(symlink("/", "outputs/symlink"));
}

static int
make_dir(void)
{
	return result(mkdir("outputs/dir", 0777));
}

static int
make_pipe(void)
{
	return result(mkfifo("outputs/pipe", 0666));
}

static int
truncate_outside(void)
{
	return result(truncate("secret", 0));
}

static int
change_mode(void)
{
	return result(chmod("secret", 0777));
}

static int
change_own_mode(void)
{
	return result(fchmod(outputs, 0777));
}

static int
change_owner(void)
{
	return result(chown("secret", getuid(), getgid()));
}

static int
change_date(void)
{
	return result(utimensat(AT_FDCWD, "secret", NULL, 0));
}

static int
change_attribute(void)
{
	return result(setxattr("secret", "user.test", "", 0, 0));
}

static int
execute(void)
{
	char name[] = "true";
	char *const argv[] = {name, NULL};

	return result(execve("/bin/true", argv, argv + 1));
}

static int
execute_memory(void)
{
	char name[] = "memory";
	char *const argv[] = {name, NULL};
	const int fd = memfd_create("memory", MFD_CLOEXEC);

	if (write(fd, "#!/bin/true\n", 12) != 12)
		return ESCAPED;
	return result(
	    syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH));
}

static int
fork_once(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
clone_hidden(void)
{
	const struct {
		uint64_t v[8];
	} args = {{0}};

	/* Of wrong arguments the kernel would complain otherwise. */
	return result(syscall(435, &args, 1));
}

static int
trace_parent(void)
{
	return result(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int
be_traced(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
read_parent(void)
{
	char byte;
	const struct iovec here = {&byte, 1}, there = {&sandbox, 1};

	return result(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int
kill_parent(void)
{
	return result(kill(getppid(), 0));
}

static int
kill_group(void)
{
	return result(kill(0, 0));
}

static int
kill_thread(void)
{
	return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int
kill_by_descriptor(void)
{
	const int fd = (int)syscall(434, getppid(), 0);

	return result(syscall(424, fd, 0, NULL, 0));
}

static int
limit_parent(void)
{
	struct rlimit lim;

	return result(prlimit(getppid(), RLIMIT_CORE, NULL, &lim));
}

static int
listen_unbound(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd == -1 ? ESCAPED : result(listen(fd, 1));
}

static int
bind_port(void)
{
	const struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result(
	    bind(fd, (const struct sockaddr *)(const void *)&at, sizeof(at)));
}

static int
socket_unix(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
socket_packet(void)
{
	return result(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
type_into_terminal(void)
{
	return result(ioctl(STDERR_FILENO, TIOCSTI, "x"));
}

static int
io_uring(void)
{
	return result(syscall(425, 1, NULL));
}

static int
key_request(void)
{
	return result(syscall(SYS_keyctl, 0, -3, 0));
}

static int
new_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int
program_kernel(void)
{
	char attr[128] = {0};

	return result(syscall(SYS_bpf, 0, attr, sizeof(attr)));
}

/* For short. */
enum {
	FILES = SANDBOX_FILES,
	CALLS = SANDBOX_CALLS
};

static const struct {
	const char *name;
	int (*try)(void);
	unsigned parts;  /* each of them alone prevents it */
	int with_filter; /* its errno; 0: Landlock is asked first */
	int without;
} walls[] = {
    {"write outside", write_outside, FILES, 0, EACCES},
    {"append outside", append_outside, FILES, 0, EACCES},
    {"create outside", create_outside, FILES, 0, EACCES},
    {"create in $TMPDIR", create_in_rescue, FILES, 0, EACCES},
    {"write a claim", write_a_claim, FILES, 0, EACCES},
    {"read outside", read_outside, FILES, 0, EACCES},
    {"list outside", list_outside, FILES, 0, EACCES},
    {"read the parent's environment", read_environment, FILES, 0, EACCES},
    {"write the parent's memory", write_memory, FILES, 0, EACCES},
    {"remove outside", remove_outside, FILES, 0, EACCES},
    {"rename to outside", rename_out, FILES, 0, EACCES},
    {"rename from outside", rename_in, FILES, 0, EACCES},
    {"link from outside", link_in, FILES, 0, EACCES},
    {"symbolic link", make_symlink, FILES, 0, EACCES},
    {"directory", make_dir, FILES, 0, EACCES},
    {"named pipe", make_pipe, FILES, 0, EACCES},
    {"truncate", truncate_outside, CALLS | SANDBOX_TRUNCATION, EPERM, EACCES},
    {"mode", change_mode, CALLS, EPERM, 0},
    {"mode of what is open", change_own_mode, CALLS, EPERM, 0},
    {"owner", change_owner, CALLS, EPERM, 0},
    {"date", change_date, CALLS, EPERM, 0},
    {"attribute", change_attribute, CALLS, EPERM, 0},
    {"execute", execute, CALLS | FILES, EPERM, EACCES},
    {"execute memory", execute_memory, CALLS, EPERM, 0},
    {"fork", fork_once, CALLS, EPERM, 0},
    {"clone3", clone_hidden, CALLS, ENOSYS, 0},
    {"trace the parent", trace_parent, CALLS | FILES, EPERM, EPERM},
    {"be traced", be_traced, CALLS, EPERM, 0},
    {"read the parent", read_parent, CALLS | FILES, EPERM, EPERM},
    {"kill the parent", kill_parent, CALLS | SANDBOX_SIGNALS, EPERM, EPERM},
    {"kill the group", kill_group, CALLS, EPERM, 0},
    {"kill a thread", kill_thread, CALLS | SANDBOX_SIGNALS, EPERM, EPERM},
    {"kill by descriptor", kill_by_descriptor, CALLS | SANDBOX_SIGNALS, EPERM,
	EPERM},
    {"limit the parent", limit_parent, CALLS, EPERM, 0},
    {"listen", listen_unbound, CALLS, EPERM, 0},
    {"bind", bind_port, SANDBOX_PORTS, 0, EACCES},
    {"unix socket", socket_unix, CALLS, EPERM, 0},
    {"packet socket", socket_packet, CALLS, EPERM, 0},
    {"type into the terminal", type_into_terminal, CALLS, EPERM, 0},
    {"io_uring", io_uring, CALLS, EPERM, 0},
    {"keyring", key_request, CALLS, EPERM, 0},
    {"namespace", new_namespace, CALLS, EPERM, 0},
    {"bpf", program_kernel, CALLS, EPERM, 0},
};

enum {
	WALLS = sizeof(walls) / sizeof(walls[0])
};

/* ---- what has to work ---- */

static int
write_output(void)
{
	struct error err = {""};
	const struct timespec when = {1000, 0};
	const int fd = output_begin(outputs, 7, &err);

	if (fd == -1 || output_stage(fd, 7, "text", 4, when, &err) == -1 ||
	    output_publish(outputs, 7, true, &err) == -1)
		return errno;
	return output_begin(outputs, 7, &err) == -1
	           ? errno
	           : (output_discard(outputs, 7), 0);
}

static int
write_open(void)
{
	if (pwrite(open_outside, "x", 1, 0) != 1)
		return errno;
	return result(fdatasync(open_outside));
}

static int
look_up_names(void)
{
	struct addrinfo *list = NULL;

	if (opens("/etc/passwd", O_RDONLY) != 0)
		return errno;
	if (getaddrinfo("localhost", "80", NULL, &list) != 0)
		return EIO;
	freeaddrinfo(list);
	return 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
make_thread(void)
{
	pthread_t thread;
	const int r = pthread_create(&thread, NULL, nothing, NULL);

	return r != 0 ? r : pthread_join(thread, NULL);
}

static int
connect_away(void)
{
	const struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)port)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result(connect(
	    fd, (const struct sockaddr *)(const void *)&at, sizeof(at)));
}

static int
wake_oneself(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return errno;
	return result(eventfd(0, EFD_CLOEXEC));
}

static int
look_up_certificate(void)
{
	return opens("ca/links/abc.0", O_RDONLY) == 0
	           ? opens("ca.pem", O_RDONLY)
	           : errno;
}

static int
kill_oneself(void)
{
	return result(kill(getpid(), 0)) == 0 ? (raise(SIGCHLD), 0) : errno;
}

static int
rescue(void)
{
	char path[PATH_MAX];
	const int r =
	    output_rescue(rescue_dir, 7, "saved", 5, path, sizeof(path));

	return result(r);
}

static const struct {
	const char *name;
	int (*try)(void);
} doors[] = {
    {"write an output", write_output},
    {"write what is open", write_open},
    {"look up names", look_up_names},
    {"make a thread", make_thread},
    {"connect", connect_away},
    {"wake oneself", wake_oneself},
    {"look up a certificate", look_up_certificate},
    {"kill oneself", kill_oneself},
};

/* ---- ---- */

/* Certificates: a file, and a directory whose link leads elsewhere. */
static void
make_files(void)
{
	ck_assert_int_eq(mkdir("outputs", 0777), 0);
	ck_assert_int_eq(mkdir("lockfiles", 0777), 0);
	ck_assert_int_eq(mkdir("tmp", 0777), 0);
	ck_assert_int_eq(mkdir("ca", 0777), 0);
	ck_assert_int_eq(mkdir("ca/links", 0777), 0);
	put_file("ca/abc.pem", "certificate");
	put_file("ca.pem", "certificate");
	put_file("secret", "secret");
	put_file("lockfiles/1.lock", "");
	put_file("outputs/1", "answer");
	ck_assert_int_eq(symlink("../abc.pem", "ca/links/abc.pem"), 0);
	ck_assert_int_eq(symlink("abc.pem", "ca/links/abc.0"), 0);
}

static void
open_port(void)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&at, &size), 0);
	port = ntohs(at.sin_port);
}

static void
enter_scratch(void)
{
	char cwd[PATH_MAX], tmp[PATH_MAX + 8];
	struct sandbox_paths paths = {
	    .ca_file = "ca.pem", .ca_dirs = "/nowhere:ca/links"};

	scratch_enter();
	make_files();
	open_port();
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(tmp, sizeof(tmp), "%s/tmp", cwd);
	setenv("TMPDIR", tmp, 1);
	outputs = open("outputs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_outside = open("secret", O_RDWR | O_CLOEXEC);
	ck_assert_int_ne(outputs, -1);
	ck_assert_int_ne(open_outside, -1);
	paths.outputs = outputs;
	output_rescue_begin(rescue_dir);
	paths.rescue = rescue_dir;
	sandbox = (struct sandbox)SANDBOX_INIT;
	sandbox_prepare(&sandbox, &paths);
}

/* In the child: one half of the sandbox, or all. */
static unsigned
enter_half(int half)
{
	struct sandbox sb = sandbox;

	if (half == 1)
		sb.filter = (struct sandbox_filter){0};
	if (half == 2)
		sb.ruleset = -1;
	return sandbox_enter(&sb);
}

/* What TRY says in the sandbox HALF. */
static int
try_in(int half, int (*try)(void), unsigned parts)
{
	const pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		/* Standard error is no terminal, or none to type into. */
		const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		const unsigned in_force = enter_half(half);

		dup2(null, STDERR_FILENO);
		_exit(
		    parts != 0 && (in_force & parts) == 0 ? UNGUARDED : try());
	}
	return finish(pid);
}

START_TEST(test_wall)
{
	for (int half = 0; half < HALVES; half++) {
		const int status = try_in(half, walls[_i].try, walls[_i].parts);
		const bool filter = (walls[_i].parts & CALLS) != 0 &&
		                    half != 1 && sandbox.filter.program != NULL;

		ck_assert_msg(WIFEXITED(status), "%s, %s: status 0x%x",
		    half_names[half], walls[_i].name, (unsigned)status);
		if (WEXITSTATUS(status) == UNGUARDED)
			continue;
		ck_assert_msg(
		    WEXITSTATUS(status) ==
			(filter ? walls[_i].with_filter : walls[_i].without),
		    "%s, %s: %s", half_names[half], walls[_i].name,
		    WEXITSTATUS(status) == ESCAPED
			? "it worked"
			: strerror(WEXITSTATUS(status)));
	}
	ck_assert_str_eq(get_file("secret"), "secret");
}
END_TEST

START_TEST(test_door)
{
	for (int half = 0; half < HALVES; half++) {
		const int status = try_in(half, doors[_i].try, 0);

		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s, %s: status 0x%x (%s)", half_names[half],
		    doors[_i].name, (unsigned)status,
		    strerror(WEXITSTATUS(status)));
	}
}
END_TEST

/* An answer goes into the directory that is there for it, which stays then. */
START_TEST(test_rescue)
{
	glob_t found;
	int status;

	ck_assert_ptr_nonnull(strstr(rescue_dir, "/tmp/chatgpt-batch."));
	status = try_in(0, rescue, 0);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "0x%x",
	    (unsigned)status);
	output_rescue_end(rescue_dir);
	ck_assert_int_eq(glob("tmp/chatgpt-batch.*/chatgpt-batch.7_output.*", 0,
			     NULL, &found),
	    0);
	ck_assert_str_eq(get_file(found.gl_pathv[0]), "saved");
	globfree(&found);
}
END_TEST

START_TEST(test_no_rescue)
{
	char none[OUTPUT_RESCUE_MAX];

	output_rescue_end(rescue_dir);
	ck_assert(!exists(rescue_dir));
	setenv("TMPDIR", "/nowhere", 1);
	output_rescue_begin(none);
	ck_assert_str_eq(none, "");
	output_rescue_end(none);
}
END_TEST

/* What the kernel offers is used, and nothing else is claimed. */
START_TEST(test_parts)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ends[2];
	unsigned parts;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		parts = sandbox_enter(&sandbox);
		_exit(write(ends[1], &parts, sizeof(parts)) !=
		      (ssize_t)sizeof(parts));
	}
	ck_assert_int_eq(finish(pid), 0);
	ck_assert_int_eq(read(ends[0], &parts, sizeof(parts)), sizeof(parts));
	ck_assert((parts & SANDBOX_PRIVILEGES) != 0);
	ck_assert_int_eq((parts & SANDBOX_FILES) != 0, abi >= 1);
	ck_assert_int_eq((parts & SANDBOX_TRUNCATION) != 0, abi >= 3);
	ck_assert_int_eq((parts & SANDBOX_PORTS) != 0, abi >= 4);
	ck_assert_int_eq((parts & SANDBOX_SIGNALS) != 0, abi >= 6);
	printf("# Landlock: %s %ld; seccomp: %s\n",
	    abi < 1 ? "none, its tests are skipped:" : "version", abi,
	    (parts & SANDBOX_CALLS) != 0 ? "yes"
					 : "none, its tests are skipped");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* A kernel that has nothing: all goes on as ever. */
START_TEST(test_nothing)
{
	const struct sandbox none = SANDBOX_INIT;
	const pid_t pid = fork();

	if (pid == 0)
		_exit((sandbox_enter(&none) & ~(unsigned)SANDBOX_PRIVILEGES) !=
			  0 ||
		      write_outside() != 0);
	ck_assert_int_eq(finish(pid), 0);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("sandbox");
	TCase *const tc = tcase_create("sandbox");
	SRunner *sr;
	int failed;

	scratch_create();
	tcase_add_checked_fixture(tc, enter_scratch, NULL);
	tcase_add_test(tc, test_parts);
	tcase_add_loop_test(tc, test_wall, 0, WALLS);
	tcase_add_loop_test(
	    tc, test_door, 0, (int)(sizeof(doors) / sizeof(doors[0])));
	tcase_add_test(tc, test_rescue);
	tcase_add_test(tc, test_no_rescue);
	tcase_add_test(tc, test_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	scratch_destroy();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
