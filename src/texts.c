#include "texts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct texts {
	struct texts *next;
	size_t size; /* of text, the NUL included */
	char text[];
};

char *
texts_keep(struct texts **kept, const char *text, size_t len)
{
	struct texts *t;

	if (len >= SIZE_MAX - sizeof(*t))
		return NULL;
	t = malloc(sizeof(*t) + len + 1);
	if (t == NULL)
		return NULL;
	t->next = *kept;
	t->size = len + 1;
	if (len > 0)
		memcpy(t->text, text, len);
	t->text[len] = '\0';
	*kept = t;
	return t->text;
}

void
texts_wipe(struct texts *kept, const char *text)
{
	for (struct texts *t = kept; t != NULL; t = t->next) {
		if (t->text == text)
			explicit_bzero(t->text, t->size);
	}
}

void
texts_free(struct texts **kept)
{
	struct texts *t, *next;

	for (t = *kept; t != NULL; t = next) {
		next = t->next;
		explicit_bzero(t->text, t->size);
		free(t);
	}
	*kept = NULL;
}
