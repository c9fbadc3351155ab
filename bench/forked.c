/*
 * forked - what a request costs in a process of its own with libcurl alone.
 *
 *	forked N URL BUNDLE	certificates from a file, libcurl's default
 *	forked N URL DIR/	... from a hashed directory
 *
 * Forks N children, 20 at a time, each of which gets URL once and checks the
 * server's certificate.  Neither counts nor keeps anything: the least that a
 * program of chatgpt-batch's shape could do.
 */
#include <curl/curl.h>
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	AT_A_TIME = 20
};

/* The type is libcurl's. */
static size_t
ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static int
get(const char *url, const char *trust)
{
	const size_t len = strlen(trust);
	const bool dir = len > 0 && trust[len - 1] == '/';
	CURL *c = curl_easy_init();

	if (c == NULL)
		return 1;
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_CAINFO, dir ? NULL : trust);
	curl_easy_setopt(c, CURLOPT_CAPATH, dir ? trust : NULL);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	return curl_easy_perform(c) != CURLE_OK;
}

static int
reap(void)
{
	int status;

	if (wait(&status) == -1)
		err(1, "wait");
	return status != 0;
}

int
main(int argc, char **argv)
{
	const long n = argc == 4 ? strtol(argv[1], NULL, 10) : 0;
	long running = 0;
	int failed = 0;

	if (n <= 0)
		errx(2, "usage: forked N URL BUNDLE|DIR/");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (long i = 0; i < n; i++) {
		const pid_t pid = fork();

		if (pid == -1)
			err(1, "fork");
		if (pid == 0)
			_exit(get(argv[2], argv[3]));
		if (++running == AT_A_TIME) {
			failed += reap();
			running--;
		}
	}
	for (; running > 0; running--)
		failed += reap();
	if (failed > 0)
		errx(1, "%d of %ld failed", failed, n);
	return 0;
}
