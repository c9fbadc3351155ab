/*
 * cpu.h - of the two builds of what is hot, the one for this processor.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>

#include "engine.h"
#include "long.h"
#include "utf8.h"

extern __typeof__(engine_run) engine_run_avx2;
extern __typeof__(long_begin) long_begin_avx2;
extern __typeof__(long_run) long_run_avx2;
extern __typeof__(utf8_mend) utf8_mend_avx2;
extern __typeof__(utf8_valid) utf8_valid_avx2;

static inline bool
have_avx2(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#else
	return false;
#endif
}

#define BEST(function, ...) \
	(have_avx2() ? function##_avx2(__VA_ARGS__) : function(__VA_ARGS__))

#endif
