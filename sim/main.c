/*
 * openai-sim - an OpenAI-compatible API on loopback, to try things with.
 *
 * options.h says what can be asked for, service.h what is answered,
 * server.h how it gets to the network.  It shares the tokenizer with
 * chatgpt-batch and nothing else: what the two agree on, they agree on
 * because both are right.
 */
#include "server.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* PATH appears with the URL in it, or not at all. */
static void
write_ready_file(const char *path, const char *url)
{
	struct sim_text tmp = {0};
	FILE *f;

	sim_text_addf(&tmp, "%s.%ld", path, (long)getpid());
	f = fopen(tmp.data, "we");
	if (!f)
		err(1, "cannot create %s", tmp.data);
	if (fprintf(f, "%s\n", url) < 0 || fclose(f))
		err(1, "cannot write %s", tmp.data);
	if (rename(tmp.data, path) == -1)
		err(1, "cannot rename %s to %s", tmp.data, path);
	sim_text_free(&tmp);
}

/* PARENT may be gone before we ask to be told of that. */
static void
follow_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		err(1, "cannot follow the parent process");
	if (getppid() != parent)
		exit(0);
}

int
main(int argc, char **argv)
{
	pid_t parent = getppid();
	struct sim_options options;
	struct sim_server server;

	sim_options_parse(&options, argc, argv);
	if (options.exit_with_parent)
		follow_parent(parent);
	sim_server_start(&server, &options);
	if (options.ready_file)
		write_ready_file(options.ready_file, server.url);
	if (printf("%s\n", server.url) < 0 || fflush(stdout))
		err(1, "cannot print the URL");
	sim_server_run(&server);
	sim_server_stop(&server);
	sim_options_free(&options);
	return 0;
}
