#include "json_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int
json_out(cJSON *o)
{
	char *const text = cJSON_Print(o);
	int r;

	cJSON_Delete(o);
	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	r = puts(text) == EOF ? -1 : 0;
	free(text);
	return r;
}
