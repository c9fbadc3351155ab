/* What one invocation writes of a wait, and what others make of it. */
#include "hold.h"

#include "quota.h"
#include "scratch.h"

#define NOW (INT64_C(1764028862) * NS_PER_S + 345)

static int here = -1;

static void
enter(void)
{
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(here, -1);
}

static void
leave(void)
{
	close(here);
}

START_TEST(told_is_read)
{
	ck_assert_int_eq(hold_read(here, NOW), 0);
	hold_tell(here, NOW, NOW + 5);
	ck_assert_int_eq(hold_read(here, NOW), NOW + 5);
	ck_assert_int_eq(hold_read(here, NOW + 4), NOW + 5);
	ck_assert_int_eq(hold_read(here, NOW + 5), 0);
}
END_TEST

/* The longest wait counts, in whatever order they are told. */
START_TEST(the_later_counts)
{
	hold_tell(here, NOW, NOW + 20 * NS_PER_S);
	hold_tell(here, NOW, NOW + 10 * NS_PER_S);
	ck_assert_int_eq(hold_read(here, NOW), NOW + 20 * NS_PER_S);
	hold_tell(here, NOW, NOW + 30 * NS_PER_S);
	ck_assert_int_eq(hold_read(here, NOW), NOW + 30 * NS_PER_S);
}
END_TEST

START_TEST(nobody_is_held_for_ever)
{
	hold_tell(here, NOW, INT64_MAX);
	ck_assert_int_eq(hold_read(here, NOW), NOW + HOLD_MAX);
	/* The clock was set back: what is written is too far off. */
	ck_assert_int_eq(hold_read(here, NOW - NS_PER_S), 0);
	/* And is no reason not to write anew. */
	hold_tell(here, NOW - NS_PER_S, NOW + NS_PER_S);
	ck_assert_int_eq(hold_read(here, NOW), NOW + NS_PER_S);
}
END_TEST

static const char *const nonsense[] = {"", "\n", "soon\n", "-5\n",
    "99999999999999999999999999999999999999999\n", "1764028862\n",
    "\x00\x01\x02", "0x7fffffffffffffff\n"};

START_TEST(nonsense_holds_nobody)
{
	put_file("hold", nonsense[_i]);
	ck_assert_int_eq(hold_read(here, NOW), 0);
	hold_tell(here, NOW, NOW + 7);
	ck_assert_int_eq(hold_read(here, NOW), NOW + 7);
}
END_TEST

/* A link is not followed: it could lead anywhere. */
START_TEST(a_link_is_left_alone)
{
	put_file("elsewhere", "text\n");
	ck_assert_int_eq(symlink("elsewhere", "hold"), 0);
	hold_tell(here, NOW, NOW + 7);
	ck_assert_int_eq(hold_read(here, NOW), 0);
	ck_assert_str_eq(get_file("elsewhere"), "text\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hold");
	TCase *tc = scratch_case(s, "hold");

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, told_is_read);
	tcase_add_test(tc, the_later_counts);
	tcase_add_test(tc, nobody_is_held_for_ever);
	tcase_add_loop_test(
	    tc, nonsense_holds_nobody, 0, sizeof(nonsense) / sizeof(*nonsense));
	tcase_add_test(tc, a_link_is_left_alone);
	return scratch_main(s);
}
