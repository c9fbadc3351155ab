/* Memory that keeps no secrets, and a secret that is kept out of memory. */
#include "seal.h"
#include "wipe.h"

#include "scratch.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#define LINE "Authorization: Bearer sk-0123456789"

static bool
holds(const char *p, size_t size, const char *text)
{
	return memmem(p, size, text, strlen(text)) != NULL;
}

START_TEST(test_line)
{
	char *const whole = wipe_strdup(LINE);
	char *const within = wipe_malloc(4096);
	char *const other = wipe_strdup("Authorization: Bearer sk-other");
	char *const gone = wipe_strdup(LINE);

	memset(within, 'x', 4096);
	memcpy(within + 1000, LINE, strlen(LINE));
	memcpy(within + 4096 - strlen(LINE), LINE, strlen(LINE));
	wipe_free(gone);
	wipe_line(LINE);
	ck_assert_int_eq(whole[0], '\0');
	ck_assert(!holds(whole, sizeof(LINE), "sk-"));
	ck_assert(!holds(within, 4096, "sk-"));
	ck_assert_int_eq(within[999], 'x');
	ck_assert_int_eq(within[1000 + strlen(LINE)], 'x');
	ck_assert_str_eq(other, "Authorization: Bearer sk-other");
	wipe_free(whole);
	wipe_free(within);
	wipe_free(other);
	wipe_line(LINE);
}
END_TEST

START_TEST(test_allocate)
{
	char *p = wipe_realloc(NULL, 10);
	char *q = wipe_calloc(100, 3);

	ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
	ck_assert_uint_eq((uintptr_t)q % _Alignof(max_align_t), 0);
	strcpy(p, "123456789");
	p = wipe_realloc(p, 100000);
	ck_assert_str_eq(p, "123456789");
	p = wipe_realloc(p, 5);
	ck_assert(memcmp(p, "12345", 5) == 0);
	for (int i = 0; i < 300; i++)
		ck_assert_int_eq(q[i], 0);
	wipe_free(p);
	wipe_free(q);
	wipe_free(NULL);
	ck_assert_ptr_null(wipe_malloc(SIZE_MAX));
	ck_assert_ptr_null(wipe_calloc(SIZE_MAX / 2, 3));
	ck_assert_ptr_null(wipe_calloc(1, SIZE_MAX - 8));
}
END_TEST

START_TEST(test_seal)
{
	char secret[] = "sk-0123456789";
	const size_t len = sizeof(secret) - 1;
	struct seal s;
	char in_pipe[sizeof(secret)];
	int first;

	ck_assert(seal_close(&s, secret, len));
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(secret[i], 0);
	ck_assert(!holds((const char *)s.pad, len, "sk-0"));
	ck_assert(seal_open(&s, secret, len));
	ck_assert_str_eq(secret, "sk-0123456789");
	ck_assert_int_eq(s.fd, -1);
	/* What the kernel has is of no use to others, and all of it. */
	ck_assert(seal_close(&s, secret, len));
	first = s.fd;
	ck_assert_int_eq(read(first, in_pipe, sizeof(in_pipe)), (ssize_t)len);
	ck_assert(!holds(in_pipe, len, "sk-0"));
	ck_assert(!seal_open(&s, secret, len));
	ck_assert_int_eq(fcntl(first, F_GETFD), -1);
}
END_TEST

/* Where there is no place for it, it stays. */
START_TEST(test_no_seal)
{
	struct rlimit was, none;
	char secret[] = "sk-0123456789", big[SEAL_MAX + 1];
	struct seal s;

	memset(big, 'k', sizeof(big));
	ck_assert(!seal_close(&s, big, sizeof(big)));
	ck_assert_int_eq(big[SEAL_MAX], 'k');
	ck_assert(seal_close(&s, big, SEAL_MAX));
	ck_assert(seal_open(&s, big, SEAL_MAX));
	ck_assert_int_eq(big[SEAL_MAX - 1], 'k');
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){0, was.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert(!seal_close(&s, secret, sizeof(secret) - 1));
	ck_assert_int_eq(s.fd, -1);
	ck_assert_str_eq(secret, "sk-0123456789");
	setrlimit(RLIMIT_NOFILE, &was);
}
END_TEST

int
main(void)
{
	Suite *const s = suite_create("wipe");
	TCase *const t = tcase_create("wipe");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_line);
	tcase_add_test(t, test_allocate);
	tcase_add_test(t, test_seal);
	tcase_add_test(t, test_no_seal);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
