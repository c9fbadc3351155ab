/*
 * Loading the settings: what was gathered is checked and set.
 */
#include "config.h"

#include "config_files.h"
#include "config_gather.h"
#include "endpoint.h"
#include "options.h"
#include "request.h"
#include "suggest.h"
#include "texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int
set_one(const struct gathered *g, struct config *cfg, enum option_id id,
    struct error *err)
{
	const struct option_spec *spec = option_get(id);
	const struct setting *given = &g->given[id];
	const char *value = given->value;

	if (given->source == SOURCE_NONE)
		value = spec->fallback;
	if (given->source != SOURCE_NONE || value != NULL) {
		char text[OPTION_LABEL];

		gathered_label(g, id, text);
		return spec->set(cfg, spec, value, text, err);
	}
	return 0; /* a flag that is not given, a setting without default */
}

static int
set_all(const struct gathered *g, struct config *cfg, struct error *err)
{
	cfg->color = color_by_itself(g->sources);
	cfg->max_wait_ns = INT64_MAX;
	cfg->retry = (struct retry_policy)RETRY_POLICY_DEFAULT;
	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		if (option_belongs(option_get(id), g->command) &&
		    set_one(g, cfg, id, err) == -1)
			return -1;
	}
	return 0;
}

/* Is the base URL one that a request could go to, and is that near? */
static int
check_server(const struct gathered *g, const struct config *cfg, bool *loopback,
    struct error *err)
{
	struct endpoint endpoint;
	struct error why;

	/* The default is known to be well, and looking at it takes libcurl. */
	if (strcmp(cfg->api.base_url, DEFAULT_BASE_URL) == 0) {
		*loopback = false;
		return 0;
	}
	if (endpoint_parse(cfg->api.base_url, "", cfg->api.insecure_http,
		&endpoint, &why) == -1) {
		char text[OPTION_LABEL];

		return error_set(err, "%s: %.900s",
		    gathered_label(g, OPT_BASE_URL, text), why.text);
	}
	*loopback = endpoint.loopback;
	endpoint_free(&endpoint);
	return 0;
}

/* Can a request be made with these parameters?  Before anything is done. */
static int
check_request(const struct config *cfg, struct error *err)
{
	struct request request;

	if (request_prepare(&request, &cfg->api, err) == -1)
		return -1;
	request_free(&request);
	return 0;
}

/* The key's text from its file, set as if the variable had held it. */
static int
read_key(struct gathered *g, struct config *cfg, struct error *err)
{
	const struct option_spec *spec = option_get(OPT_API_KEY);
	char text[OPTION_LABEL];
	const char *raw;

	gathered_label(g, OPT_KEY_FILE, text);
	raw = config_read_key(&g->scratch, g->dirfd, cfg->key_file, text, err);
	return raw != NULL ? spec->set(cfg, spec, raw, text, err) : -1;
}

static int
find_key(struct gathered *g, struct config *cfg, struct error *err)
{
	bool loopback = false;

	if (cfg->exec != NULL)
		return 0; /* no server, no key */
	if (check_server(g, cfg, &loopback, err) == -1)
		return -1;
	if (cfg->key_file != NULL)
		return read_key(g, cfg, err);
	if (cfg->api.key != NULL || loopback || g->command != COMMAND_RUN)
		return 0;
	return error_set(err,
	    "no API key: set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file "
	    "that holds it");
}

static int
find_encoding(const struct gathered *g, struct config *cfg, struct error *err)
{
	struct error warning;

	if (cfg->tok == NULL)
		cfg->tok = tok_for_model(cfg->api.model);
	if (cfg->tok != NULL)
		return 0;
	cfg->tok = tok_by_name("o200k_base");
	if (cfg->tok == NULL)
		return error_set(err, "no encoding o200k_base in this build");
	error_set(&warning,
	    "model '%.200s' is not known here: its tokens are counted with "
	    "o200k_base; say -e ENCODING if that is wrong",
	    cfg->api.model);
	g->warn(warning.text);
	return 0;
}

static int
find_system(struct gathered *g, struct config *cfg, struct error *err)
{
	char text[OPTION_LABEL];

	if (cfg->system_file == NULL)
		return 0;
	gathered_label(g, OPT_SYSTEM, text);
	cfg->api.system = config_read_system(
	    &cfg->texts, g->dirfd, cfg->system_file, text, err);
	if (cfg->api.system == NULL)
		return -1;
	cfg->system_tokens = (int64_t)tok_count(
	    cfg->tok, cfg->api.system, strlen(cfg->api.system));
	return 0;
}

static int
check_number(const struct config *cfg, const char *word, struct error *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(word, &end, 10);
	if (errno != 0 || n < 1 || n > PROMPT_MAX)
		return error_set(err,
		    "prompt %.100s: a prompt's number is from 1 to %d", word,
		    PROMPT_MAX);
	if (*word == '0')
		return error_set(err,
		    "prompt %.100s: write it without leading zeros, %ld", word,
		    n);
	if (n < cfg->first || n > cfg->last)
		return error_set(err,
		    "prompt %ld is not in the range %d-%d: widen that with "
		    "--range %ld-%ld",
		    n, cfg->first, cfg->last, n < cfg->first ? n : cfg->first,
		    n > cfg->last ? n : cfg->last);
	return 0;
}

static int
unknown_word(const char *word, struct error *err)
{
	struct suggestion nearest = SUGGESTION_INIT(word);

	for (int c = COMMAND_RUN; c <= COMMAND_VERSION; c++)
		suggestion_try(&nearest, command_name((enum command)c));
	if (nearest.best != NULL && nearest.distance > 0)
		return error_set(err,
		    "unknown command or prompt '%.200s': did you mean '%s'? "
		    "(see chatgpt-batch --help)",
		    word, nearest.best);
	if (strncmp(word, "sk-", 3) == 0)
		word = "sk-..."; /* a key gone astray is not shown again */
	return error_set(err,
	    "unknown command or prompt '%.200s': name a prompt by its number "
	    "or its file (see chatgpt-batch --help)",
	    word);
}

/* A prompt's number in range, or the name of an existing file. */
static int
check_operand(const struct gathered *g, const struct config *cfg,
    const char *word, struct error *err)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(word, digits);
	struct stat st;

	if (n > 0 && word[n] == '\0')
		return check_number(cfg, word, err);
	if (fstatat(g->dirfd, word, &st, 0) == 0)
		return 0;
	if (errno != ENOENT || strchr(word, '/') != NULL)
		return error_sys(err, "prompt %.300s", word);
	if (n > 0 && word[n] == '-' && word[n + 1] != '\0' &&
	    word[n + 1 + strspn(word + n + 1, digits)] == '\0')
		return error_set(err,
		    "prompt '%.100s': for all of these write --range %.100s",
		    word, word);
	return unknown_word(word, err);
}

static int
check_operands(
    const struct gathered *g, const struct config *cfg, struct error *err)
{
	if (g->command == COMMAND_STATUS && cfg->operand_count > 0)
		return error_set(err,
		    "status takes no operands: leave out '%.200s'",
		    cfg->operands[0]);
	for (int i = 0; i < cfg->operand_count; i++) {
		if (check_operand(g, cfg, cfg->operands[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
load(struct gathered *g, struct config *cfg, struct error *err)
{
	if (gather(g, cfg, err) == -1 || set_all(g, cfg, err) == -1)
		return -1;
	cfg->api.params = cfg->params;
	if (check_operands(g, cfg, err) == -1)
		return -1;
	if (g->command == COMMAND_STATUS)
		return 0;
	if (check_request(cfg, err) == -1)
		return -1;
	if (find_encoding(g, cfg, err) == -1 || find_system(g, cfg, err) == -1)
		return -1;
	return find_key(g, cfg, err);
}

int
config_load(struct config *cfg, enum command command,
    const struct config_sources *sources, void (*warn)(const char *text),
    struct error *err)
{
	struct gathered g = GATHERED_INIT(command, sources, warn);
	int result;

	memset(cfg, 0, sizeof(*cfg));
	result = load(&g, cfg, err);
	gathered_free(&g);
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
