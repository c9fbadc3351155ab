/*
 * trust.h - which certificate authorities to trust, at little cost.
 *
 * By default libcurl parses the whole bundle of a system's authorities for
 * each connection: 20 to 50 ms of CPU in every child, where the request
 * itself needs two.  A directory hashed by OpenSSL's rehash is looked into
 * for the one certificate that is needed; where there is none, the bundle is
 * parsed once, before the fork, and children inherit it.
 *
 * SSL_CERT_FILE, SSL_CERT_DIR and CURL_CA_BUNDLE mean what they mean to
 * curl(1): the last names a bundle and beats the others; the first two add to
 * the system's own.
 */
#ifndef TRUST_H
#define TRUST_H

#include "error.h"

struct x509_store_st;

/* What to tell libcurl; NULL is to be told as well: it turns a default off. */
struct trust {
	char *file;
	char *dir;
	struct x509_store_st *store; /* beside or instead of the two */
	char *store_dir;             /* which it looks into, as needed */
};

/* The variables, and what libcurl was built with; each may be NULL. */
struct trust_sources {
	const char *curl_ca_bundle;
	const char *ssl_cert_file;
	const char *ssl_cert_dir;
	const char *default_file;
	const char *default_dir;
};

/* Choose, and make OpenSSL ready.  0, or -1 with ERR set (memory).  Free with trust_free. */
int trust_prepare(
    struct trust *t, const struct trust_sources *from, struct error *err);

void trust_free(struct trust *t);

/* Make SSL_CTX (OpenSSL's) use t->store; only if that is not NULL. */
void trust_use_store(const struct trust *t, void *ssl_ctx);

#endif
