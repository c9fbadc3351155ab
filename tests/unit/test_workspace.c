/* The directories of a workspace, and the names in them. */
#include "workspace.h"

#include "config.h"

#include "scratch.h"

static struct workspace ws = WORKSPACE_INIT;

static void
cannot_open(bool create, const char *why)
{
	struct error err = {""};

	ck_assert_int_eq(workspace_open(&ws, create, true, &err), -1);
	ck_assert_str_eq(err.text, why);
	ck_assert_int_eq(ws.prompts, -1);
	ck_assert_int_eq(ws.outputs, -1);
	ck_assert_int_eq(ws.locks, -1);
}

START_TEST(test_create)
{
	struct error err = {""};
	struct stat st;

	umask(027);
	ck_assert_int_eq(mkdir("prompts", 0777), 0);
	ck_assert_int_eq(workspace_open(&ws, true, true, &err), 0);
	ck_assert_int_eq(stat("outputs", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0750);
	ck_assert_int_eq(stat("lockfiles", &st), 0);
	ck_assert(fcntl(ws.prompts, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(ws.outputs, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(ws.locks, F_GETFD) & FD_CLOEXEC);
	workspace_close(&ws);
	ck_assert_int_eq(ws.locks, -1);
	workspace_close(&ws);
	/* Again: what is there is taken. */
	ck_assert_int_eq(workspace_open(&ws, true, true, &err), 0);
	workspace_close(&ws);
}
END_TEST

START_TEST(test_look_only)
{
	struct error err = {""};

	ck_assert_int_eq(workspace_open(&ws, false, false, &err), 0);
	ck_assert_int_eq(ws.prompts, -1);
	ck_assert_int_eq(ws.outputs, -1);
	ck_assert_int_eq(ws.locks, -1);
	ck_assert(!exists("outputs"));
	ck_assert(!exists("lockfiles"));
	cannot_open(false, "prompts: open: No such file or directory");
	ck_assert_int_eq(mkdir("prompts", 0777), 0);
	ck_assert_int_eq(workspace_open(&ws, false, true, &err), 0);
	ck_assert_int_ne(ws.prompts, -1);
	ck_assert_int_eq(ws.outputs, -1);
	workspace_close(&ws);
}
END_TEST

START_TEST(test_in_the_way)
{
	struct error err = {""};
	const int next = (close(dup(0)), dup(0));

	close(next);
	cannot_open(true, "prompts: open: No such file or directory");
	ck_assert(!exists("outputs"));
	put_file("prompts", "");
	cannot_open(true, "prompts: open: Not a directory");
	ck_assert_int_eq(unlink("prompts"), 0);
	ck_assert_int_eq(mkdir("prompts", 0777), 0);
	put_file("outputs", "");
	cannot_open(true, "outputs: open: Not a directory");
	ck_assert_int_eq(unlink("outputs"), 0);
	put_file("lockfiles", "");
	cannot_open(true, "lockfiles: open: Not a directory");
	ck_assert_int_eq(unlink("lockfiles"), 0);
	ck_assert_int_eq(symlink("nowhere", "lockfiles"), 0);
	cannot_open(true, "lockfiles: open: No such file or directory");
	ck_assert_int_eq(unlink("lockfiles"), 0);
	/* A link to a directory is one. */
	ck_assert_int_eq(mkdir("elsewhere", 0777), 0);
	ck_assert_int_eq(symlink("elsewhere", "lockfiles"), 0);
	ck_assert_int_eq(workspace_open(&ws, true, true, &err), 0);
	workspace_close(&ws);
	/* Nothing was left open on the way. */
	ck_assert_int_eq(dup(0), next);
}
END_TEST

START_TEST(test_not_writable)
{
	static const char *const dirs[] = {"outputs", "lockfiles"};

	ck_assert_int_eq(mkdir("prompts", 0777), 0);
	ck_assert_int_eq(mkdir("outputs", 0777), 0);
	ck_assert_int_eq(mkdir("lockfiles", 0777), 0);
	ck_assert_int_eq(chmod(".", 0755), 0);
	for (int i = 0; i < 2; i++) {
		char want[64];

		ck_assert_int_eq(chmod("outputs", 0777), 0);
		ck_assert_int_eq(chmod("lockfiles", 0777), 0);
		ck_assert_int_eq(chmod(dirs[i], 0555), 0);
		if (geteuid() == 0)
			ck_assert_int_eq(seteuid(1234), 0);
		snprintf(want, sizeof(want), "%s: write: Permission denied",
		    dirs[i]);
		cannot_open(true, want);
		if (getuid() == 0)
			ck_assert_int_eq(seteuid(0), 0);
	}
}
END_TEST

START_TEST(test_names)
{
	char name[WORKSPACE_NAME];

	ck_assert_str_eq(prompt_name(name, 1), "1_prompt.txt");
	ck_assert_str_eq(output_name(name, 22), "22_output.txt");
	ck_assert_str_eq(output_old_name(name, 3), "3_output.txt~");
	ck_assert_str_eq(output_temp_name(name, 4), ".4_output.txt.tmp");
	ck_assert_str_eq(claim_name(name, PROMPT_MAX), "999999.lock");
	/* The largest int fits as well. */
	ck_assert_str_eq(
	    output_temp_name(name, -2147483647), ".-2147483647_output.txt.tmp");
}
END_TEST

START_TEST(test_name_number)
{
	static const struct {
		const char *name, *suffix;
		int n;
	} rows[] = {{"1_prompt.txt", "_prompt.txt", 1},
	    {"999999_prompt.txt", "_prompt.txt", 999999},
	    {"1000000_prompt.txt", "_prompt.txt", 0},
	    {"4294967297_prompt.txt", "_prompt.txt", 0},
	    {"18446744073709551617.lock", ".lock", 0}, {"7.lock", ".lock", 7},
	    {"7.lock~", ".lock", 0}, {"7.loc", ".lock", 0}, {"7", ".lock", 0},
	    {".lock", ".lock", 0}, {"0.lock", ".lock", 0},
	    {"07.lock", ".lock", 0}, {"+7.lock", ".lock", 0},
	    {"-7.lock", ".lock", 0}, {" 7.lock", ".lock", 0},
	    {"7 .lock", ".lock", 0}, {"7x.lock", ".lock", 0}, {"", "", 0},
	    {"12", "", 12}, {"1a", "", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(
		    name_number(rows[i].name, rows[i].suffix) == rows[i].n,
		    "%s", rows[i].name);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("workspace");
	TCase *const tc = scratch_case(s, "workspace");

	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_look_only);
	tcase_add_test(tc, test_in_the_way);
	tcase_add_test(tc, test_not_writable);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_name_number);
	return scratch_main(s);
}
