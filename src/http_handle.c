#include "http_handle.h"

#include "clock.h"
#include "lazy_curl.h"
#include "lookup.h"
#include "trust.h"
#include "wipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* libcurl, too, takes a name's addresses to be good for a minute. */
#define ADDRESSES_GOOD (60 * INT64_C(1000000000))

struct http {
	struct http_settings settings;
	struct trust trust;
	char *addresses; /* lookup.h's, NULL: children ask themselves */
	int64_t looked_up;
	bool direct; /* past all proxies */
};

const struct http_settings *
http_config(const struct http *h)
{
	return &h->settings;
}

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

/*
 * Might a proxy be used?  Then the host is for the proxy to look up; here it
 * may not even be known.  (no_proxy is not looked at: then children ask.)
 */
static bool
proxy_possible(const struct http *h)
{
	if (h->direct)
		return false;
	if (is_set("all_proxy") || is_set("ALL_PROXY"))
		return true;
	if (h->settings.endpoint->https)
		return is_set("https_proxy") || is_set("HTTPS_PROXY");
	return is_set("http_proxy");
}

static int
choose_trust(struct http *h, struct error *err)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	const struct trust_sources from = {
	    .curl_ca_bundle = getenv("CURL_CA_BUNDLE"),
	    .ssl_cert_file = getenv("SSL_CERT_FILE"),
	    .ssl_cert_dir = getenv("SSL_CERT_DIR"),
	    .default_file = v->cainfo,
	    .default_dir = v->capath,
	};

	return trust_prepare(&h->trust, &from, err);
}

struct http *
http_prepare(const struct http_settings *settings, struct error *err)
{
	const struct endpoint *e = settings->endpoint;
	struct http *h;

	if (lazy_curl(err) == -1)
		return NULL;
	/* In the parent, for the children: it is most of what TLS costs. */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, wipe_malloc, wipe_free,
		wipe_realloc, wipe_strdup, wipe_calloc) != CURLE_OK) {
		error_set(err, "libcurl: cannot be initialised");
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (h == NULL) {
		error_sys(err, "preparing requests");
		curl_global_cleanup();
		return NULL;
	}
	h->settings = *settings;
	/*
	 * Clear text is for this machine only: a proxy's variable must not
	 * carry it, and the key, elsewhere.
	 */
	h->direct = !e->https && e->loopback;
	if (e->https && choose_trust(h, err) == -1) {
		http_free(h);
		return NULL;
	}
	if (!proxy_possible(h) && !e->loopback) {
		h->addresses = lookup_host(e->host, e->port);
		h->looked_up = clock_boot();
	}
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	trust_free(&h->trust);
	free(h->addresses);
	free(h);
	curl_global_cleanup();
}

void
http_certificates(const struct http *h, const char **file, const char **dirs)
{
	*file = h->trust.file;
	*dirs = h->trust.store ? h->trust.store_dir : h->trust.dir;
}

static CURLcode
on_ssl_ctx(CURL *easy, void *ssl_ctx, void *arg)
{
	(void)easy;
	trust_use_store(arg, ssl_ctx);
	return CURLE_OK;
}

static bool
set_long(CURL *e, CURLoption option, long value)
{
	return curl_easy_setopt(e, option, value) == CURLE_OK;
}

static bool
set_string(CURL *e, CURLoption option, const char *value)
{
	return curl_easy_setopt(e, option, value) == CURLE_OK;
}

/* libcurl takes 0 for "its own default". */
static long
to_ms(int64_t ns)
{
	const int64_t ms = ns / 1000000;

	return ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (long)ms;
}

static bool
set_transport(CURL *e, const struct http *h)
{
	const struct http_settings *s = &h->settings;

	return set_string(e, CURLOPT_URL, s->endpoint->url) &&
	       set_string(e, CURLOPT_PROTOCOLS_STR,
		   s->endpoint->https ? "https" : "http") &&
	       set_long(e, CURLOPT_FOLLOWLOCATION, 0) &&
	       set_long(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
	       set_long(e, CURLOPT_HTTP_CONTENT_DECODING, 0) &&
	       set_long(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1) &&
	       set_long(e, CURLOPT_NOSIGNAL, 1) &&
	       set_long(e, CURLOPT_TCP_KEEPALIVE, 1) &&
	       /* A resolver that hangs must not hang us at the end. */
	       set_long(e, CURLOPT_QUICK_EXIT, 1) &&
	       set_long(e, CURLOPT_CONNECTTIMEOUT_MS,
		   to_ms(s->connect_timeout_ns)) &&
	       set_long(e, CURLOPT_TIMEOUT_MS, to_ms(s->total_timeout_ns)) &&
	       (!h->direct || set_string(e, CURLOPT_PROXY, ""));
}

static bool
set_tls(CURL *e, const struct http *h)
{
	return set_long(e, CURLOPT_SSL_VERIFYPEER, 1) &&
	       set_long(e, CURLOPT_SSL_VERIFYHOST, 2) &&
	       set_long(e, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	       set_long(e, CURLOPT_SSL_SESSIONID_CACHE, 0) &&
	       set_string(e, CURLOPT_CAINFO, h->trust.file) &&
	       set_string(e, CURLOPT_CAPATH, h->trust.dir) &&
	       (h->trust.store == NULL ||
		   (curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx) ==
			   CURLE_OK &&
		       curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, &h->trust) ==
			   CURLE_OK));
}

static bool
add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		return false;
	*list = longer;
	return true;
}

static bool
set_headers(struct http_handle *handle, const struct http *h, const char *extra)
{
	const char *const *line = h->settings.headers;

	for (; *line != NULL; line++)
		if (!add_header(&handle->headers, *line))
			return false;
	if (extra != NULL && !add_header(&handle->headers, extra))
		return false;
	/* No waiting for "100 Continue", which few servers send. */
	return add_header(&handle->headers, "Expect:") &&
	       curl_easy_setopt(handle->easy, CURLOPT_HTTPHEADER,
		   handle->headers) == CURLE_OK;
}

/* The addresses the parent has found, while they are fresh. */
static bool
set_addresses(struct http_handle *handle, const struct http *h)
{
	if (h->addresses == NULL ||
	    clock_boot() - h->looked_up > ADDRESSES_GOOD)
		return true;
	handle->addresses = curl_slist_append(NULL, h->addresses);
	return handle->addresses != NULL &&
	       curl_easy_setopt(handle->easy, CURLOPT_RESOLVE,
		   handle->addresses) == CURLE_OK;
}

int
http_handle_make(struct http_handle *handle, const struct http *h,
    const struct http_call *call)
{
	CURL *e = curl_easy_init();

	*handle = (struct http_handle){.easy = e};
	if (e == NULL || !set_transport(e, h) ||
	    (h->settings.endpoint->https && !set_tls(e, h)) ||
	    !set_headers(handle, h, call->extra) || !set_addresses(handle, h))
		return -1;
	if (curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body->data) !=
		CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)call->body->len) != CURLE_OK)
		return -1;
	return 0;
}

void
http_handle_free(struct http_handle *handle)
{
	curl_easy_cleanup(handle->easy);
	curl_slist_free_all(handle->headers);
	curl_slist_free_all(handle->addresses);
}
