/*
 * sandbox.h - what a child that talks to the network may no longer do.
 *
 * A child feeds bytes from afar to a TLS library, an HTTP library and a JSON
 * parser.  Should one of them ever be talked into running foreign code, that
 * code finds itself here:
 *
 *	no new privileges	no set-user-ID program helps it (prctl(2))
 *	files (Landlock)	it writes in outputs/ and in a directory that was
 *				made for it alone (output_rescue_begin), and
 *				reads there and what names, certificates and
 *				libraries take; no program can be executed
 *	network (Landlock)	no TCP port can be bound
 *	signals (Landlock)	they reach no other process
 *	system calls (seccomp)	see sandbox_filter.h
 *
 * lockfiles/ takes no rule: the claim is open already, and is all that is
 * written there.  Stating and connecting stay possible, as Landlock has no
 * say in them.
 *
 * Each part is put up apart from the others, and each does what the running
 * kernel knows of it: Landlock 1 (Linux 5.13) files, 3 (6.2) truncation, 4
 * (6.7) ports, 6 (6.12) signals.  What a kernel, or who set it up, does not
 * grant is quietly done without: the sandbox is a second wall, and no
 * reason not to work.
 *
 * A worker of --exec is the user's own command, may do what the user may, and
 * is never in here; nor is the child that watches over it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "sandbox_filter.h"

#include <stdbool.h>

/* What can be in force. */
enum sandbox_part {
	SANDBOX_PRIVILEGES = 1,
	SANDBOX_FILES = 2,
	SANDBOX_TRUNCATION = 4,
	SANDBOX_PORTS = 8,
	SANDBOX_SIGNALS = 16, /* the filter has a say in them as well */
	SANDBOX_CALLS = 32
};

struct sandbox {
	int ruleset;       /* Landlock's, close-on-exec; -1: none */
	unsigned landlock; /* what that does */
	struct sandbox_filter filter;
};

#define SANDBOX_INIT          \
	{                     \
		.ruleset = -1 \
	}

/* What there is to open from inside. */
struct sandbox_paths {
	int outputs;         /* directory: read and written */
	const char *rescue;  /* directory: the same; NULL or "": none */
	const char *ca_file; /* read; NULL: none */
	const char *ca_dirs; /* "DIR:DIR", the same, and what links in them
	                        point to */
};

/* In the parent, once.  Close with sandbox_free. */
void sandbox_prepare(struct sandbox *sb, const struct sandbox_paths *paths);

void sandbox_free(struct sandbox *sb);

/* In the child, for good.  Which sandbox_parts are in force now. */
unsigned sandbox_enter(const struct sandbox *sb);

#endif
