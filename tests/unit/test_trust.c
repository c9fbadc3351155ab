/* Which certificates are trusted, by what is set and what there is. */
#include "trust.h"

#include "endpoint.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An authority that signs nothing. */
static const char pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBijCCAS+gAwIBAgIUPk07R4NYNcB5GjAKcaJN4jqpV20wCgYIKoZIzj0EAwIw\n"
    "GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MjE0MTUzWhgPMjEy\n"
    "NjEwMzEyMTQxNTNaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAEN6//GkuVajL3mIAasfk7CmzhlxGmrwiRN4LdDSd9\n"
    "qJ3qk9F1zFMB2Y7APVskmvWj4sfap6vDtlMAi+rnU53Vq6NTMFEwHQYDVR0OBBYE\n"
    "FI+4Xz5Mwbb3wSMVU0oOs5IEjT8WMB8GA1UdIwQYMBaAFI+4Xz5Mwbb3wSMVU0oO\n"
    "s5IEjT8WMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAI9GoiAU\n"
    "dl2QLQOxKhVNSWmgvEeCciOJ/zGfz9fx+pJyAiEA+ZI9ini4XiFwCJf+UhL7mhkc\n"
    "FUQs0RpTb3yI2+UBjPI=\n"
    "-----END CERTIFICATE-----\n";

static char root[] = "/tmp/test_trust.XXXXXX";
static char bundle[64], other[64], broken[64], hashed[64], plain[64];

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
	char path[80];
	struct endpoint e;
	struct error err;

	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(bundle, sizeof(bundle), "%s/bundle", root);
	snprintf(other, sizeof(other), "%s/other", root);
	snprintf(broken, sizeof(broken), "%s/broken", root);
	snprintf(hashed, sizeof(hashed), "%s/hashed", root);
	snprintf(plain, sizeof(plain), "%s/plain", root);
	write_file(bundle, pem);
	write_file(other, pem);
	write_file(broken, "no certificate");
	ck_assert_int_eq(mkdir(hashed, 0700), 0);
	snprintf(path, sizeof(path), "%s/4042bcee.0", hashed);
	write_file(path, pem);
	ck_assert_int_eq(mkdir(plain, 0700), 0);
	snprintf(path, sizeof(path), "%s/4042bcee.pem", plain);
	write_file(path, pem);
	/* As in the program, where a URL is checked first of all. */
	ck_assert_int_eq(endpoint_parse("https://x", "", false, &e, &err), 0);
	endpoint_free(&e);
}

static void
teardown(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/4042bcee.0", hashed);
	unlink(path);
	snprintf(path, sizeof(path), "%s/4042bcee.pem", plain);
	unlink(path);
	unlink(bundle);
	unlink(other);
	unlink(broken);
	rmdir(hashed);
	rmdir(plain);
	rmdir(root);
}

/* What is to come of FROM; STORE stands for file and dir. */
static void
expect(const struct trust_sources *from, bool store, const char *file,
    const char *dir)
{
	struct trust t;
	struct error err = {""};

	ck_assert_msg(trust_prepare(&t, from, &err) == 0, "%s", err.text);
	ck_assert_int_eq(t.store != NULL, store);
	ck_assert_pstr_eq(t.file, file);
	ck_assert_pstr_eq(t.dir, dir);
	trust_free(&t);
}

/* The system's directory, if it can be looked into; else its bundle. */
START_TEST(test_defaults)
{
	expect(&(struct trust_sources){.default_file = bundle,
		   .default_dir = hashed},
	    false, NULL, hashed);
	expect(&(struct trust_sources){.default_file = bundle,
		   .default_dir = plain},
	    true, NULL, NULL);
	expect(
	    &(struct trust_sources){.default_file = bundle}, true, NULL, NULL);
	expect(
	    &(struct trust_sources){.default_dir = plain}, false, NULL, plain);
	expect(&(struct trust_sources){0}, false, NULL, NULL);
}
END_TEST

/* What cannot be loaded is left to libcurl, which says why. */
START_TEST(test_broken)
{
	expect(&(struct trust_sources){.default_file = broken,
		   .default_dir = plain},
	    false, broken, plain);
	expect(&(struct trust_sources){.ssl_cert_file = "/nonexistent",
		   .default_file = bundle,
		   .default_dir = hashed},
	    false, "/nonexistent", hashed);
}
END_TEST

START_TEST(test_variables)
{
	char both[160];

	/* A bundle of one's own, which the directory stands behind. */
	expect(&(struct trust_sources){.ssl_cert_file = other,
		   .default_file = bundle,
		   .default_dir = hashed},
	    true, NULL, NULL);
	/* One that is the system's own costs nothing. */
	expect(&(struct trust_sources){.ssl_cert_file = bundle,
		   .curl_ca_bundle = bundle,
		   .default_file = bundle,
		   .default_dir = hashed},
	    false, NULL, hashed);
	/* Empty is unset. */
	expect(&(struct trust_sources){.curl_ca_bundle = "",
		   .ssl_cert_file = "",
		   .ssl_cert_dir = "",
		   .default_file = bundle,
		   .default_dir = hashed},
	    false, NULL, hashed);
	/* A directory adds to the system's. */
	snprintf(both, sizeof(both), "%s:%s", plain, hashed);
	expect(&(struct trust_sources){.ssl_cert_dir = plain,
		   .default_file = bundle,
		   .default_dir = hashed},
	    false, NULL, both);
	/* CURL_CA_BUNDLE beats the others. */
	expect(&(struct trust_sources){.curl_ca_bundle = broken,
		   .ssl_cert_file = other,
		   .ssl_cert_dir = plain,
		   .default_file = bundle,
		   .default_dir = hashed},
	    false, broken, hashed);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("trust");
	TCase *t = tcase_create("trust");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_defaults);
	tcase_add_test(t, test_broken);
	tcase_add_test(t, test_variables);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
