/*
 * Which command a command line is about, before its options mean anything.
 */
#include "config.h"

#include "options.h"
#include "suggest.h"

#include <string.h>

/* What a first look at a command line shows. */
struct glance {
	int at; /* the index in argv of the command's word; 0: none */
	enum command command;
	const char *next; /* the operand behind the word */
	bool help, version, dry_run;
};

static void
glance(struct glance *g, int argc, char **argv)
{
	struct options_walk walk;
	struct error ignored;
	enum options_found found;
	enum option_id id;
	bool first = true;
	char *value;

	*g = (struct glance){.command = COMMAND_RUN};
	options_begin(&walk, argc, argv);
	while ((found = options_next(&walk, COMMAND_RUN, &id, &value,
		    &ignored)) != OPTIONS_END) {
		if (found == OPTIONS_OPTION) {
			g->help |= id == OPT_HELP && !g->version;
			g->version |= id == OPT_VERSION && !g->help;
			g->dry_run |= id == OPT_DRY_RUN;
		} else if (found == OPTIONS_OPERAND && first) {
			first = false;
			/* After "--" a word is never a command. */
			if (!walk.literal &&
			    command_by_name(value, &g->command) == 0)
				g->at = optind - 1;
		} else if (found == OPTIONS_OPERAND && g->next == NULL) {
			g->next = value;
		}
	}
}

enum command
config_command(int argc, char **argv, int *skip)
{
	struct glance g;
	char *word;

	glance(&g, argc, argv);
	*skip = g.at > 0;
	if (g.at > 0) {
		word = argv[g.at];
		memmove(argv + 2, argv + 1, (size_t)(g.at - 1) * sizeof(*argv));
		argv[1] = word;
	}
	if (g.help)
		return COMMAND_HELP;
	if (g.version)
		return COMMAND_VERSION;
	if (g.dry_run && g.command == COMMAND_RUN)
		return COMMAND_PLAN;
	return g.command;
}

int
config_help_topic(int argc, char **argv, enum command *topic, struct error *err)
{
	struct suggestion nearest = SUGGESTION_INIT("");
	struct glance g;

	glance(&g, argc, argv);
	*topic = g.at > 0 ? g.command : COMMAND_HELP;
	if (*topic != COMMAND_HELP || g.next == NULL || g.help)
		return 0;
	if (command_by_name(g.next, topic) == 0)
		return 0;
	nearest.word = g.next;
	for (int c = COMMAND_RUN; c <= COMMAND_VERSION; c++)
		suggestion_try(&nearest, command_name((enum command)c));
	if (nearest.best != NULL)
		return error_set(err,
		    "help: no command '%.200s': did you mean '%s'?", g.next,
		    nearest.best);
	return error_set(err,
	    "help: no command '%.200s': there are run, plan, count, status, "
	    "help and version",
	    g.next);
}
