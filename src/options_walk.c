/*
 * Command lines, with getopt_long's arrays made from the table.
 */
#include "options.h"
#include "suggest.h"

#include <stdio.h>
#include <string.h>

enum {
	LONG_BASE = 256
}; /* val of a long option: this + its id */

void
options_begin(struct options_walk *w, int argc, char **argv)
{
	char *letter;
	size_t n = 0;

	*w = (struct options_walk){
	    .argc = argc, .argv = argv, .literal = argc < 1};
	/* '-': operands are returned where they stand; ':': no messages. */
	letter = w->letters;
	*letter++ = '-';
	*letter++ = ':';
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);

		if (spec->name == NULL)
			continue;
		w->longs[n] = (struct option){.name = spec->name,
		    .has_arg =
			spec->arg != NULL ? required_argument : no_argument,
		    .val = LONG_BASE + (int)id};
		/* "--key=sk-..." shall get its explanation, too. */
		if (spec->help == NULL)
			w->longs[n].has_arg = optional_argument;
		n++;
		if (spec->letter == 0)
			continue;
		*letter++ = spec->letter;
		if (spec->arg != NULL)
			*letter++ = ':';
	}
	opterr = 0;
	optind = argc < 1 ? 1 : 0; /* 0: glibc starts afresh */
}

/* The id that getopt's VAL stands for; OPTION_COUNT for none. */
static enum option_id
id_of(int val)
{
	if (val >= LONG_BASE)
		return (enum option_id)(val - LONG_BASE);
	for (enum option_id id = 0; val != 0 && id < OPTION_COUNT; id++) {
		if (option_get(id)->letter == val)
			return id;
	}
	return OPTION_COUNT;
}

/* What to type for the text that explains COMMAND. */
static const char *
help_of(enum command command, char text[OPTION_LABEL])
{
	snprintf(
	    text, OPTION_LABEL, "chatgpt-batch help %s", command_name(command));
	return text;
}

/* NAME (without dashes and value) is the start of several, or of none. */
static int
explain_unknown(const char *name, enum command command, struct error *err)
{
	struct suggestion nearest = SUGGESTION_INIT(name);
	char help[OPTION_LABEL], list[256] = "";
	size_t matches = 0, used = 0;

	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);

		if (spec->name == NULL || spec->help == NULL)
			continue;
		if (option_belongs(spec, command))
			suggestion_try(&nearest, spec->name);
		if (strncmp(spec->name, name, strlen(name)) != 0)
			continue;
		matches++;
		if (used < sizeof(list))
			used +=
			    (size_t)snprintf(list + used, sizeof(list) - used,
				"%s--%s", matches > 1 ? ", " : "", spec->name);
	}
	if (matches > 1)
		return error_set(err,
		    "option '--%s' is the start of several: %s", name, list);
	if (nearest.best != NULL)
		return error_set(err,
		    "unknown option '--%s'; did you mean '--%s'? (see %s)",
		    name, nearest.best, help_of(command, help));
	return error_set(err, "unknown option '--%s' (see %s)", name,
	    help_of(command, help));
}

/* A known option lacks its value, or has one that it should not. */
static void
explain_value(const struct option_spec *spec, bool lacks, struct error *err)
{
	char label[OPTION_LABEL];

	option_label(spec, label);
	if (lacks)
		error_set(err, "%s needs a value, %s", label, spec->arg);
	else
		error_set(err, "%s takes no value", label);
}

/* getopt_long said FOUND, '?' or ':'. */
static enum options_found
explain(const struct options_walk *w, enum command command, int found,
    struct error *err)
{
	const enum option_id id = id_of(optopt);

	if (id < OPTION_COUNT) {
		explain_value(option_get(id), found == ':', err);
	} else if (optopt != 0) {
		char help[OPTION_LABEL];

		error_set(err, "unknown option '-%c' (see %s)", optopt,
		    help_of(command, help));
	} else {
		/* Only the name is shown: a value might be a secret. */
		const char *arg = w->argv[optind - 1] + 2;
		char name[SUGGEST_MAX + 1];

		snprintf(
		    name, sizeof(name), "%.*s", (int)strcspn(arg, "="), arg);
		explain_unknown(name, command, err);
	}
	return OPTIONS_BAD;
}

enum options_found
options_next(struct options_walk *w, enum command command, enum option_id *id,
    char **value, struct error *err)
{
	int found = -1;

	*id = OPTION_COUNT;
	*value = NULL;
	if (!w->literal) {
		found =
		    getopt_long(w->argc, w->argv, w->letters, w->longs, NULL);
		w->literal = found == -1;
	}
	if (w->literal) {
		if (optind >= w->argc)
			return OPTIONS_END;
		*value = w->argv[optind++];
		return OPTIONS_OPERAND;
	}
	if (found == '?' || found == ':')
		return explain(w, command, found, err);
	*value = optarg;
	if (found == 1) /* '-' in letters: an operand in its place */
		return OPTIONS_OPERAND;
	*id = id_of(found);
	return OPTIONS_OPTION;
}
