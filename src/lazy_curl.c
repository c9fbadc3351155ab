#define LAZY_CURL_ITSELF
#include "lazy_curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

struct lazy_curl lazy;

int
lazy_curl(struct error *err)
{
	static const struct {
		const char *name;
		void **slot;
	} table[] = {
#define ENTRY(name) {#name, (void **)&lazy.name},
	    LAZY_CURL_FUNCTIONS(ENTRY)};
	static bool loaded;
	void *handle;

	if (loaded)
		return 0;
	/* Global, so that lazy_symbol sees what it brings along. */
	handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_GLOBAL);
	if (handle == NULL)
		return error_set(err, "%s", dlerror());
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		*table[i].slot = dlsym(handle, table[i].name);
		if (*table[i].slot == NULL)
			return error_set(err, "%s", dlerror());
	}
	loaded = true;
	return 0;
}

void *
lazy_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}
