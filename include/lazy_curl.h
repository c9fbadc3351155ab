/*
 * lazy_curl.h - <curl/curl.h>, with libcurl loaded when it is first needed.
 *
 * libcurl brings some thirty libraries along, and linking them takes the
 * dynamic linker longer than all else that count, status or a run with
 * nothing to do have to do (measured: 5 ms of 6).  So the program is not linked
 * with it: include this in the place of <curl/curl.h>, call lazy_curl once,
 * and then libcurl's functions as ever.
 */
#ifndef LAZY_CURL_H
#define LAZY_CURL_H

#include "error.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_getinfo
#undef curl_easy_setopt

/* All that we call of libcurl. */
#define LAZY_CURL_FUNCTIONS(X)      \
	X(curl_easy_cleanup)        \
	X(curl_easy_getinfo)        \
	X(curl_easy_init)           \
	X(curl_easy_setopt)         \
	X(curl_easy_strerror)       \
	X(curl_free)                \
	X(curl_global_cleanup)      \
	X(curl_global_init_mem)     \
	X(curl_multi_add_handle)    \
	X(curl_multi_cleanup)       \
	X(curl_multi_info_read)     \
	X(curl_multi_init)          \
	X(curl_multi_perform)       \
	X(curl_multi_poll)          \
	X(curl_multi_remove_handle) \
	X(curl_multi_strerror)      \
	X(curl_slist_append)        \
	X(curl_slist_free_all)      \
	X(curl_url)                 \
	X(curl_url_cleanup)         \
	X(curl_url_get)             \
	X(curl_url_set)             \
	X(curl_url_strerror)        \
	X(curl_version_info)

/* Their addresses, by their own names and of their own types. */
#define LAZY_CURL_POINTER(name) __typeof__(&name) name;
struct lazy_curl {
	LAZY_CURL_FUNCTIONS(LAZY_CURL_POINTER)
};

/* Written once, by lazy_curl. */
extern struct lazy_curl lazy;

/*
 * Load it, unless it is: before any of its functions is called, and before a
 * fork, so that children need not.  0, or -1 with ERR.
 */
int lazy_curl(struct error *err);

/* A function of a library that libcurl brings along, such as OpenSSL, once it
 * is loaded: its address, or NULL if there is none. */
void *lazy_symbol(const char *name);

#ifndef LAZY_CURL_ITSELF
#define curl_easy_cleanup lazy.curl_easy_cleanup
#define curl_easy_getinfo lazy.curl_easy_getinfo
#define curl_easy_init lazy.curl_easy_init
#define curl_easy_setopt lazy.curl_easy_setopt
#define curl_easy_strerror lazy.curl_easy_strerror
#define curl_free lazy.curl_free
#define curl_global_cleanup lazy.curl_global_cleanup
#define curl_global_init_mem lazy.curl_global_init_mem
#define curl_multi_add_handle lazy.curl_multi_add_handle
#define curl_multi_cleanup lazy.curl_multi_cleanup
#define curl_multi_info_read lazy.curl_multi_info_read
#define curl_multi_init lazy.curl_multi_init
#define curl_multi_perform lazy.curl_multi_perform
#define curl_multi_poll lazy.curl_multi_poll
#define curl_multi_remove_handle lazy.curl_multi_remove_handle
#define curl_multi_strerror lazy.curl_multi_strerror
#define curl_slist_append lazy.curl_slist_append
#define curl_slist_free_all lazy.curl_slist_free_all
#define curl_url lazy.curl_url
#define curl_url_cleanup lazy.curl_url_cleanup
#define curl_url_get lazy.curl_url_get
#define curl_url_set lazy.curl_url_set
#define curl_url_strerror lazy.curl_url_strerror
#define curl_version_info lazy.curl_version_info
#endif

#endif
