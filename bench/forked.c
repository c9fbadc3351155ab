/*
 * forked - what a request costs in a process of its own with libcurl alone.
 *
 *	forked [-2lsw] N URL BUNDLE	certificates from a file, as by default
 *	forked [-2lsw] N URL DIR/	... from a hashed directory
 *
 * Forks N children, 20 at a time, each of which gets URL once and checks the
 * server's certificate.  Neither counts nor keeps anything: the least that a
 * program of chatgpt-batch's shape could do.  Each option is a measure to make
 * it cheaper, or dearer:
 *
 *	-2	HTTP/2, if the server has it; else HTTP/1.1
 *	-l	each child looks this machine's name up, in a thread
 *	-s	the TLS session of a first child is handed to the others
 *	-w	the parent makes a TLS context once, and throws it away
 *
 * Prints nothing; status 1 if a request failed, or with -s if no other child
 * could use the session.
 */
#include <curl/curl.h>
#include <err.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	AT_A_TIME = 20,
	SESSION_MAX = 1 << 14
};

static bool http2, look_up, share_session, warm;
static SSL_SESSION *session; /* to begin with */
static int session_fd = -1;  /* to write it to */
static bool reused;

/* The type is libcurl's. */
static size_t
ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static void *
resolve(void *arg)
{
	struct addrinfo *list = NULL;
	char name[256];

	if (gethostname(name, sizeof(name)) == 0 &&
	    getaddrinfo(name, "443", NULL, &list) == 0)
		freeaddrinfo(list);
	return arg;
}

/* OpenSSL has a session for later: the first is as good as any. */
static int
on_session(SSL *ssl, SSL_SESSION *s)
{
	unsigned char data[SESSION_MAX], *end = data;
	const int size = i2d_SSL_SESSION(s, NULL);

	(void)ssl;
	if (session_fd != -1 && size > 0 && size <= SESSION_MAX) {
		i2d_SSL_SESSION(s, &end);
		if (write(session_fd, data, (size_t)size) != size)
			err(1, "session");
		close(session_fd);
		session_fd = -1;
	}
	return 0;
}

/* libcurl shows its context, but not the connection: this gets at it. */
static void
on_state(const SSL *ssl, int where, int value)
{
	(void)value;
	if (where == SSL_CB_HANDSHAKE_START && SSL_get_session(ssl) == NULL)
		SSL_set_session((SSL *)(uintptr_t)ssl, session);
	if (where == SSL_CB_HANDSHAKE_DONE)
		reused = SSL_session_reused(ssl) == 1;
}

static CURLcode
on_context(CURL *c, void *ctx, void *arg)
{
	(void)c;
	(void)arg;
	if (session_fd != -1) {
		SSL_CTX_set_session_cache_mode(
		    ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, on_session);
	}
	if (session != NULL)
		SSL_CTX_set_info_callback(ctx, on_state);
	return CURLE_OK;
}

static int
get(const char *url, const char *trust)
{
	const size_t len = strlen(trust);
	const bool dir = len > 0 && trust[len - 1] == '/';
	CURL *c = curl_easy_init();
	pthread_t thread;

	if (c == NULL)
		return 1;
	if (look_up && pthread_create(&thread, NULL, resolve, NULL) == 0)
		pthread_join(thread, NULL);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(c, CURLOPT_CAINFO, dir ? NULL : trust);
	curl_easy_setopt(c, CURLOPT_CAPATH, dir ? trust : NULL);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
	    http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
	if (share_session) {
		curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_context);
	}
	if (curl_easy_perform(c) != CURLE_OK)
		return 1;
	return session != NULL && !reused;
}

static int
reap(void)
{
	int status;

	if (wait(&status) == -1)
		err(1, "wait");
	return status != 0;
}

/* A first child, whose session all others begin with. */
static void
get_session(const char *url, const char *trust)
{
	unsigned char data[SESSION_MAX];
	const unsigned char *begin = data;
	ssize_t n, size = 0;
	int ends[2];

	if (pipe(ends) == -1)
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		session_fd = ends[1];
		_exit(get(url, trust));
	}
	close(ends[1]);
	while (
	    (n = read(ends[0], data + size, sizeof(data) - (size_t)size)) > 0)
		size += n;
	close(ends[0]);
	if (reap() != 0 || size == 0 ||
	    (session = d2i_SSL_SESSION(NULL, &begin, size)) == NULL)
		errx(1, "no session to hand down");
}

static void
read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "2lsw")) != -1) {
		http2 |= c == '2';
		look_up |= c == 'l';
		share_session |= c == 's';
		warm |= c == 'w';
		if (c == '?')
			exit(2);
	}
}

int
main(int argc, char **argv)
{
	long n, running = 0;
	int failed = 0;

	read_options(argc, argv);
	argv += optind;
	n = argc - optind == 3 ? strtol(argv[0], NULL, 10) : 0;
	if (n <= 0)
		errx(2, "usage: forked [-2lsw] N URL BUNDLE|DIR/");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (warm)
		SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
	if (share_session)
		get_session(argv[1], argv[2]);
	for (long i = 0; i < n; i++) {
		const pid_t pid = fork();

		if (pid == -1)
			err(1, "fork");
		if (pid == 0)
			_exit(get(argv[1], argv[2]));
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
