/*
 * Loading the settings: gather what each source says, choose, check, set.
 */
#include "config.h"

#include "config_files.h"
#include "dotenv.h"
#include "options.h"
#include "suggest.h"
#include "texts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of precedence. */
enum source {
	SOURCE_NONE,
	SOURCE_DOTENV,
	SOURCE_ENVIRONMENT,
	SOURCE_LINE
};

struct setting {
	enum source source;
	const char *value; /* NULL for a flag */
};

struct loading {
	struct config *cfg;
	enum command command;
	const struct config_sources *sources;
	void (*warn)(const char *text);
	struct error *err;
	int dirfd; /* the workspace; -1 before it is known */
	struct setting given[OPTION_COUNT];
	struct dotenv dotenv;
	struct texts *scratch; /* what may hold a key, until we are done */
};

static char *
label(const struct loading *l, enum option_id id, char text[OPTION_LABEL])
{
	const struct option_spec *spec = option_get(id);
	const enum source source = l->given[id].source;

	if (source == SOURCE_LINE)
		return option_label(spec, text);
	snprintf(text, OPTION_LABEL, "%s%s",
	    source == SOURCE_DOTENV ? ".env: " : "",
	    spec->env != NULL ? spec->env : spec->name);
	return text;
}

/* Of two that say the opposite, the later counts. */
static void
forget_rival(struct loading *l, enum option_id id)
{
	static const enum option_id rivals[][2] = {
	    {OPT_QUIET, OPT_VERBOSE},
	    {OPT_MAX_WAIT, OPT_NO_WAIT},
	};

	for (size_t i = 0; i < sizeof(rivals) / sizeof(*rivals); i++) {
		for (size_t side = 0; side < 2; side++) {
			if (rivals[i][side] == id)
				l->given[rivals[i][!side]].source = SOURCE_NONE;
		}
	}
}

static int
take_option(struct loading *l, enum option_id id, const char *value)
{
	const struct option_spec *spec = option_get(id);
	char text[OPTION_LABEL];

	option_label(spec, text);
	if (!option_belongs(spec, l->command))
		return error_set(l->err,
		    "%s has no meaning for '%s' (see chatgpt-batch help %s)",
		    text, command_name(l->command), command_name(l->command));
	if (spec->repeats)
		return spec->set(l->cfg, spec, value, text, l->err);
	l->given[id] = (struct setting){SOURCE_LINE, value};
	forget_rival(l, id);
	return 0;
}

static int
read_line(struct loading *l)
{
	struct options_walk walk;
	struct config *cfg = l->cfg;
	char *value;
	enum options_found found;
	enum option_id id;
	int n = 0;

	options_begin(&walk, l->sources->argc, l->sources->argv);
	while ((found = options_next(&walk, l->command, &id, &value, l->err)) !=
	       OPTIONS_END) {
		if (found == OPTIONS_BAD ||
		    (found == OPTIONS_OPTION &&
			take_option(l, id, value) == -1))
			return -1;
		if (found == OPTIONS_OPERAND)
			cfg->operands[n++] = value;
	}
	cfg->operand_count = n;
	return 0;
}

/* What LOOKUP has for settings of which nothing is known yet. */
static void
look_up(struct loading *l, enum source source,
    const char *(*lookup)(const struct loading *l, const char *name))
{
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		const char *value;

		if (spec->env == NULL || !option_belongs(spec, l->command) ||
		    l->given[id].source != SOURCE_NONE)
			continue;
		value = lookup(l, spec->env);
		if (value != NULL && *value != '\0')
			l->given[id] = (struct setting){source, value};
	}
}

static const char *
in_environment(const struct loading *l, const char *name)
{
	return l->sources->getenv(name);
}

static const char *
in_dotenv(const struct loading *l, const char *name)
{
	return dotenv_get(&l->dotenv, name);
}

/* A variable of ours that is none would be obeyed by nobody: say so. */
static void
warn_unknown(const struct loading *l, const char *name)
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
	l->warn(warning.text);
}

static int
read_dotenv(struct loading *l)
{
	const char *dir = l->given[OPT_DIRECTORY].source == SOURCE_NONE
	                      ? "."
	                      : l->given[OPT_DIRECTORY].value;
	const char *text, *name, *key;
	struct error warning;
	bool open = false;
	size_t len;

	if (config_read_dotenv(
		&l->scratch, l->dirfd, dir, &text, &len, &open, l->err) == -1)
		return -1;
	if (text == NULL)
		return 0;
	if (dotenv_parse(&l->dotenv, text, len, ".env", l->err) == -1)
		return -1;
	name = l->dotenv.data;
	while (name != NULL && name < l->dotenv.data + l->dotenv.len) {
		warn_unknown(l, name);
		name += strlen(name) + 1;
		name += strlen(name) + 1;
	}
	look_up(l, SOURCE_DOTENV, in_dotenv);
	key = in_dotenv(l, option_get(OPT_API_KEY)->env);
	if (!open || key == NULL || *key == '\0')
		return 0;
	if (l->given[OPT_API_KEY].source == SOURCE_DOTENV)
		l->given[OPT_API_KEY].source = SOURCE_NONE;
	error_set(&warning,
	    "%.300s/.env: others can read the key in it, so it is not used: "
	    "chmod 600 it",
	    dir);
	l->warn(warning.text);
	return 0;
}

static int
open_directory(struct loading *l)
{
	const struct setting *given = &l->given[OPT_DIRECTORY];
	const char *dir = given->source != SOURCE_NONE ? given->value : ".";

	l->dirfd =
	    open(*dir != '\0' ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dirfd == -1)
		return error_sys(l->err, "-C/--directory: %.300s", dir);
	return 0;
}

/* Color where both of our streams are a person's. */
static bool
color_by_itself(const struct config_sources *sources)
{
	const char *no = sources->getenv("NO_COLOR");
	const char *term = sources->getenv("TERM");

	if ((no != NULL && *no != '\0') || term == NULL || *term == '\0' ||
	    strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
}

/*
 * The key's variable and its file's are one setting: of the sources that
 * have either, the first counts; in one source, the key itself.
 */
static void
choose_key(struct loading *l)
{
	struct setting *key = &l->given[OPT_API_KEY];
	struct setting *file = &l->given[OPT_KEY_FILE];

	if (l->command != COMMAND_RUN ||
	    l->given[OPT_EXEC].source != SOURCE_NONE)
		key->source = file->source = SOURCE_NONE;
	if (key->source == SOURCE_NONE || file->source == SOURCE_NONE)
		return;
	if (key->source == file->source)
		l->warn("both OPENAI_API_KEY and OPENAI_API_KEY_FILE are set; "
			"OPENAI_API_KEY is used");
	if (key->source >= file->source)
		file->source = SOURCE_NONE;
	else
		key->source = SOURCE_NONE;
}

static int
set_all(struct loading *l)
{
	char text[OPTION_LABEL];

	l->cfg->color = color_by_itself(l->sources);
	l->cfg->max_wait_ns = INT64_MAX;
	l->cfg->retry = (struct retry_policy)RETRY_POLICY_DEFAULT;
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);
		const char *value = l->given[id].value;

		if (!option_belongs(spec, l->command))
			continue;
		if (l->given[id].source == SOURCE_NONE)
			value = spec->fallback;
		if (l->given[id].source == SOURCE_NONE && value == NULL)
			continue;
		if (spec->set(
			l->cfg, spec, value, label(l, id, text), l->err) == -1)
			return -1;
	}
	return 0;
}

static int
find_key(struct loading *l)
{
	struct config *cfg = l->cfg;
	char text[OPTION_LABEL];
	const char *raw;

	if (cfg->key_file != NULL) {
		label(l, OPT_KEY_FILE, text);
		raw = config_read_key(
		    &l->scratch, l->dirfd, cfg->key_file, text, l->err);
		if (raw == NULL)
			return -1;
		return option_get(OPT_API_KEY)
		    ->set(cfg, option_get(OPT_API_KEY), raw, text, l->err);
	}
	if (cfg->api.key != NULL || l->command != COMMAND_RUN ||
	    cfg->exec != NULL || url_is_loopback(cfg->api.base_url))
		return 0;
	return error_set(l->err,
	    "no API key: set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file "
	    "that holds it");
}

static int
find_encoding(struct loading *l)
{
	struct config *cfg = l->cfg;
	struct error warning;

	if (cfg->tok == NULL)
		cfg->tok = tok_for_model(cfg->api.model);
	if (cfg->tok != NULL)
		return 0;
	cfg->tok = tok_by_name("o200k_base");
	if (cfg->tok == NULL)
		return error_set(
		    l->err, "no encoding o200k_base in this build");
	error_set(&warning,
	    "model '%.200s' is not known here: its tokens are counted with "
	    "o200k_base; say -e ENCODING if that is wrong",
	    cfg->api.model);
	l->warn(warning.text);
	return 0;
}

/* A prompt's number in range, or the name of an existing file. */
static int
check_operand(const struct loading *l, const char *word)
{
	const struct config *cfg = l->cfg;
	struct suggestion nearest = SUGGESTION_INIT(word);
	struct stat st;
	char *end;
	long n;

	if (*word != '\0' && word[strspn(word, "0123456789")] == '\0') {
		errno = 0;
		n = strtol(word, &end, 10);
		if (errno != 0 || n < 1 || n > PROMPT_MAX)
			return error_set(l->err,
			    "prompt %.100s: a prompt's number is from 1 to %d",
			    word, PROMPT_MAX);
		if (*word == '0')
			return error_set(l->err,
			    "prompt %.100s: write it without leading zeros, "
			    "%ld",
			    word, n);
		if (n < cfg->first || n > cfg->last)
			return error_set(l->err,
			    "prompt %ld is not in the range %d-%d: widen that "
			    "with --range %ld-%ld",
			    n, cfg->first, cfg->last,
			    n < cfg->first ? n : cfg->first,
			    n > cfg->last ? n : cfg->last);
		return 0;
	}
	if (fstatat(l->dirfd, word, &st, 0) == 0)
		return 0;
	for (int c = COMMAND_RUN; c <= COMMAND_VERSION; c++)
		suggestion_try(&nearest, command_name((enum command)c));
	if (nearest.best != NULL && nearest.distance > 0)
		return error_set(l->err,
		    "unknown command or prompt '%.200s': did you mean '%s'? "
		    "(see chatgpt-batch --help)",
		    word, nearest.best);
	return error_set(l->err,
	    "unknown command or prompt '%.200s': name a prompt by its number "
	    "or its file (see chatgpt-batch --help)",
	    word);
}

static int
check_operands(const struct loading *l)
{
	const struct config *cfg = l->cfg;

	if (l->command == COMMAND_STATUS && cfg->operand_count > 0)
		return error_set(l->err,
		    "status takes no operands: leave out '%.200s'",
		    cfg->operands[0]);
	for (int i = 0; i < cfg->operand_count; i++) {
		if (check_operand(l, cfg->operands[i]) == -1)
			return -1;
	}
	return 0;
}

static int
load(struct loading *l)
{
	struct config *cfg = l->cfg;
	const size_t slots = (size_t)l->sources->argc + 1;
	char text[OPTION_LABEL];

	cfg->operands = calloc(slots, sizeof(*cfg->operands));
	cfg->params = calloc(slots, sizeof(*cfg->params));
	if (cfg->operands == NULL || cfg->params == NULL)
		return error_sys(l->err, "command line");
	if (read_line(l) == -1 || open_directory(l) == -1)
		return -1;
	look_up(l, SOURCE_ENVIRONMENT, in_environment);
	if (read_dotenv(l) == -1)
		return -1;
	choose_key(l);
	if (set_all(l) == -1)
		return -1;
	cfg->api.params = cfg->params;
	if (l->command != COMMAND_STATUS && find_encoding(l) == -1)
		return -1;
	if (cfg->system_file != NULL) {
		cfg->api.system = config_read_system(&cfg->texts, l->dirfd,
		    cfg->system_file, label(l, OPT_SYSTEM, text), l->err);
		if (cfg->api.system == NULL)
			return -1;
	}
	if (check_operands(l) == -1)
		return -1;
	return find_key(l);
}

int
config_load(struct config *cfg, enum command command,
    const struct config_sources *sources, void (*warn)(const char *text),
    struct error *err)
{
	struct loading l = {.cfg = cfg,
	    .command = command,
	    .sources = sources,
	    .warn = warn,
	    .err = err,
	    .dirfd = -1};
	int result;

	memset(cfg, 0, sizeof(*cfg));
	result = load(&l);
	if (l.dirfd != -1)
		close(l.dirfd);
	dotenv_free(&l.dotenv);
	texts_free(&l.scratch);
	if (result == -1)
		config_free(cfg);
	return result;
}

void
config_forget_key(struct config *cfg)
{
	texts_wipe(cfg->texts, cfg->api.key);
	cfg->api.key = NULL;
}

void
config_free(struct config *cfg)
{
	if (cfg == NULL)
		return;
	texts_free(&cfg->texts);
	free(cfg->operands);
	free(cfg->params);
	memset(cfg, 0, sizeof(*cfg));
}
