#include "endpoint.h"

#include "lazy_curl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * A part of the URL as a string of our own, NULL if it has none.  *RC is 0
 * then, and the reason if the part could not be had.
 */
static char *
get_part(CURLU *u, CURLUPart what, unsigned flags, CURLUcode *rc)
{
	char *text = NULL, *copy;

	*rc = curl_url_get(u, what, &text, flags);
	switch (*rc) {
	case CURLUE_OK:
		break;
	case CURLUE_NO_SCHEME:
	case CURLUE_NO_USER:
	case CURLUE_NO_PASSWORD:
	case CURLUE_NO_OPTIONS:
	case CURLUE_NO_HOST:
	case CURLUE_NO_PORT:
	case CURLUE_NO_QUERY:
	case CURLUE_NO_FRAGMENT:
		*rc = CURLUE_OK;
		return NULL;
	default:
		return NULL;
	}
	copy = strdup(text);
	curl_free(text);
	if (copy == NULL)
		*rc = CURLUE_OUT_OF_MEMORY;
	return copy;
}

/* Is the part there?  An empty query ("?") counts as none. */
static bool
has_part(CURLU *u, CURLUPart what)
{
	char *text = NULL;
	const bool has = curl_url_get(u, what, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

/*
 * Names of this machine: libcurl itself knows what "localhost" means, and
 * has already written odd forms of IPv4 addresses ("127.1") in full.
 */
static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* libcurl would forgive "https:///v1" and take "v1" for the host. */
static bool
lacks_host(const char *base)
{
	const char *rest = strstr(base, "://");

	return rest != NULL && strchr("/?#", rest[3]) != NULL;
}

/* The URL is not quoted where it might hold a password. */
static int
check_parts(CURLU *u, const char *base, struct error *err)
{
	if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD))
		return error_set(err,
		    "base URL: holds a user name or password; "
		    "the API key alone identifies you");
	if (has_part(u, CURLUPART_QUERY))
		return error_set(err, "base URL %s: has a query (?...)", base);
	if (has_part(u, CURLUPART_FRAGMENT))
		return error_set(
		    err, "base URL %s: has a fragment (#...)", base);
	return 0;
}

static int
check_scheme(struct endpoint *e, const char *scheme, const char *base,
    bool insecure_http, struct error *err)
{
	e->https = strcasecmp(scheme, "https") == 0;
	if (e->https)
		return 0;
	if (strcasecmp(scheme, "http") != 0)
		return error_set(
		    err, "base URL %s: neither https nor http", base);
	if (!e->loopback && !insecure_http)
		return error_set(err,
		    "base URL %s: http would send the API key in clear text; "
		    "use https, or --insecure-http if you mean it",
		    base);
	return 0;
}

/* PATH at the end of the URL's own, with one slash between. */
static CURLUcode
join_path(CURLU *u, const char *path)
{
	CURLUcode rc;
	char *old = get_part(u, CURLUPART_PATH, 0, &rc), *joined;
	size_t len;

	if (old == NULL)
		return rc == CURLUE_OK ? CURLUE_OUT_OF_MEMORY : rc;
	for (len = strlen(old); len > 0 && old[len - 1] == '/'; len--)
		;
	if (asprintf(&joined, "%.*s/%s", (int)len, old, path) == -1) {
		free(old);
		return CURLUE_OUT_OF_MEMORY;
	}
	rc = curl_url_set(u, CURLUPART_PATH, joined, 0);
	free(old);
	free(joined);
	return rc;
}

/* A host of IPv6 comes in brackets, which only a URL needs. */
static void
strip_brackets(char *host)
{
	const size_t len = strlen(host);

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
}

static int
fill(CURLU *u, const char *base, const char *path, bool insecure_http,
    struct endpoint *e, struct error *err)
{
	CURLUcode rc;
	char *scheme;
	int r;

	if (check_parts(u, base, err) == -1)
		return -1;
	e->host = get_part(u, CURLUPART_HOST, 0, &rc);
	if (e->host == NULL || e->host[0] == '\0')
		return error_set(err, "base URL %s: no host: %s", base,
		    curl_url_strerror(rc ? rc : CURLUE_NO_HOST));
	strip_brackets(e->host);
	e->loopback = is_loopback(e->host);
	scheme = get_part(u, CURLUPART_SCHEME, 0, &rc);
	if (scheme == NULL)
		return error_set(err, "base URL %s: %s", base,
		    curl_url_strerror(rc ? rc : CURLUE_NO_SCHEME));
	r = check_scheme(e, scheme, base, insecure_http, err);
	free(scheme);
	if (r == -1)
		return -1;
	e->port = get_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &rc);
	if (e->port != NULL)
		rc = join_path(u, path);
	if (rc == CURLUE_OK)
		e->url = get_part(u, CURLUPART_URL, 0, &rc);
	if (e->port == NULL || e->url == NULL)
		return error_set(
		    err, "base URL %s: %s", base, curl_url_strerror(rc));
	return 0;
}

int
endpoint_parse(const char *base, const char *path, bool insecure_http,
    struct endpoint *e, struct error *err)
{
	CURLU *u;
	CURLUcode rc;
	int r = -1;

	*e = (struct endpoint){0};
	if (lazy_curl(err) == -1)
		return -1;
	u = curl_url();
	if (u == NULL) {
		errno = ENOMEM;
		return error_sys(err, "base URL");
	}
	rc = lacks_host(base) ? CURLUE_NO_HOST
	                      : curl_url_set(u, CURLUPART_URL, base,
				    CURLU_NON_SUPPORT_SCHEME);
	/* The text may hold a password up to the '@'. */
	if (rc != CURLUE_OK && strchr(base, '@') != NULL)
		error_set(err, "base URL: %s", curl_url_strerror(rc));
	else if (rc != CURLUE_OK)
		error_set(err, "base URL %s: %s%s", base, curl_url_strerror(rc),
		    strstr(base, "://") ? "" : " (https://... is wanted)");
	else
		r = fill(u, base, path, insecure_http, e, err);
	curl_url_cleanup(u);
	if (r == -1)
		endpoint_free(e);
	return r;
}

void
endpoint_free(struct endpoint *e)
{
	free(e->url);
	free(e->host);
	free(e->port);
	*e = (struct endpoint){0};
}
