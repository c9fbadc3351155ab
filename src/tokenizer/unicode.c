#include "unicode.h"

#include "tok_unicode.h"
#include "tokenizer.h"

const char *
tok_unicode_version(void)
{
	return UNICODE_VERSION;
}
