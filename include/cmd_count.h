/*
 * cmd_count.h - the subcommand "count": tokens of files, in wc's manner.
 */
#ifndef CMD_COUNT_H
#define CMD_COUNT_H

/*
 * Run it with the arguments from the subcommand's name on (argv[0] is
 * "count").  Returns the exit code: 0; 1 if a file could not be read (the
 * others are counted) or stdout not written; 2 for wrong usage.
 */
int cmd_count(int argc, char **argv);

#endif
