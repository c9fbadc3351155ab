/*
 * alloc.c - preloaded: the N-th allocation fails, once.
 *
 *	SWEEP_ALLOC=parent:N	the N-th of the program itself
 *	SWEEP_ALLOC=child:N	the N-th of each of its children
 *
 * Counted from the entry of main or from the fork, whoever asks: strdup(3),
 * asprintf(3), stdio and all libraries come through here as well.
 */
#include "alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own, under the names that nobody replaces. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

typedef int (*main_fn)(int, char **, char **);
typedef int (*start_fn)(main_fn, int, char **, void (*)(void), void (*)(void),
    void (*)(void), void *);
int __libc_start_main(main_fn entry, int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static struct alloc_report *report;
static main_fn real_main;
static bool in_child, of_child;
static long count, at;

static bool
fails(void *caller)
{
	Dl_info info;

	if (report == NULL || in_child != of_child || ++count != at)
		return false;
	atomic_fetch_add(&report->failed, 1);
	if (dladdr(caller, &info) != 0 && info.dli_fname != NULL)
		strncpy(
		    report->caller, info.dli_fname, sizeof(report->caller) - 1);
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
	                                          : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
	                                          : __libc_realloc(old, size);
}

void *
reallocarray(void *old, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(__builtin_return_address(0)) ? NULL
	                                          : __libc_realloc(old, bytes);
}

void *
memalign(size_t align, size_t size)
{
	return fails(__builtin_return_address(0))
	           ? NULL
	           : __libc_memalign(align, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	void *const got = memalign(align, size);

	if (got == NULL)
		return ENOMEM;
	*p = got;
	return 0;
}

static void
forked(void)
{
	in_child = true;
	count = 0;
}

static int
start(int argc, char **argv, char **envp)
{
	const char *const what = getenv("SWEEP_ALLOC");
	const char *const path = getenv("SWEEP_ALLOC_REPORT");
	const char *const colon = what ? strchr(what, ':') : NULL;
	const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *map;

	pthread_atfork(NULL, NULL, forked);
	if (fd == -1 || colon == NULL)
		abort();
	map = mmap(
	    NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		abort();
	of_child = what[0] == 'c';
	at = strtol(colon + 1, NULL, 10);
	report = map;
	return real_main(argc, argv, envp);
}

int
__libc_start_main(main_fn entry, int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	start_fn next;
	void *const symbol = dlsym(RTLD_NEXT, "__libc_start_main");

	/* As POSIX has it done: data and functions are alike. */
	memcpy(&next, &symbol, sizeof(next));
	real_main = entry;
	return next(start, argc, argv, init, fini, rtld_fini, stack_end);
}
