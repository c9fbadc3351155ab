/*
 * --help, made from the table of options.
 */
#include "config.h"

#include "buf.h"
#include "options.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

enum {
	HELP_MAX = 65536,
	INDENT = 26,
	WIDTH = 79
};

static const char usage_run[] =
    "usage: chatgpt-batch [run] [options] [N | FILE]...\n"
    "\n"
    "Answer all pending prompts, or those named by number or file.\n";
static const char usage_plan[] =
    "usage: chatgpt-batch plan [options] [N | FILE]...\n"
    "\n"
    "Say what a run would do now.  Nothing is sent or written; no key is\n"
    "needed.\n";
static const char usage_count[] =
    "usage: chatgpt-batch count [-m MODEL | -e ENCODING] [--ids] [--chat]\n"
    "                           [-j N] [FILE]...\n"
    "\n"
    "Count the tokens of each FILE, and of all.  Without a FILE, or for '-',\n"
    "of the standard input.\n";
static const char usage_status[] =
    "usage: chatgpt-batch status [options]\n"
    "\n"
    "Show the ledger as of now, and who is running.\n";
static const char usage_version[] = "usage: chatgpt-batch version\n";

static const char intro_all[] =
    "usage: chatgpt-batch [COMMAND] [options] [operands]\n"
    "\n"
    "Answer prompts/N_prompt.txt into outputs/N_output.txt, all in parallel,\n"
    "within the account's limits, which are kept in usage.md.\n"
    "\n"
    "Commands:\n"
    "  run [N | FILE]...       run all pending prompts, or those named; the\n"
    "                          default\n"
    "  plan [N | FILE]...      say what a run would do now: no network, no "
    "writes\n"
    "  count [FILE]...         count tokens, in wc's manner\n"
    "  status                  show the ledger as of now, and who is running\n"
    "  help [COMMAND]          show this, or what belongs to COMMAND\n"
    "  version                 show the version\n";

static const char exits[] =
    "\n"
    "Exit status:\n"
    "  0      every prompt is answered or was up to date\n"
    "  1      at least one prompt failed, or its answer is not a whole one; "
    "see "
    "its\n         output file\n"
    "  2      usage or configuration error; nothing was done\n"
    "  3      refused: over a limit that waiting cannot cure; nothing was "
    "sent\n"
    "  4      stopped by the account: bad key, no quota or credit\n"
    "  75     would have to wait longer than allowed\n"
    "  130    interrupted (SIGINT); 143: terminated (SIGTERM)\n";

static const char *const intros[] = {
    [COMMAND_RUN] = usage_run,
    [COMMAND_PLAN] = usage_plan,
    [COMMAND_COUNT] = usage_count,
    [COMMAND_STATUS] = usage_status,
    [COMMAND_HELP] = intro_all,
    [COMMAND_VERSION] = usage_version,
};

static const char *const groups[] = {
    [GROUP_WORKSPACE] = "Workspace",
    [GROUP_RUN] = "Running",
    [GROUP_REQUEST] = "Requests",
    [GROUP_SERVER] = "Server",
    [GROUP_LIMITS] = "Limits",
    [GROUP_COUNT] = "Counting",
    [GROUP_TALK] = "Output",
};

/* Variables that no option stands for. */
static const struct {
	const char *name;
	const char *help;
	bool sending; /* only where something is sent */
} variables[] = {
    {"OPENAI_API_KEY", "the API key", true},
    {"NO_COLOR", "not empty: no colors", false},
    {"SSL_CERT_FILE", "certificates to trust instead of the system's", true},
    {"SSL_CERT_DIR", "a hashed directory of them", true},
    {"https_proxy", "the proxy for https://, as for curl(1)", true},
    {"http_proxy", "the proxy for http://", true},
    {"all_proxy", "the proxy for both", true},
    {"no_proxy", "hosts that are reached without a proxy", true},
    {"TZ", "the time zone whose midnight ends the day", false},
};

/* Append TEXT word by word, from column COLUMN on, in lines that fit. */
static int
wrap(struct buf *b, size_t column, const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (column + 1 + len > WIDTH) {
			if (buf_addf(b, "\n%*s", INDENT, "") == -1)
				return -1;
			column = INDENT;
		} else if (column > INDENT) {
			if (buf_adds(b, " ") == -1)
				return -1;
			column++;
		}
		if (buf_add(b, text, len) == -1)
			return -1;
		column += len;
	}
	return buf_adds(b, "\n");
}

static int
add_entry(struct buf *b, const char *left, const char *right)
{
	const size_t len = strlen(left);

	if (len + 2 > INDENT) {
		if (buf_addf(b, "%s\n%*s", left, INDENT, "") == -1)
			return -1;
	} else if (buf_addf(b, "%-*s", INDENT, left) == -1) {
		return -1;
	}
	return wrap(b, INDENT, right);
}

static int
add_option(struct buf *b, const struct option_spec *spec)
{
	char left[OPTION_LABEL], right[512], letter[] = "-x, ";
	size_t n;

	letter[1] = spec->letter;
	snprintf(left, sizeof(left), "  %s--%s%s%s",
	    spec->letter != 0 ? letter : "    ", spec->name,
	    spec->arg != NULL ? " " : "", spec->arg != NULL ? spec->arg : "");
	n = strlcpy(right, spec->help, sizeof(right));
	if (spec->fallback != NULL && n < sizeof(right))
		n += (size_t)snprintf(right + n, sizeof(right) - n,
		    " (default %s)", spec->fallback);
	if (spec->env != NULL && n < sizeof(right))
		snprintf(right + n, sizeof(right) - n, " [$%s]", spec->env);
	return add_entry(b, left, right);
}

static bool
shown(const struct option_spec *spec, enum command command)
{
	return spec->help != NULL &&
	       (command == COMMAND_HELP || option_belongs(spec, command));
}

static int
add_options(struct buf *b, enum command command)
{
	enum option_group group = GROUP_HIDDEN;

	for (enum option_id id = 0; id < OPTION_COUNT; id++) {
		const struct option_spec *spec = option_get(id);

		if (!shown(spec, command))
			continue;
		if (spec->group != group &&
		    buf_addf(b, "\n%s:\n", groups[spec->group]) == -1)
			return -1;
		group = spec->group;
		if (add_option(b, spec) == -1)
			return -1;
	}
	return 0;
}

static int
add_environment(struct buf *b, enum command command)
{
	const bool sends = command == COMMAND_RUN || command == COMMAND_HELP;
	char left[OPTION_LABEL];

	if (command == COMMAND_COUNT || command == COMMAND_VERSION)
		return 0;
	if (buf_adds(b,
		"\n"
		"Environment, besides the [$VARIABLES] above (which, like "
		"the key, may\nstand in the workspace's .env, too):\n") == -1)
		return -1;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		if (variables[i].sending && !sends)
			continue;
		snprintf(left, sizeof(left), "  %s", variables[i].name);
		if (add_entry(b, left, variables[i].help) == -1)
			return -1;
	}
	return 0;
}

static int
add_all(struct buf *b, enum command command)
{
	if (buf_adds(b, intros[command]) == -1 ||
	    add_options(b, command) == -1 || add_environment(b, command) == -1)
		return -1;
	if (command == COMMAND_RUN || command == COMMAND_PLAN ||
	    command == COMMAND_HELP)
		return buf_adds(b, exits);
	return 0;
}

char *
config_help(enum command command)
{
	struct buf b = BUF_INIT(HELP_MAX);

	if (add_all(&b, command) == 0)
		return b.data;
	buf_free(&b);
	return NULL;
}
