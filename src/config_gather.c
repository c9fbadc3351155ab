#include "config_gather.h"

#include "config_files.h"
#include "suggest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
gathered_label(
    const struct gathered *g, enum option_id id, char text[OPTION_LABEL])
{
	const struct option_spec *spec = option_get(id);
	const enum source source = g->given[id].source;

	if (source == SOURCE_LINE)
		return option_label(spec, text);
	snprintf(text, OPTION_LABEL, "%s%s",
	    source == SOURCE_DOTENV ? ".env: " : "",
	    spec->env != NULL ? spec->env : spec->name);
	return text;
}

/* Of two that say the opposite, the later counts. */
static void
forget_rival(struct gathered *g, enum option_id id)
{
	static const enum option_id rivals[][2] = {
	    {OPT_QUIET, OPT_VERBOSE},
	    {OPT_MAX_WAIT, OPT_NO_WAIT},
	};

	for (size_t i = 0; i < sizeof(rivals) / sizeof(*rivals); i++) {
		for (size_t side = 0; side < 2; side++) {
			if (rivals[i][side] == id)
				g->given[rivals[i][!side]].source = SOURCE_NONE;
		}
	}
}

static int
take_option(struct gathered *g, struct config *cfg, enum option_id id,
    const char *value, struct error *err)
{
	const struct option_spec *spec = option_get(id);
	char text[OPTION_LABEL];

	option_label(spec, text);
	if (!option_belongs(spec, g->command))
		return error_set(err,
		    "%s has no meaning for '%s' (see chatgpt-batch help %s)",
		    text, command_name(g->command), command_name(g->command));
	if (spec->repeats)
		return spec->set(cfg, spec, value, text, err);
	g->given[id] = (struct setting){SOURCE_LINE, value};
	forget_rival(g, id);
	return 0;
}

static int
read_line(struct gathered *g, struct config *cfg, struct error *err)
{
	struct options_walk walk;
	char *value;
	enum options_found found;
	enum option_id id;
	int n = 0;

	options_begin(&walk, g->sources->argc, g->sources->argv);
	while ((found = options_next(&walk, g->command, &id, &value, err)) !=
	       OPTIONS_END) {
		if (found == OPTIONS_BAD ||
		    (found == OPTIONS_OPTION &&
			take_option(g, cfg, id, value, err) == -1))
			return -1;
		if (found == OPTIONS_OPERAND)
			cfg->operands[n++] = value;
	}
	cfg->operand_count = n;
	return 0;
}

/* What LOOKUP has for settings of which nothing is known yet. */
static void
look_up(struct gathered *g, enum source source,
    const char *(*lookup)(const struct gathered *g, const char *name))
{
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		const char *value;

		if (spec->env == NULL || !option_belongs(spec, g->command) ||
		    g->given[id].source != SOURCE_NONE)
			continue;
		value = lookup(g, spec->env);
		if (value != NULL && *value != '\0')
			g->given[id] = (struct setting){source, value};
	}
}

static const char *
in_environment(const struct gathered *g, const char *name)
{
	return g->sources->getenv(name);
}

static const char *
in_dotenv(const struct gathered *g, const char *name)
{
	return dotenv_get(&g->dotenv, name);
}

/* A variable of ours that is none would be obeyed by nobody: say so. */
static void
warn_unknown(const struct gathered *g, const char *name)
{
	static const char ours[] = "CHATGPT_BATCH_";
	struct suggestion nearest = SUGGESTION_INIT(name);
	struct error warning;

	if (strncmp(name, ours, sizeof(ours) - 1) != 0)
		return;
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const char *env = option_get(id)->env;

		if (env != NULL)
			suggestion_try(&nearest, env);
		if (env != NULL && strcmp(env, name) == 0)
			return;
	}
	error_set(&warning, ".env: there is no setting %.100s%s%s", name,
	    nearest.best != NULL ? "; did you mean " : "",
	    nearest.best != NULL ? nearest.best : "");
	g->warn(warning.text);
}

/* The workspace, as given or where we stand. */
static const char *
directory(const struct gathered *g)
{
	const struct setting *given = &g->given[OPT_DIRECTORY];

	return given->source != SOURCE_NONE ? given->value : ".";
}

static int
open_directory(struct gathered *g, struct error *err)
{
	const char *dir = directory(g);

	/* An empty name gets its own error when it is set. */
	g->dirfd =
	    open(*dir != '\0' ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dirfd == -1)
		return error_sys(err, "-C/--directory: %.300s", dir);
	return 0;
}

/* A key that others can read may be known to them: do not use it. */
static void
drop_open_key(struct gathered *g)
{
	const char *key = in_dotenv(g, option_get(OPT_API_KEY)->env);
	struct error warning;

	if (key == NULL || *key == '\0')
		return;
	if (g->given[OPT_API_KEY].source == SOURCE_DOTENV)
		g->given[OPT_API_KEY].source = SOURCE_NONE;
	error_set(&warning,
	    "%.300s/.env: others can read the key in it, so it is not used: "
	    "chmod 600 it",
	    directory(g));
	g->warn(warning.text);
}

static int
read_dotenv(struct gathered *g, struct error *err)
{
	const char *text, *name, *end;
	bool open = false;
	size_t len;

	if (config_read_dotenv(&g->scratch, g->dirfd, directory(g), &text, &len,
		&open, err) == -1)
		return -1;
	if (text == NULL)
		return 0;
	if (dotenv_parse(&g->dotenv, text, len, ".env", err) == -1)
		return -1;
	name = g->dotenv.data;
	end = name + g->dotenv.len;
	while (name < end) {
		warn_unknown(g, name);
		name += strlen(name) + 1; /* its value */
		name += strlen(name) + 1;
	}
	look_up(g, SOURCE_DOTENV, in_dotenv);
	if (open)
		drop_open_key(g);
	return 0;
}

/*
 * The key's variable and its file's are one setting: of the sources that
 * have either, the first counts; in one source, the key itself.
 */
static void
choose_key(struct gathered *g)
{
	struct setting *key = &g->given[OPT_API_KEY];
	struct setting *file = &g->given[OPT_KEY_FILE];

	if (g->command != COMMAND_RUN ||
	    g->given[OPT_EXEC].source != SOURCE_NONE)
		key->source = file->source = SOURCE_NONE;
	if (key->source == SOURCE_NONE || file->source == SOURCE_NONE)
		return;
	if (key->source == file->source)
		g->warn("both OPENAI_API_KEY and OPENAI_API_KEY_FILE are set; "
			"OPENAI_API_KEY is used");
	if (key->source >= file->source)
		file->source = SOURCE_NONE;
	else
		key->source = SOURCE_NONE;
}

/* A worker gets the prompt alone; what it would not get is a mistake. */
static int
check_exec(
    const struct gathered *g, const struct config *cfg, struct error *err)
{
	static const enum option_id lost[] = {OPT_SYSTEM, OPT_MAX_OUTPUT_TOKENS,
	    OPT_TEMPERATURE, OPT_API, OPT_ACCEPT};
	const char *name = NULL;

	if (g->given[OPT_EXEC].source == SOURCE_NONE)
		return 0;
	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		if (g->given[lost[i]].source != SOURCE_NONE)
			name = option_get(lost[i])->name;
	}
	if (cfg->params[0] != NULL)
		name = option_get(OPT_PARAM)->name;
	if (name == NULL)
		return 0;
	return error_set(err,
	    "--%s has no meaning with --exec, whose command gets the prompt "
	    "alone: leave one of them out",
	    name);
}

int
gather(struct gathered *g, struct config *cfg, struct error *err)
{
	const int argc = g->sources->argc;
	const size_t slots = argc > 0 ? (size_t)argc : 1;

	cfg->operands = calloc(slots, sizeof(*cfg->operands));
	cfg->params = calloc(slots, sizeof(*cfg->params));
	if (cfg->operands == NULL || cfg->params == NULL)
		return error_sys(err, "command line");
	if (read_line(g, cfg, err) == -1 || check_exec(g, cfg, err) == -1 ||
	    open_directory(g, err) == -1)
		return -1;
	look_up(g, SOURCE_ENVIRONMENT, in_environment);
	if (read_dotenv(g, err) == -1)
		return -1;
	choose_key(g);
	return 0;
}

void
gathered_free(struct gathered *g)
{
	if (g->dirfd != -1)
		close(g->dirfd);
	g->dirfd = -1;
	dotenv_free(&g->dotenv);
	texts_free(&g->scratch);
}
