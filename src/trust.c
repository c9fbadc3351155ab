#include "trust.h"

#include "lazy_curl.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * libcurl brings OpenSSL along if it was built on it; with another TLS
 * library these are NULL, and libcurl's default stays.
 */
struct openssl {
	__typeof__(&X509_STORE_new) store_new;
	__typeof__(&X509_STORE_load_file) load_file;
	__typeof__(&X509_STORE_load_path) load_path;
	__typeof__(&X509_STORE_free) store_free;
	__typeof__(&SSL_CTX_set1_cert_store) use_store;
	__typeof__(&SSL_CTX_new) ctx_new;
	__typeof__(&SSL_CTX_free) ctx_free;
	__typeof__(&TLS_client_method) method;
	__typeof__(&ERR_clear_error) clear_error;
};

static bool
find_openssl(struct openssl *o)
{
	const struct {
		const char *name;
		void **slot;
	} table[] = {
	    {"X509_STORE_new", (void **)&o->store_new},
	    {"X509_STORE_load_file", (void **)&o->load_file},
	    {"X509_STORE_load_path", (void **)&o->load_path},
	    {"X509_STORE_free", (void **)&o->store_free},
	    {"SSL_CTX_set1_cert_store", (void **)&o->use_store},
	    {"SSL_CTX_new", (void **)&o->ctx_new},
	    {"SSL_CTX_free", (void **)&o->ctx_free},
	    {"TLS_client_method", (void **)&o->method},
	    {"ERR_clear_error", (void **)&o->clear_error},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		*table[i].slot = lazy_symbol(table[i].name);
		if (*table[i].slot == NULL)
			return false;
	}
	return true;
}

/* "4042bcee.0": eight hexadecimal digits and a number. */
static bool
is_hash_link(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	       isdigit((unsigned char)name[9]);
}

/* Does DIR (or one of "DIR:DIR") hold links that a lookup would find? */
static bool
is_hashed(const char *dirs)
{
	char *copy = strdup(dirs), *rest = copy, *name;
	bool found = false;

	while (!found && (name = strsep(&rest, ":")) != NULL) {
		DIR *dir = opendir(name);
		const struct dirent *e;

		if (dir == NULL)
			continue;
		while (!found && (e = readdir(dir)) != NULL)
			found = is_hash_link(e->d_name);
		closedir(dir);
	}
	free(copy);
	return found;
}

/* Parse FILE into a store for all children; NULL if that cannot be done. */
static X509_STORE *
load_store(const char *file, const char *dir)
{
	struct openssl o;
	X509_STORE *store;

	if (!find_openssl(&o) || (store = o.store_new()) == NULL)
		return NULL;
	if (o.load_file(store, file) != 1 ||
	    (dir != NULL && o.load_path(store, dir) != 1)) {
		/* A later call must not take this for its own error. */
		o.clear_error();
		o.store_free(store);
		return NULL;
	}
	return store;
}

/*
 * OpenSSL 3 looks its algorithms up by name when they are first wanted, and
 * remembers them.  A context, made and thrown away, makes it remember most,
 * which halves what a child executes (measured: 17 to 9.6 million
 * instructions); a whole handshake with ourselves would not save a fifth more.
 */
static void
warm_up(void)
{
	struct openssl o;

	if (find_openssl(&o))
		o.ctx_free(o.ctx_new(o.method()));
}

/* A set value of an environment variable; empty counts as none. */
static const char *
given(const char *value)
{
	return value != NULL && *value != '\0' ? value : NULL;
}

/* Some set the variables to what is the default anyway. */
static bool
same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return a != NULL && b != NULL && stat(a, &sa) == 0 &&
	       stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

static int
copy_string(char **dst, const char *src)
{
	*dst = src ? strdup(src) : NULL;
	return src != NULL && *dst == NULL ? -1 : 0;
}

/* The user's directory, with the system's behind it. */
static int
join_dirs(char **dst, const char *first, const char *second)
{
	if (first == NULL || second == NULL)
		return copy_string(dst, first ? first : second);
	return asprintf(dst, "%s:%s", first, second) == -1 ? -1 : 0;
}

int
trust_prepare(
    struct trust *t, const struct trust_sources *from, struct error *err)
{
	const char *file = given(from->curl_ca_bundle);
	const char *dir = NULL;

	*t = (struct trust){0};
	warm_up();
	if (file == NULL) {
		file = given(from->ssl_cert_file);
		dir = given(from->ssl_cert_dir);
	}
	if (same_file(file, given(from->default_file)))
		file = NULL;
	if (join_dirs(&t->dir, dir, given(from->default_dir)) == -1)
		goto fail;
	/* The system's bundle holds what its hashed directory holds. */
	if (file == NULL && given(from->default_dir) != NULL &&
	    is_hashed(from->default_dir))
		return 0;
	if (file == NULL)
		file = given(from->default_file);
	if (file == NULL)
		return 0;
	t->store = load_store(file, t->dir);
	if (t->store != NULL) {
		t->store_dir = t->dir;
		t->dir = NULL;
	} else if (copy_string(&t->file, file) == -1) {
		goto fail;
	}
	return 0;
fail:
	trust_free(t);
	errno = ENOMEM;
	return error_sys(err, "choosing trusted certificates");
}

void
trust_free(struct trust *t)
{
	struct openssl o;

	free(t->file);
	free(t->dir);
	free(t->store_dir);
	if (t->store != NULL && find_openssl(&o))
		o.store_free(t->store);
	*t = (struct trust){0};
}

void
trust_use_store(const struct trust *t, void *ssl_ctx)
{
	struct openssl o;

	if (find_openssl(&o))
		o.use_store(ssl_ctx, t->store);
}
