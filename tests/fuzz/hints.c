/*
 * Headers and error messages: whatever a server says of time, the wait is one
 * that can be computed with.
 */
#include "hints.h"

#include "http_date.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* About 31 years: hints.c's idea of for ever. */
static const int64_t LONGEST = INT64_C(1000000000) * 1000000000;

static void
require_wait(int64_t ns)
{
	if (ns < -1 || ns > LONGEST)
		abort();
}

static void
take_headers(const unsigned char *data, size_t size)
{
	struct outcome out;
	struct hints h;

	hints_init(&h);
	while (size > 0) {
		const unsigned char *end = memchr(data, '\n', size);
		const size_t n = end ? (size_t)(end + 1 - data) : size;

		hints_header(&h, (const char *)data, n);
		data += n;
		size -= n;
	}
	outcome_init(&out);
	hints_apply(&h, INT64_C(1795554275) * 1000000000, &out);
	require_wait(out.retry_after_ns);
	require_wait(out.requests.reset_ns);
	require_wait(out.tokens.reset_ns);
	if (out.should_retry < -1 || out.should_retry > 1 ||
	    memchr(out.request_id, '\0', sizeof(out.request_id)) == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t ns = -1;

	if (text == NULL)
		return 0;
	take_headers(data, size);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	require_wait(hints_in_text(text));
	hints_duration(text, size, &ns);
	require_wait(ns);
	http_date_parse(text, size, &ns);
	free(text);
	return 0;
}
