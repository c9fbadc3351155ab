/* Whole transfers, whatever interrupts them; and what may be opened. */
#include "io.h"

#include "scratch.h"

#include <sys/socket.h>
#include <sys/time.h>

enum {
	BIG = 1 << 20
};

static char big[BIG], back[BIG];

static void
setup(void)
{
	scratch_enter();
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + i / 251);
}

static void
ignore(int sig)
{
	(void)sig;
}

/* A signal a millisecond, without SA_RESTART. */
static void
interrupt_always(void)
{
	const struct itimerval often = {{0, 1000}, {0, 1000}};
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = ignore;
	ck_assert_int_eq(sigaction(SIGALRM, &sa, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static int ends[2];

/* In pieces, with pauses. */
static void
drip(void *arg)
{
	(void)arg;
	close(ends[0]);
	for (size_t at = 0; at < BIG;) {
		const size_t rest = BIG - at;
		const size_t n = rest < 100003 ? rest : 100003;

		REQUIRE(io_write(ends[1], big + at, n) == 0);
		at += n;
		usleep(3000);
	}
}

START_TEST(test_read)
{
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = start(drip, NULL);
	close(ends[1]);
	interrupt_always();
	ck_assert_int_eq(io_read(ends[0], back, BIG), BIG);
	ck_assert_mem_eq(big, back, BIG);
	/* The end of the file: none, and not an error. */
	ck_assert_int_eq(io_read(ends[0], back, BIG), 0);
	finish_well(pid);
}
END_TEST

/* Reads slowly: the writer is interrupted in the middle again and again. */
static void
sip(void *arg)
{
	size_t at = 0;
	ssize_t n;

	(void)arg;
	close(ends[0]);
	while ((n = read(ends[1], back + at, 50021)) > 0) {
		at += (size_t)n;
		usleep(2000);
	}
	REQUIRE(n == 0 && at == BIG && memcmp(big, back, BIG) == 0);
}

START_TEST(test_write)
{
	pid_t pid;

	if (_i == 0) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	} else {
		int pipes[2];

		ck_assert_int_eq(pipe(pipes), 0);
		ends[0] = pipes[1];
		ends[1] = pipes[0];
	}
	pid = start(sip, NULL);
	close(ends[1]);
	interrupt_always();
	ck_assert_int_eq(io_write(ends[0], big, BIG), 0);
	close(ends[0]);
	finish_well(pid);
}
END_TEST

START_TEST(test_at_offsets)
{
	const int fd = open("file", O_RDWR | O_CREAT, 0600);

	ck_assert_int_eq(io_pwrite(fd, "world", 5, 6), 0);
	ck_assert_int_eq(io_pwrite(fd, "hello ", 6, 0), 0);
	ck_assert_int_eq(io_pread(fd, back, 11, 0), 11);
	ck_assert_mem_eq(back, "hello world", 11);
	ck_assert_int_eq(io_pread(fd, back, 11, 6), 5);
	ck_assert_int_eq(io_pread(fd, back, 11, 11), 0);
	ck_assert_int_eq(io_pread(fd, back, 11, 100), 0);
	ck_assert_int_eq(io_pread(fd, back, 0, 0), 0);
	ck_assert_int_eq(io_pwrite(fd, "", 0, 0), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
}
END_TEST

START_TEST(test_errors)
{
	const int closed = open("file", O_RDWR | O_CREAT, 0600);
	struct buf b = BUF_INIT(10);
	int full;

	close(closed);
	ck_assert_int_eq(io_read(closed, back, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(io_pread(closed, back, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(io_write(closed, back, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(io_pwrite(closed, back, 1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(io_read_all(closed, &b), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
	full = open("/dev/full", O_WRONLY);
	ck_assert_int_eq(io_write(full, big, BIG), -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(full);
}
END_TEST

/* Exactly the maximum is read; one more is too much. */
START_TEST(test_read_all)
{
	static const size_t sizes[] = {
	    0, 1, 255, 256, 65535, 65536, 65537, BIG};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const size_t n = sizes[i];
		struct buf exact = BUF_INIT(n), under = BUF_INIT(n - 1),
			   over = BUF_INIT(BIG + 1);
		const int fd = (put_bytes("f", big, n), open("f", O_RDONLY));

		ck_assert_int_eq(io_read_all(fd, &exact), 0);
		ck_assert_uint_eq(exact.len, n);
		if (n > 0) {
			ck_assert_mem_eq(exact.data, big, n);
			ck_assert_int_eq(exact.data[n], '\0');
			lseek(fd, 0, SEEK_SET);
			ck_assert_int_eq(io_read_all(fd, &under), -1);
			ck_assert_int_eq(errno, EMSGSIZE);
			ck_assert_uint_le(under.len, n - 1);
		}
		lseek(fd, 0, SEEK_SET);
		ck_assert_int_eq(io_read_all(fd, &over), 0);
		ck_assert_uint_eq(over.len, n);
		/* The rest is appended. */
		lseek(fd, (off_t)(n - n / 3), SEEK_SET);
		over.max = 2 * BIG;
		ck_assert_int_eq(io_read_all(fd, &over), 0);
		ck_assert_uint_eq(over.len, n + n / 3);
		close(fd);
		buf_free(&exact);
		buf_free(&under);
		buf_free(&over);
	}
}
END_TEST

static int
try_open(const char *name, int flags, struct error *err)
{
	struct stat st;
	const int fd = io_open_regular(AT_FDCWD, "dir", name, flags, &st, err);

	if (fd != -1) {
		ck_assert(S_ISREG(st.st_mode));
		ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
	}
	return fd;
}

START_TEST(test_open)
{
	struct error err = {""};
	struct stat st;
	int fd;

	put_file("file", "12345");
	ck_assert_int_ne(try_open("file", O_RDONLY, &err), -1);
	ck_assert_int_eq(symlink("file", "link"), 0);
	ck_assert_int_ne(try_open("link", O_RDWR, &err), -1);
	fd = io_open_regular(AT_FDCWD, "dir", "file", O_RDONLY, &st, &err);
	ck_assert_int_eq(st.st_size, 5);
	close(fd);
	ck_assert_int_eq(try_open("link", O_RDONLY | O_NOFOLLOW, &err), -1);

	ck_assert_int_eq(try_open("missing", O_RDONLY, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(
	    err.text, "dir/missing: open: No such file or directory");
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	ck_assert_int_eq(try_open("folder", O_RDONLY, &err), -1);
	ck_assert_str_eq(err.text, "dir/folder: read: Is a directory");
	ck_assert_int_eq(try_open("folder", O_RDWR, &err), -1);
	ck_assert_str_eq(err.text, "dir/folder: open: Is a directory");
}
END_TEST

/* With no other end, none of these may wait for one. */
START_TEST(test_open_strange)
{
	struct error err = {""};
	int sock;

	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	ck_assert_int_eq(try_open("fifo", O_RDONLY, &err), -1);
	ck_assert_str_eq(err.text, "dir/fifo: not a regular file");
	ck_assert_int_eq(try_open("fifo", O_RDWR, &err), -1);
	ck_assert_str_eq(err.text, "dir/fifo: not a regular file");
	ck_assert_int_eq(try_open("fifo", O_WRONLY, &err), -1);
	ck_assert_int_eq(symlink("/dev/null", "device"), 0);
	ck_assert_int_eq(try_open("device", O_RDONLY, &err), -1);
	ck_assert_str_eq(err.text, "dir/device: not a regular file");
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    bind(sock,
		&(struct sockaddr){.sa_family = AF_UNIX, .sa_data = "socket"},
		sizeof(struct sockaddr)),
	    0);
	ck_assert_int_eq(try_open("socket", O_RDONLY, &err), -1);
	ck_assert_int_eq(errno, ENXIO);
	close(sock);
}
END_TEST

/* No descriptor is left open by a refusal. */
START_TEST(test_no_leak)
{
	struct error err;
	int fd;

	ck_assert_int_eq(mkdir("folder", 0777), 0);
	fd = dup(0);
	close(fd);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(try_open("folder", O_RDONLY, &err), -1);
	ck_assert_int_eq(dup(0), fd);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("io");
	TCase *const tc = tcase_create("io");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_read);
	tcase_add_loop_test(tc, test_write, 0, 2);
	tcase_add_test(tc, test_at_offsets);
	tcase_add_test(tc, test_errors);
	tcase_add_test(tc, test_read_all);
	tcase_add_test(tc, test_open);
	tcase_add_test(tc, test_open_strange);
	tcase_add_test(tc, test_no_leak);
	return scratch_main(s);
}
