/*
 * text.h - growing text, and the few things the simulator does with text.
 *
 *	struct sim_text t = {0};
 *	sim_text_addf(&t, "%d tokens", 7);
 *	...
 *	sim_text_free(&t);
 *
 * Text is bytes with a length; NUL is a byte like any other.  `data` is
 * NULL while nothing was added and ends in a NUL that `len` does not count
 * from then on.  To be out of memory ends the program: the simulator has
 * nothing to save.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_text {
	char *data;
	size_t len;
	size_t cap;
};

void sim_text_add(struct sim_text *t, const void *data, size_t len);
void sim_text_adds(struct sim_text *t, const char *s);
void sim_text_addf(struct sim_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Adds the LEN bytes at S as a JSON string, quotes included.  Bytes from
 * 0x80 pass as they are, so what is not UTF-8 stays so.
 */
void sim_text_quote(struct sim_text *t, const char *s, size_t len);

void sim_text_free(struct sim_text *t);

/* A zeroed array, never NULL; and strdup that cannot fail. */
void *sim_alloc(size_t n, size_t size);
char *sim_strdup(const char *s);
char *sim_strndup(const char *s, size_t len);

/* FNV-1a, 64 bits; SIM_HASH_START as H begins, a hash continues. */
#define SIM_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t sim_hash(uint64_t h, const void *data, size_t len);

/* A number in [0, 1) that depends evenly on every bit of H. */
double sim_uniform(uint64_t h);

/* Whether the LEN bytes at S are UTF-8 (no surrogates, no overlongs). */
bool sim_utf8_valid(const char *s, size_t len);

/* The largest length <= LEN that does not split a character of S. */
size_t sim_utf8_floor(const char *s, size_t len);

#endif
