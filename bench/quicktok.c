#include "quicktok.h"

#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is used of the library's own quicktok.h. */
static struct {
	struct qt_tokenizer *(*load_dir)(
	    const char *dir, const char *encoding, char *why, size_t room);
	void (*tokenizer_free)(struct qt_tokenizer *);
	int (*encode)(const struct qt_tokenizer *, const char *text, size_t len,
	    uint32_t **ids, size_t *n);
	void (*ids_free)(uint32_t *);
	size_t (*count)(const struct qt_tokenizer *, const char *, size_t);
} qt;

static const char *data;

/* C knows no cast from what dlsym returns to a function. */
static bool
find(void *lib, const char *name, void *function)
{
	void *address = dlsym(lib, name);

	memcpy(function, &address, sizeof(address));
	return address != NULL;
}

bool
quicktok_open(void)
{
	const char *name = getenv("QUICKTOK");
	void *lib;

	if (name == NULL || *name == '\0')
		name = "libquicktok.so";
	lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL || !find(lib, "qt_load_dir", &qt.load_dir) ||
	    !find(lib, "qt_tokenizer_free", &qt.tokenizer_free) ||
	    !find(lib, "qt_encode", &qt.encode) ||
	    !find(lib, "qt_ids_free", &qt.ids_free) ||
	    !find(lib, "qt_count", &qt.count)) {
		printf("quicktok: %s (set QUICKTOK)\n", dlerror());
		return false;
	}
	data = getenv("QUICKTOK_DATA");
	if (data == NULL)
		printf("quicktok: QUICKTOK_DATA is not set\n");
	return data != NULL;
}

struct qt_tokenizer *
quicktok_load(const char *encoding)
{
	char why[200] = "";
	struct qt_tokenizer *q = qt.load_dir(data, encoding, why, sizeof(why));

	if (q == NULL) {
		char *more = strstr(why, " (");

		if (more != NULL)
			*more = '\0'; /* it goes on about those it has */
		printf("%s: not compared: %s\n", encoding, why);
	}
	return q;
}

uint32_t *
quicktok_encode(const struct qt_tokenizer *q, const unsigned char *text,
    size_t len, size_t *n)
{
	uint32_t *ids;

	if (qt.encode(q, (const char *)text, len, &ids, n) != 0)
		errx(1, "quicktok: cannot encode");
	return ids;
}

size_t
quicktok_count(
    const struct qt_tokenizer *q, const unsigned char *text, size_t len)
{
	return qt.count(q, (const char *)text, len);
}

void
quicktok_free(uint32_t *ids)
{
	qt.ids_free(ids);
}

void
quicktok_unload(struct qt_tokenizer *q)
{
	qt.tokenizer_free(q);
}
