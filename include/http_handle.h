/*
 * http_handle.h - how libcurl is set up: http.h's inner half.
 */
#ifndef HTTP_HANDLE_H
#define HTTP_HANDLE_H

#include "http.h"

struct curl_slist;

/* A handle with everything set that does not depend on the transfer. */
struct http_handle {
	void *easy; /* CURL * */
	struct curl_slist *headers;
	struct curl_slist *addresses;
};

const struct http_settings *http_config(const struct http *h);

/* 0, or -1 (memory).  Free with http_handle_free in either case. */
int http_handle_make(struct http_handle *handle, const struct http *h,
    const struct http_call *call);

void http_handle_free(struct http_handle *handle);

#endif
