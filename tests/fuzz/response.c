/*
 * Response bodies: no byte makes the readers crash, leak or say what is not
 * so.  The first byte chooses between errors and either API's answers.
 */
#include "response.h"
#include "mask.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(int truth)
{
	if (!truth)
		abort();
}

static void
check_texts(const struct outcome *out)
{
	require(memchr(out->finish, '\0', sizeof(out->finish)) != NULL);
	require(memchr(out->code, '\0', sizeof(out->code)) != NULL);
	require(memchr(out->type, '\0', sizeof(out->type)) != NULL);
	require(memchr(out->message, '\0', sizeof(out->message)) != NULL);
}

static void
check_counts(const struct outcome *out)
{
	const int64_t max = INT64_C(1) << 53;

	require(out->input_tokens >= 0 && out->input_tokens < max);
	require(out->output_tokens >= 0 && out->output_tokens < max);
	require(out->cached_tokens >= 0 && out->cached_tokens < max);
	require(out->reasoning_tokens >= 0 && out->reasoning_tokens < max);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct buf body = BUF_INIT(1 << 20), answer = BUF_INIT(4 << 20);
	struct outcome out;

	if (size < 1 || buf_add(&body, data + 1, size - 1) == -1)
		return 0;
	outcome_init(&out);
	if (data[0] & 1) {
		response_error(&body, &out);
		require(out.kind == OUTCOME_NONE);
	} else {
		response_answer(&body, data[0] & 2, &out, &answer);
		require(out.kind == OUTCOME_ANSWER ||
			out.kind == OUTCOME_PARTIAL || out.kind == OUTCOME_BAD);
		if (out.kind == OUTCOME_ANSWER)
			require(answer.len > 0);
	}
	check_texts(&out);
	check_counts(&out);
	mask_key(out.message, "sk-0123456789abcdef");
	require(strstr(out.message, "sk-012") == NULL);
	buf_free(&body);
	buf_free(&answer);
	return 0;
}
