/* Base URLs: which are good, and what becomes of them. */
#include "endpoint.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATH "chat/completions"

static const struct {
	const char *base;
	const char *url;
	const char *host;
	const char *port;
	bool https;
	bool loopback;
} good[] = {
    {"https://api.openai.com/v1", "https://api.openai.com/v1/" PATH,
	"api.openai.com", "443", true, false},
    {"https://api.openai.com/v1/", "https://api.openai.com/v1/" PATH,
	"api.openai.com", "443", true, false},
    {"https://api.openai.com/v1///", "https://api.openai.com/v1/" PATH,
	"api.openai.com", "443", true, false},
    {"https://host", "https://host/" PATH, "host", "443", true, false},
    {"https://host/", "https://host/" PATH, "host", "443", true, false},
    {"HTTPS://Host:8443/x", "https://Host:8443/x/" PATH, "Host", "8443", true,
	false},
    {"https://host/a/../v1", "https://host/v1/" PATH, "host", "443", true,
	false},
    {"https://me.openai.azure.com/openai/v1",
	"https://me.openai.azure.com/openai/v1/" PATH, "me.openai.azure.com",
	"443", true, false},
    {"https://[2001:db8::1]:444/v1", "https://[2001:db8::1]:444/v1/" PATH,
	"2001:db8::1", "444", true, false},
    /* Clear text, but it stays here. */
    {"http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/" PATH, "127.0.0.1",
	"8080", false, true},
    {"http://127.9.9.9", "http://127.9.9.9/" PATH, "127.9.9.9", "80", false,
	true},
    {"http://localhost:1/v1", "http://localhost:1/v1/" PATH, "localhost", "1",
	false, true},
    {"http://LOCALHOST/v1", "http://LOCALHOST/v1/" PATH, "LOCALHOST", "80",
	false, true},
    {"http://[::1]:9/v1", "http://[::1]:9/v1/" PATH, "::1", "9", false, true},
    {"http://127.1/v1", "http://127.0.0.1/v1/" PATH, "127.0.0.1", "80", false,
	true},
    {"http://0x7f000001/v1", "http://127.0.0.1/v1/" PATH, "127.0.0.1", "80",
	false, true},
    {"https://localhost/v1", "https://localhost/v1/" PATH, "localhost", "443",
	true, true},
};

START_TEST(test_good)
{
	struct endpoint e;
	struct error err = {""};

	ck_assert_msg(endpoint_parse(good[_i].base, PATH, false, &e, &err) == 0,
	    "%s", err.text);
	ck_assert_str_eq(e.url, good[_i].url);
	ck_assert_str_eq(e.host, good[_i].host);
	ck_assert_str_eq(e.port, good[_i].port);
	ck_assert_int_eq(e.https, good[_i].https);
	ck_assert_int_eq(e.loopback, good[_i].loopback);
	endpoint_free(&e);
}
END_TEST

static const struct {
	const char *base;
	const char *message; /* a part of it */
} bad[] = {
    /* Clear text to elsewhere, however much it looks like here. */
    {"http://api.openai.com/v1", "clear text"},
    {"http://127.0.0.1.example.com/", "clear text"},
    {"http://localhost.example.com/", "clear text"},
    {"http://localhost.localdomain/", "clear text"},
    {"http://0.0.0.0/", "clear text"},
    {"http://128.0.0.1/", "clear text"},
    {"http://[::2]/", "clear text"},
    {"http://[::ffff:127.0.0.1]/", "clear text"},
    {"http://10.0.0.1/", "clear text"},
    /* Parts that have no business here. */
    {"https://user:secret@host/v1", "user name or password"},
    {"https://user@host/v1", "user name or password"},
    {"https://:secret@host/v1", "user name or password"},
    {"http://127.0.0.1@example.com/", "user name or password"},
    {"https://host/v1?api-version=1", "query"},
    {"https://host/v1#top", "fragment"},
    /* No URL of ours. */
    {"ftp://host/v1", "neither https nor http"},
    {"file:///etc/passwd", "base URL file:"},
    {"gopher://host/", "neither https nor http"},
    {"ws://host/", "neither https nor http"},
    {"api.openai.com/v1", "https://... is wanted"},
    {"", "base URL "},
    {"https://", "base URL https://"},
    {"https:///v1", "base URL https:///v1"},
    {"https://host:port/v1", "base URL https://host:port/v1"},
    {"https://host:70000/v1", "base URL"},
    {"https://ho st/v1", "base URL"},
    {"https://host/v1\r\nX-Evil: 1", "base URL"},
    {"https://[::1/v1", "base URL"},
};

START_TEST(test_bad)
{
	struct endpoint e;
	struct error err = {""};

	ck_assert_msg(endpoint_parse(bad[_i].base, PATH, false, &e, &err) == -1,
	    "%s was taken", bad[_i].base);
	ck_assert_msg(
	    strstr(err.text, bad[_i].message) != NULL, "%s", err.text);
	/* No password on the screen, nor where the URL is malformed. */
	ck_assert_ptr_null(strstr(err.text, "secret"));
}
END_TEST

START_TEST(test_insecure)
{
	struct endpoint e;
	struct error err;

	ck_assert_int_eq(
	    endpoint_parse("http://10.0.0.1/v1", PATH, true, &e, &err), 0);
	ck_assert(!e.https && !e.loopback);
	endpoint_free(&e);
	/* It is for http alone. */
	ck_assert_int_eq(
	    endpoint_parse("ftp://10.0.0.1/v1", PATH, true, &e, &err), -1);
	ck_assert_int_eq(
	    endpoint_parse("http://u:p@10.0.0.1/", PATH, true, &e, &err), -1);
}
END_TEST

START_TEST(test_malformed_with_password)
{
	struct endpoint e;
	struct error err;

	ck_assert_int_eq(endpoint_parse("https://u:secret@host:port/", PATH,
			     false, &e, &err),
	    -1);
	ck_assert_ptr_null(strstr(err.text, "secret"));
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("endpoint");
	TCase *t = tcase_create("endpoint");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_good, 0, COUNT(good));
	tcase_add_loop_test(t, test_bad, 0, COUNT(bad));
	tcase_add_test(t, test_insecure);
	tcase_add_test(t, test_malformed_with_password);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
