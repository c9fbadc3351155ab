/*
 * The table of all settings.  What belongs to one setting is in one row.
 */
#include "options.h"

#include "options_set.h"

#include <stdio.h>
#include <string.h>

#define RUN (1u << COMMAND_RUN | 1u << COMMAND_PLAN)
#define COUNT (1u << COMMAND_COUNT)
#define STATUS (1u << COMMAND_STATUS)
#define ALL (RUN | COUNT | STATUS | 1u << COMMAND_HELP | 1u << COMMAND_VERSION)

#define FIELD(f) .field = offsetof(struct config, f)
#define NUMBERS(a, b) .min = (a), .max = (b)
#define DURATIONS .min = NS_PER_S / 1000, .max = INT64_C(7) * 86400 * NS_PER_S
#define MANY INT64_C(1000000000000000) /* more tokens than anybody has */

static const struct option_spec table[OPTION_COUNT] = {
    [OPT_DIRECTORY] = {"directory", 'C', "DIR", NULL, ".", RUN | STATUS,
	GROUP_WORKSPACE,
	"work in DIR; other relative names are looked up there",
	.set = set_path, FIELD(dir)},
    [OPT_RANGE] = {"range", 0, "A-B", NULL, "1-100", RUN, GROUP_WORKSPACE,
	"the numbers of the prompts that are looked at", .set = set_range},
    [OPT_LEDGER] = {"ledger", 0, "FILE", "CHATGPT_BATCH_LEDGER", NULL,
	RUN | STATUS, GROUP_WORKSPACE,
	"the ledger; several workspaces on one account should share one "
	"(default usage.md)",
	.set = set_path, FIELD(ledger)},

    [OPT_ALWAYS] = {"always", 'B', NULL, NULL, NULL, RUN, GROUP_RUN,
	"run prompts whose answers are up to date, too", .set = set_flag,
	FIELD(always)},
    [OPT_DRY_RUN] = {"dry-run", 'n', NULL, NULL, NULL, RUN, GROUP_RUN,
	"say what a run would do, and do nothing; the same as plan",
	.set = set_nothing},
    [OPT_JOBS] = {"jobs", 'j', "N", NULL, NULL, RUN | COUNT, GROUP_RUN,
	"at most N prompts, or files to count, at a time (default all prompts, "
	"one file)",
	.set = set_int, FIELD(jobs), NUMBERS(1, PROMPT_MAX)},
    [OPT_KEEP_GOING] = {"keep-going", 'k', NULL, NULL, NULL, RUN, GROUP_RUN,
	"go on when a prompt fails; always so, accepted as make's users type "
	"it",
	.set = set_nothing},
    [OPT_EXEC] = {"exec", 0, "CMD", NULL, NULL, RUN, GROUP_RUN,
	"answer with the shell command CMD, prompt on standard input and "
	"answer on standard output, instead of the API",
	.set = set_path, FIELD(exec)},

    [OPT_MODEL] = {"model", 'm', "MODEL", "OPENAI_MODEL", "gpt-4o-mini",
	RUN | COUNT, GROUP_REQUEST, "the model", .set = set_word,
	FIELD(api.model)},
    [OPT_ENCODING] = {"encoding", 'e', "ENCODING", NULL, NULL, RUN | COUNT,
	GROUP_REQUEST,
	"count tokens with r50k_base, p50k_base, p50k_edit, cl100k_base, "
	"o200k_base or o200k_harmony (default what the model uses)",
	.set = set_encoding, FIELD(tok)},
    [OPT_SYSTEM] = {"system", 0, "FILE", NULL, NULL, RUN, GROUP_REQUEST,
	"send FILE's text as the system message of every prompt",
	.set = set_path, FIELD(system_file)},
    [OPT_MAX_OUTPUT_TOKENS] = {"max-output-tokens", 0, "N", NULL, NULL, RUN,
	GROUP_REQUEST, "ask for answers of at most N tokens", .set = set_count,
	FIELD(api.max_output_tokens), NUMBERS(1, 1000000000)},
    [OPT_TEMPERATURE] = {"temperature", 0, "X", NULL, NULL, RUN, GROUP_REQUEST,
	"sampling temperature, from 0 to 2", .set = set_temperature,
	FIELD(api.temperature)},
    [OPT_PARAM] = {"param", 0, "KEY=JSON", NULL, NULL, RUN, GROUP_REQUEST,
	"one more parameter of the request, as in seed=7; may be repeated",
	.repeats = true, .set = set_param},

    [OPT_BASE_URL] = {"base-url", 0, "URL", "OPENAI_BASE_URL", DEFAULT_BASE_URL,
	RUN, GROUP_SERVER, "where the API is", .set = set_word,
	FIELD(api.base_url)},
    [OPT_API] = {"api", 0, "API", "CHATGPT_BATCH_API", "chat", RUN,
	GROUP_SERVER, "which API it is: chat (completions) or responses",
	.set = set_api, FIELD(api.responses_api)},
    [OPT_KEY_FILE] = {"key-file", 0, "FILE", "OPENAI_API_KEY_FILE", NULL, RUN,
	GROUP_SERVER,
	"read the API key from FILE, which only you may be able to read",
	.set = set_path, FIELD(key_file)},
    [OPT_ORGANIZATION] = {"organization", 0, "ID", "OPENAI_ORG_ID", NULL, RUN,
	GROUP_SERVER, "bill this organization", .set = set_word,
	FIELD(api.organization)},
    [OPT_PROJECT] = {"project", 0, "ID", "OPENAI_PROJECT_ID", NULL, RUN,
	GROUP_SERVER, "bill this project", .set = set_word, FIELD(api.project)},
    [OPT_INSECURE_HTTP] = {"insecure-http", 0, NULL, NULL, NULL, RUN,
	GROUP_SERVER,
	"allow http:// to other hosts than this one; the key and the prompts "
	"then cross the network in the clear",
	.set = set_flag, FIELD(api.insecure_http)},
    [OPT_CONNECT_TIMEOUT] = {"connect-timeout", 0, "TIME", NULL, "10s", RUN,
	GROUP_SERVER, "give up connecting after TIME", .set = set_duration,
	FIELD(api.connect_timeout_ns), DURATIONS},
    [OPT_IDLE_TIMEOUT] = {"idle-timeout", 0, "TIME", NULL, "5m", RUN,
	GROUP_SERVER,
	"give up when no byte came for TIME; a reasoning model is silent while "
	"it thinks",
	.set = set_duration, FIELD(api.idle_timeout_ns), DURATIONS},
    [OPT_TIMEOUT] = {"timeout", 0, "TIME", NULL, "10m", RUN, GROUP_SERVER,
	"give one attempt at most TIME in all", .set = set_duration,
	FIELD(api.total_timeout_ns), DURATIONS},
    [OPT_ANSWER_MAX] = {"answer-max", 0, "BYTES", NULL, "64M", RUN,
	GROUP_SERVER, "refuse a response of more than BYTES", .set = set_size,
	FIELD(api.answer_max), NUMBERS(1000, 1000000000)},
    [OPT_ATTEMPTS] = {"attempts", 0, "N", NULL, "5", RUN, GROUP_SERVER,
	"try a prompt N times in all", .set = set_int, FIELD(retry.attempts),
	NUMBERS(1, 100)},
    [OPT_RETRIES_UNKNOWN] = {"retries-unknown", 0, "N", NULL, "1", RUN,
	GROUP_SERVER,
	"of these, at most N after an attempt that may have been billed though "
	"its answer was lost or could not be read",
	.set = set_int, FIELD(retry.unknown_retries), NUMBERS(0, 100)},
    [OPT_ACCEPT] = {"accept", 0, "LIST", NULL, NULL, RUN, GROUP_SERVER,
	"count answers as good that are of these kinds, separated by commas: "
	"length (cut off), content_filter, refusal, tool_calls, empty, other",
	.set = set_accept, FIELD(retry.accept)},

    [OPT_LIMIT_BATCH_TOKENS] = {"limit-batch-tokens", 0, "N",
	"CHATGPT_BATCH_LIMIT_BATCH_TOKENS", "300k", RUN | STATUS, GROUP_LIMITS,
	"refuse a batch of more input tokens", .set = set_count,
	FIELD(limits.batch_tokens), NUMBERS(1, MANY)},
    [OPT_LIMIT_MINUTE_TOKENS] = {"limit-minute-tokens", 0, "N",
	"CHATGPT_BATCH_LIMIT_MINUTE_TOKENS", "500k", RUN | STATUS, GROUP_LIMITS,
	"wait rather than use more tokens in a minute", .set = set_count,
	FIELD(limits.minute_tokens), NUMBERS(1, MANY)},
    [OPT_LIMIT_MINUTE_REQUESTS] = {"limit-minute-requests", 0, "N",
	"CHATGPT_BATCH_LIMIT_MINUTE_REQUESTS", "500", RUN | STATUS,
	GROUP_LIMITS, "wait rather than send more requests in a minute",
	.set = set_count, FIELD(limits.minute_requests), NUMBERS(1, MANY)},
    [OPT_LIMIT_DAY_TOKENS] = {"limit-day-tokens", 0, "N",
	"CHATGPT_BATCH_LIMIT_DAY_TOKENS", "5M", RUN | STATUS, GROUP_LIMITS,
	"wait for midnight rather than use more tokens in a day",
	.set = set_count, FIELD(limits.day_tokens), NUMBERS(1, MANY)},
    [OPT_WINDOW] = {"window", 0, "TIME", "CHATGPT_BATCH_WINDOW", "60s",
	RUN | STATUS, GROUP_LIMITS, "how long the minute of the limits is",
	.set = set_duration, FIELD(limits.window_ns), DURATIONS},
    [OPT_SPLIT] = {"split", 0, NULL, NULL, NULL, RUN, GROUP_LIMITS,
	"run consecutive batches that fit instead of refusing one that is too "
	"large",
	.set = set_flag, FIELD(split)},
    [OPT_MAX_WAIT] = {"max-wait", 0, "TIME", NULL, NULL, RUN, GROUP_LIMITS,
	"wait at most TIME for a limit, else exit with 75 (default as long as "
	"it takes)",
	.set = set_duration, FIELD(max_wait_ns), .min = 0, .max = INT64_MAX},
    [OPT_NO_WAIT] = {"no-wait", 0, NULL, NULL, NULL, RUN, GROUP_LIMITS,
	"the same as --max-wait 0", .set = set_no_wait},

    [OPT_IDS] = {"ids", 0, NULL, NULL, NULL, COUNT, GROUP_COUNT,
	"write the tokens' numbers instead of counting them",
	.set = set_nothing},
    [OPT_CHAT] = {"chat", 0, NULL, NULL, NULL, COUNT, GROUP_COUNT,
	"count each file as one user message, as a run does",
	.set = set_nothing},

    [OPT_LOG] = {"log", 0, "FILE", "CHATGPT_BATCH_LOG", NULL, RUN, GROUP_TALK,
	"append a line of JSON for each attempt to FILE, without prompts, "
	"answers or the key",
	.set = set_path, FIELD(log)},
    [OPT_JSON] = {"json", 0, NULL, NULL, NULL, RUN | STATUS, GROUP_TALK,
	"write the summary as one JSON object", .set = set_flag, FIELD(json)},
    [OPT_QUIET] = {"quiet", 'q', NULL, NULL, NULL, RUN | STATUS, GROUP_TALK,
	"no progress; only what went wrong", .set = set_flag, FIELD(quiet)},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, NULL, NULL, RUN | STATUS, GROUP_TALK,
	"say more: attempts, waits, the server's limits", .set = set_flag,
	FIELD(verbose)},
    [OPT_COLOR] = {"color", 0, "WHEN", NULL, "auto", RUN | STATUS, GROUP_TALK,
	"colors: auto (on a terminal, unless NO_COLOR is set), always or "
	"never",
	.set = set_color},
    [OPT_HELP] = {"help", 'h', NULL, NULL, NULL, ALL, GROUP_TALK,
	"show help and do nothing else", .set = set_nothing},
    [OPT_VERSION] = {"version", 'V', NULL, NULL, NULL, ALL, GROUP_TALK,
	"show the version and do nothing else", .set = set_nothing},

    [OPT_API_KEY] = {NULL, 0, NULL, "OPENAI_API_KEY", NULL, RUN, GROUP_HIDDEN,
	.set = set_key, FIELD(api.key)},
    [OPT_BAD_KEY] = {"key", .commands = ALL, .group = GROUP_HIDDEN,
	.set = set_bad_key},
    [OPT_BAD_API_KEY] = {"api-key", .commands = ALL, .group = GROUP_HIDDEN,
	.set = set_bad_key},
};

const struct option_spec *
option_get(enum option_id id)
{
	return &table[id];
}

bool
option_belongs(const struct option_spec *spec, enum command command)
{
	return (spec->commands & 1u << command) != 0;
}

char *
option_label(const struct option_spec *spec, char label[OPTION_LABEL])
{
	if (spec->name == NULL)
		snprintf(label, OPTION_LABEL, "%s", spec->env);
	else if (spec->letter != 0)
		snprintf(
		    label, OPTION_LABEL, "-%c/--%s", spec->letter, spec->name);
	else
		snprintf(label, OPTION_LABEL, "--%s", spec->name);
	return label;
}

static const char *const commands[] = {
    [COMMAND_RUN] = "run",
    [COMMAND_PLAN] = "plan",
    [COMMAND_COUNT] = "count",
    [COMMAND_STATUS] = "status",
    [COMMAND_HELP] = "help",
    [COMMAND_VERSION] = "version",
};

const char *
command_name(enum command command)
{
	return commands[command];
}

int
command_by_name(const char *word, enum command *command)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(word, commands[i]) == 0) {
			*command = (enum command)i;
			return 0;
		}
	}
	return -1;
}
