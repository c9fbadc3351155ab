/*
 * chatgpt-batch - a directory of prompts in, a directory of answers out.
 *
 * From here the program goes one of four ways, each a command of its own:
 * cmd_run.h (the main job), cmd_plan.h, cmd_status.h, cmd_count.h.  What a
 * forked child does is in child.h; account.h tells how the ledger stays
 * exact whatever dies when.
 */
#include "cmd_count.h"
#include "cmd_plan.h"
#include "cmd_run.h"
#include "cmd_status.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	EXIT_USAGE = 2
};

static void
complain(const char *text)
{
	fprintf(stderr, "chatgpt-batch: %s\n", text);
}

/* Has all of standard output been written? */
static bool
flushed(void)
{
	return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static int
print_help(int argc, char **argv)
{
	enum command topic;
	struct error err;
	char *text;

	if (config_help_topic(argc, argv, &topic, &err) == -1) {
		complain(err.text);
		return EXIT_USAGE;
	}
	text = config_help(topic);
	if (text == NULL) {
		complain("help: out of memory");
		return EXIT_USAGE;
	}
	fputs(text, stdout);
	free(text);
	return flushed() ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
print_version(void)
{
	puts("chatgpt-batch " CHATGPT_BATCH_VERSION);
	return flushed() ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The key is in the settings now: neither a core file nor /proc/PID/environ
 * shall show it.  A worker of --exec keeps its environment. */
static void
hide_key(const struct config *cfg)
{
	const struct rlimit none = {0, 0};
	char *const key = getenv("OPENAI_API_KEY");

	if (cfg->api.key == NULL)
		return;
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (key != NULL) {
		explicit_bzero(key, strlen(key));
		unsetenv("OPENAI_API_KEY");
	}
}

/* A signal's victim says so to its parent, who may be a shell's loop. */
static void
die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int
dispatch(enum command command, struct config *cfg)
{
	if (chdir(cfg->dir) == -1) {
		fprintf(stderr, "chatgpt-batch: %s: %s\n", cfg->dir,
		    strerror(errno));
		return EXIT_USAGE;
	}
	if (command == COMMAND_PLAN)
		return cmd_plan(cfg);
	if (command == COMMAND_STATUS)
		return cmd_status(cfg);
	hide_key(cfg);
	return cmd_run(cfg);
}

/*
 * What is closed of the standard descriptors stays useless, but is taken: else
 * the next file opened would be standard output, and get the summary.
 */
static void
occupy_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char **argv)
{
	int skip = 0, status;
	const enum command command = config_command(argc, argv, &skip);
	struct config cfg;
	struct error err;

	occupy_standard_files();
	if (command == COMMAND_HELP)
		return print_help(argc, argv);
	if (command == COMMAND_VERSION)
		return print_version();
	if (command == COMMAND_COUNT)
		return cmd_count(argc - skip, argv + skip);
	if (config_load(&cfg, command,
		&(struct config_sources){argc - skip, argv + skip, getenv},
		complain, &err) == -1) {
		complain(err.text);
		return EXIT_USAGE;
	}
	status = dispatch(command, &cfg);
	config_free(&cfg);
	if (status > 128)
		die_of(status - 128);
	return status;
}
