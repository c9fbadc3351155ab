/* Finding prompts, and reading them byte for byte. */
#include "prompt.h"

#include "scratch.h"

#include <limits.h>

static struct workspace ws;
static struct config cfg;
static char *operands[8];

static void
setup(void)
{
	struct error err = {""};

	scratch_enter();
	ck_assert_int_eq(mkdir("prompts", 0777), 0);
	ws = (struct workspace)WORKSPACE_INIT;
	ck_assert_int_eq(workspace_open(&ws, true, true, &err), 0);
	memset(&cfg, 0, sizeof(cfg));
	cfg.first = PROMPT_FIRST;
	cfg.last = PROMPT_LAST;
	cfg.tok = tok_by_name("o200k_base");
	ck_assert_ptr_nonnull(cfg.tok);
	cfg.operands = operands;
}

static void
put_prompt(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "prompts/%s", name);
	put_file(path, text);
}

/* The numbers found, as "1 2 3". */
static const char *
found(struct prompts *p)
{
	static char text[1024];
	struct error err = {""};
	size_t len = 0;

	ck_assert_msg(prompts_find(&ws, &cfg, p, &err) == 0, "%s", err.text);
	text[0] = '\0';
	for (size_t i = 0; i < p->count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d",
		    i ? " " : "", p->list[i].number);
	return text;
}

static void
assert_found(const char *want)
{
	struct prompts p;

	ck_assert_str_eq(found(&p), want);
	prompts_free(&p);
}

static void
name_operand(char *word)
{
	operands[cfg.operand_count++] = word;
}

static void
cannot_find(const char *why)
{
	struct error err = {""};
	struct prompts p;

	ck_assert_int_eq(prompts_find(&ws, &cfg, &p, &err), -1);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
	ck_assert_ptr_null(p.list);
	ck_assert_uint_eq(p.count, 0);
}

START_TEST(test_find_all)
{
	static const char *const ours[] = {
	    "10_prompt.txt", "9_prompt.txt", "100_prompt.txt", "1_prompt.txt"};
	static const char *const strange[] = {"0_prompt.txt", "01_prompt.txt",
	    "101_prompt.txt", "+1_prompt.txt", "-1_prompt.txt",
	    "99999999999999999999_prompt.txt", "1000000_prompt.txt",
	    "4294967297_prompt.txt", "_prompt.txt", " 1_prompt.txt",
	    "1 _prompt.txt", "0x1_prompt.txt", "my_prompt.txt"};
	static const char *const others[] = {"1_prompt.txt~", "1_prompt.TXT",
	    "1_prompt.txt.swp", "README", "2_prompt", ".3_prompt.txt.tmp"};
	struct prompts p;

	assert_found("");
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		put_prompt(ours[i], "text");
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++)
		put_prompt(strange[i], "text");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		put_prompt(others[i], "text");
	ck_assert_str_eq(found(&p), "1 9 10 100");
	ck_assert_int_eq(p.outside_count, sizeof(strange) / sizeof(*strange));
	ck_assert_ptr_nonnull(strstr(p.outside, "_prompt.txt, "));
	prompts_free(&p);
	prompts_free(&p);

	cfg.first = 10;
	cfg.last = 999999;
	put_prompt("999999_prompt.txt", "text");
	assert_found("10 100 101 999999");
}
END_TEST

/* Long names are cut, not overrun. */
START_TEST(test_outside)
{
	char name[256];
	struct prompts p;

	memset(name, 'n', sizeof(name));
	strcpy(name + 255 - strlen("_prompt.txt"), "_prompt.txt");
	for (int i = 0; i < 5; i++) {
		name[0] = (char)('a' + i);
		put_prompt(name, "text");
	}
	ck_assert_str_eq(found(&p), "");
	ck_assert_int_eq(p.outside_count, 5);
	ck_assert_uint_eq(strlen(p.outside), sizeof(p.outside) - 1);
	prompts_free(&p);
}
END_TEST

START_TEST(test_many)
{
	struct prompts p;
	struct error err;

	cfg.last = 1000;
	for (int n = 1000; n >= 1; n--) {
		char name[64];

		snprintf(name, sizeof(name), "%d_prompt.txt", n);
		put_prompt(name, "text");
	}
	ck_assert_int_eq(prompts_find(&ws, &cfg, &p, &err), 0);
	ck_assert_uint_eq(p.count, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(p.list[i].number, i + 1);
	prompts_free(&p);
}
END_TEST

START_TEST(test_named)
{
	char cwd[PATH_MAX], path[PATH_MAX + 32];
	char two[] = "2", one[] = "1", rel[] = "prompts/2_prompt.txt",
	     dots[] = "./outputs/../prompts/3_prompt.txt",
	     bare[] = "3_prompt.txt";

	put_prompt("1_prompt.txt", "one");
	put_prompt("2_prompt.txt", "two");
	put_prompt("3_prompt.txt", "three");
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/prompts/1_prompt.txt", cwd);
	name_operand(two);
	assert_found("2");
	name_operand(rel);
	assert_found("2");
	name_operand(dots);
	name_operand(path);
	name_operand(one);
	name_operand(two);
	assert_found("1 2 3");
	/* From inside prompts/, the bare name will do. */
	ck_assert_int_eq(chdir("prompts"), 0);
	cfg.operand_count = 0;
	name_operand(bare);
	assert_found("3");
}
END_TEST

START_TEST(test_named_badly)
{
	static const struct {
		char word[40];
		const char *why;
	} rows[] = {{"7", "prompts/7_prompt.txt: No such file"},
	    {"101", "prompt 101 is outside the range 1-100"},
	    {"0", "'0' is neither"}, {"01", "'01' is neither"},
	    {"-1", "'-1' is neither"}, {"", "'' is neither"},
	    {"1x", "'1x' is neither"}, {"99999999999", "is neither"},
	    {"outputs/1_output.txt", "is neither"},
	    {"other/1_prompt.txt", "is neither"},
	    {"nowhere/1_prompt.txt", "is neither"},
	    {"1_prompt.txt", "is neither"}, {"prompts/", "is neither"},
	    {"prompts/01_prompt.txt", "is neither"},
	    {"prompts/1_prompt.txt/", "is neither"}, {"/", "is neither"},
	    {"prompts/8_prompt.txt", "No such file"}};

	put_prompt("1_prompt.txt", "one");
	put_file("1_prompt.txt", "not in prompts/");
	ck_assert_int_eq(mkdir("other", 0777), 0);
	put_file("other/1_prompt.txt", "another workspace's");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char word[40];

		memcpy(word, rows[i].word, sizeof(word));
		cfg.operand_count = 0;
		name_operand(word);
		cannot_find(rows[i].why);
	}
}
END_TEST

START_TEST(test_directory_gone)
{
	ck_assert_int_eq(unlinkat(AT_FDCWD, "prompts", AT_REMOVEDIR), 0);
	close(ws.prompts);
	ws.prompts = -1;
	cannot_find("prompts: read: ");
}
END_TEST

static struct prompt
load(int n)
{
	struct prompt p = {.number = n};

	prompt_load(&ws, &cfg, &p);
	return p;
}

START_TEST(test_bytes)
{
	static const char text[] =
	    "\xef\xbb\xbf\0 a\r\n\xff\xfe\0\xc3(\xed\xa0\x80";
	struct prompt p;

	put_bytes("prompts/1_prompt.txt", text, sizeof(text) - 1);
	p = load(1);
	ck_assert_int_eq(p.state, PROMPT_PENDING);
	ck_assert_uint_eq(p.len, sizeof(text) - 1);
	ck_assert_mem_eq(p.text, text, sizeof(text));
	ck_assert_int_eq(p.estimate,
	    (int64_t)tok_count(cfg.tok, text, sizeof(text) - 1) + 7);
	free(p.text);
}
END_TEST

START_TEST(test_blank)
{
	static const struct {
		const char *text;
		size_t len;
		bool blank;
	} rows[] = {{"", 0, true}, {"\n", 1, true}, {" \t\r\n\v\f", 6, true},
	    {"\xef\xbb\xbf", 3, true}, {"\xef\xbb\xbf\r\n", 5, true},
	    {"\xef\xbb", 2, false}, {"\0", 1, false}, {"\n\0", 2, false},
	    {".", 1, false}, {"\xc2\xa0", 2, false},
	    {"\n\xef\xbb\xbf", 4, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prompt p;

		put_bytes("prompts/1_prompt.txt", rows[i].text, rows[i].len);
		p = load(1);
		ck_assert_msg(
		    p.state == (rows[i].blank ? PROMPT_BLANK : PROMPT_PENDING),
		    "row %zu", i);
		ck_assert((p.text == NULL) == rows[i].blank);
		free(p.text);
	}
}
END_TEST

START_TEST(test_broken)
{
	struct prompt p = load(1);

	ck_assert_int_eq(p.state, PROMPT_BROKEN);
	ck_assert_str_eq(p.why.text,
	    "prompts/1_prompt.txt: open: No such file or directory");
	ck_assert_int_eq(mkdir("prompts/2_prompt.txt", 0777), 0);
	p = load(2);
	ck_assert_int_eq(p.state, PROMPT_BROKEN);
	ck_assert_str_eq(
	    p.why.text, "prompts/2_prompt.txt: read: Is a directory");
	ck_assert_int_eq(mkfifo("prompts/3_prompt.txt", 0666), 0);
	p = load(3);
	ck_assert_int_eq(p.state, PROMPT_BROKEN);
	ck_assert_str_eq(
	    p.why.text, "prompts/3_prompt.txt: not a regular file");
	/* Sparse, and more than may be. */
	put_prompt("4_prompt.txt", "");
	ck_assert_int_eq(
	    truncate("prompts/4_prompt.txt", (off_t)PROMPT_SIZE_MAX + 1), 0);
	p = load(4);
	ck_assert_int_eq(p.state, PROMPT_BROKEN);
	ck_assert_ptr_nonnull(strstr(p.why.text, "over 128 MiB"));
	put_prompt("5_prompt.txt", "secret");
	ck_assert_int_eq(chmod("prompts/5_prompt.txt", 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(1234), 0);
	p = load(5);
	ck_assert_int_eq(p.state, PROMPT_BROKEN);
	ck_assert_str_eq(
	    p.why.text, "prompts/5_prompt.txt: open: Permission denied");
	ck_assert_int_gt(p.mtime.tv_sec, 0);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(test_current)
{
	/* The epoch is a date as any other: archives are dated so. */
	static const time_t dates[] = {0, 1, 1000, 2000000000};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		struct prompt p;

		put_prompt("1_prompt.txt", "text");
		set_mtime("prompts/1_prompt.txt", dates[i], 5);
		put_file("outputs/1_output.txt", "answer");
		set_mtime("outputs/1_output.txt", dates[i], 5);
		cfg.always = false;
		p = load(1);
		ck_assert_int_eq(p.state, PROMPT_CURRENT);
		ck_assert_int_eq(p.mtime.tv_sec, dates[i]);
		ck_assert_ptr_null(p.text);
		set_mtime("outputs/1_output.txt", dates[i], 4);
		p = load(1);
		ck_assert_int_eq(p.state, PROMPT_PENDING);
		free(p.text);
		set_mtime("outputs/1_output.txt", dates[i], 6);
		cfg.always = true;
		p = load(1);
		ck_assert_int_eq(p.state, PROMPT_PENDING);
		free(p.text);
	}
}
END_TEST

START_TEST(test_estimate)
{
	ck_assert_int_eq(prompt_estimate(&cfg, "hello world", 11), 2 + 7);
	ck_assert_int_eq(prompt_estimate(&cfg, "", 0), 7);
	cfg.api.system = "hello world";
	cfg.system_tokens = 2;
	ck_assert_int_eq(
	    prompt_estimate(&cfg, "hello world", 11), 2 + 7 + 2 + 4);
	cfg.api.system = "";
	cfg.system_tokens = 0;
	ck_assert_int_eq(prompt_estimate(&cfg, "hello world", 11), 2 + 7 + 4);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("prompt");
	TCase *const tc = tcase_create("prompt");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, test_find_all);
	tcase_add_test(tc, test_outside);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_named);
	tcase_add_test(tc, test_named_badly);
	tcase_add_test(tc, test_directory_gone);
	tcase_add_test(tc, test_bytes);
	tcase_add_test(tc, test_blank);
	tcase_add_test(tc, test_broken);
	tcase_add_test(tc, test_current);
	tcase_add_test(tc, test_estimate);
	return scratch_main(s);
}
