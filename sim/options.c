/* The command line: see options.h. */
#include "options.h"

#include "limiter.h"

#include <bsd/stdlib.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: openai-sim [options]\n"
    "An OpenAI-compatible API on loopback, for demonstrations and tests.\n"
    "Prints its base URL when it listens; ends at SIGTERM or SIGINT.\n"
    "\n"
    "  --port N            listen on port N; 0, the default: any free one\n"
    "  --ipv6              listen on ::1 instead of 127.0.0.1\n"
    "  --tls CERT KEY      speak HTTPS with this certificate (PEM files)\n"
    "  --key KEY           take no other API key (default: any)\n"
    "  --latency MS        answer after MS milliseconds\n"
    "  --jitter MS         ... and up to MS more\n"
    "  --rpm N, --tpm N    allow N requests, tokens a minute\n"
    "  --minute SECONDS    ... where a minute is this long\n"
    "  --window SECONDS    ... and is a fixed window, without even refill\n"
    "  --answer-tokens N   answers of exactly N tokens\n"
    "  --echo              answer with the prompt\n"
    "  --fault LIST        go wrong: KIND[=ARG]:PROBABILITY,...\n"
    "  --seed N            for --fault and --jitter\n"
    "  --journal FILE      append each request as a line of JSON\n"
    "  --ready-file PATH   write the base URL there too\n"
    "  --exit-with-parent  end when the parent process does\n"
    "  --until-eof         end at the end of standard input\n"
    "  --stall             let clients connect, and never say a word\n"
    "  --help, --version\n"
    "\n"
    "See openai-sim(1) for kinds of faults, [[sim: ...]] markers in prompts,\n"
    "and the journal at /_sim/journal.\n";

enum {
	OPT_PORT = 256,
	OPT_IPV6,
	OPT_TLS,
	OPT_KEY,
	OPT_LATENCY,
	OPT_JITTER,
	OPT_RPM,
	OPT_TPM,
	OPT_MINUTE,
	OPT_WINDOW,
	OPT_TOKENS,
	OPT_ECHO,
	OPT_FAULT,
	OPT_SEED,
	OPT_JOURNAL,
	OPT_READY,
	OPT_PARENT,
	OPT_EOF,
	OPT_STALL,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option longopts[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"ipv6", no_argument, NULL, OPT_IPV6},
    {"tls", required_argument, NULL, OPT_TLS},
    {"key", required_argument, NULL, OPT_KEY},
    {"latency", required_argument, NULL, OPT_LATENCY},
    {"jitter", required_argument, NULL, OPT_JITTER},
    {"rpm", required_argument, NULL, OPT_RPM},
    {"tpm", required_argument, NULL, OPT_TPM},
    {"minute", required_argument, NULL, OPT_MINUTE},
    {"window", required_argument, NULL, OPT_WINDOW},
    {"answer-tokens", required_argument, NULL, OPT_TOKENS},
    {"echo", no_argument, NULL, OPT_ECHO},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"seed", required_argument, NULL, OPT_SEED},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"ready-file", required_argument, NULL, OPT_READY},
    {"exit-with-parent", no_argument, NULL, OPT_PARENT},
    {"until-eof", no_argument, NULL, OPT_EOF},
    {"stall", no_argument, NULL, OPT_STALL},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static _Noreturn void
usage(void)
{
	fputs("Try 'openai-sim --help'.\n", stderr);
	exit(2);
}

static long long
number(const char *name, const char *value, long long min, long long max)
{
	const char *why;
	long long n = strtonum(value, min, max, &why);

	if (why) {
		warnx("--%s %s: %s; a number from %lld to %lld is wanted", name,
		    value, why, min, max);
		usage();
	}
	return n;
}

static int64_t
seconds(const char *name, const char *value)
{
	char *stop;
	double s = strtod(value, &stop);

	if (stop == value || *stop || !(s >= 0.001 && s <= 86400)) {
		warnx("--%s %s: seconds from 0.001 to 86400 are wanted", name,
		    value);
		usage();
	}
	return (int64_t)(s * 1e6);
}

static void
faults(struct sim_options *o, const char *spec)
{
	struct sim_text why = {0};

	if (!sim_faults_parse(&o->faults, spec, &why)) {
		warnx("--fault %s: %s", spec, why.data);
		usage();
	}
	sim_text_free(&why);
}

static void
print_and_exit(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout))
		err(1, "cannot write to standard output");
	exit(0);
}

/* Numbers and the like; the rest is in take(). */
static void
take_value(struct sim_options *o, int c, const char *value)
{
	if (c == OPT_PORT)
		o->port = (uint16_t)number("port", value, 0, 65535);
	else if (c == OPT_LATENCY)
		o->latency_ms = (long)number("latency", value, 0, 3600000);
	else if (c == OPT_JITTER)
		o->jitter_ms = (long)number("jitter", value, 0, 3600000);
	else if (c == OPT_RPM)
		o->rpm = number("rpm", value, 1, 1000000000);
	else if (c == OPT_TPM)
		o->tpm = number("tpm", value, 1, 1000000000);
	else if (c == OPT_MINUTE)
		o->minute_us = seconds("minute", value);
	else if (c == OPT_TOKENS)
		o->manner.tokens =
		    (size_t)number("answer-tokens", value, 1, 10000000);
	else if (c == OPT_SEED)
		o->seed = (uint64_t)number("seed", value, 0, INT64_MAX);
	else if (c == OPT_FAULT)
		faults(o, value);
	else if (c == OPT_KEY)
		o->key = value;
	else if (c == OPT_JOURNAL)
		o->journal = value;
	else if (c == OPT_READY)
		o->ready_file = value;
}

static void
take(struct sim_options *o, int c, int argc, char **argv)
{
	switch (c) {
	case OPT_WINDOW:
		o->minute_us = seconds("window", optarg);
		o->fixed_windows = true;
		break;
	case OPT_IPV6:
		o->ipv6 = true;
		break;
	case OPT_ECHO:
		o->manner.echo = true;
		break;
	case OPT_PARENT:
		o->exit_with_parent = true;
		break;
	case OPT_EOF:
		o->until_eof = true;
		break;
	case OPT_STALL:
		o->stall = true;
		break;
	case OPT_TLS:
		/* The second argument, which getopt does not know of. */
		if (optind == argc) {
			warnx("--tls %s: the key's file is missing", optarg);
			usage();
		}
		o->cert = optarg;
		o->cert_key = argv[optind++];
		break;
	case OPT_HELP:
		print_and_exit(help);
		break;
	case OPT_VERSION:
		print_and_exit("openai-sim " CHATGPT_BATCH_VERSION "\n");
		break;
	case '?':
		usage();
		break;
	default:
		take_value(o, c, optarg);
		break;
	}
}

void
sim_options_parse(struct sim_options *o, int argc, char **argv)
{
	int c;

	*o = (struct sim_options){.minute_us = SIM_MINUTE_US};
	/* '+': no reordering, or --tls would not find its second file. */
	while ((c = getopt_long(argc, argv, "+", longopts, NULL)) != -1)
		take(o, c, argc, argv);
	if (optind < argc) {
		warnx("%s: an argument without an option", argv[optind]);
		usage();
	}
}

void
sim_options_free(struct sim_options *o)
{
	sim_faults_free(&o->faults);
}
