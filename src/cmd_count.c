#include "cmd_count.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "plain.h"
#include "tokenizer.h"

#define DEFAULT_MODEL "gpt-4o-mini"
#define JOBS_MAX 256
/* A message's framing and role, and what primes the reply. */
#define CHAT_FRAMING 7

struct counted {
	const char *name; /* NULL: standard input */
	size_t tokens;
	const char *failed; /* what could not be done, or NULL */
	int error;
};

struct count {
	const struct tok *tok;
	bool ids;
	bool chat;
	unsigned jobs;
	struct counted *files;
	size_t nfiles;
	atomic_size_t next; /* the first that no thread has taken */
};

static void
usage(FILE *out)
{
	fputs("usage: chatgpt-batch count [-m MODEL | -e ENCODING] [--ids]"
	      " [--chat] [-j N] [FILE]...\n",
	    out);
}

static void
help(void)
{
	usage(stdout);
	fputs("\nPrint how many tokens each FILE has, and their total.\n"
	      "Without a FILE, or where it is \"-\", read standard input.\n\n"
	      "  -m, --model MODEL        count as MODEL does (default:"
	      " $OPENAI_MODEL,\n"
	      "                           else " DEFAULT_MODEL ")\n"
	      "  -e, --encoding ENCODING  count in ENCODING, whatever the"
	      " model:\n                          ",
	    stdout);
	for (size_t i = 0; tok_by_index(i) != NULL; i++)
		printf("%s%s", i == 4 ? "\n                           " : " ",
		    tok_name(tok_by_index(i)));
	fputs("\n      --ids                print the token ids, a line for"
	      " each file\n"
	      "      --chat               add what the API adds to a file sent"
	      " as one\n"
	      "                           user message: 7 tokens\n"
	      "  -j, --jobs N             count N files at once\n"
	      "  -h, --help               print this\n",
	    stdout);
}

static int
misuse(void)
{
	fputs("Try 'chatgpt-batch count --help' for more.\n", stderr);
	return 2;
}

/* Read FD to its end into S.  0, or -1 with errno. */
static int
feed_all(struct tok_stream *s, int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = io_read(fd, buf, sizeof(buf))) > 0)
		tok_stream_feed(s, buf, (size_t)n);
	return n < 0 ? -1 : 0;
}

static void
print_ids(void *arg, const uint32_t *ids, size_t n)
{
	bool *first = arg;

	for (size_t i = 0; i < n; i++) {
		printf("%s%" PRIu32, *first ? "" : " ", ids[i]);
		*first = false;
	}
}

/* Count one file; what went wrong is kept in it. */
static void
count_file(const struct count *c, struct tok_stream *s, struct counted *file)
{
	bool is_stdin = file->name == NULL;
	bool first = true;
	int fd = is_stdin ? STDIN_FILENO
	                  : open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		file->failed = "open";
		file->error = errno;
		return;
	}
	tok_stream_init(s, c->tok, 0);
	if (c->ids)
		tok_stream_sink(s, print_ids, &first);
	if (feed_all(s, fd) < 0) {
		file->failed = "read";
		file->error = errno;
	}
	file->tokens = tok_stream_finish(s);
	if (c->chat)
		file->tokens += CHAT_FRAMING;
	if (c->ids && !first)
		putchar('\n');
	if (!is_stdin)
		close(fd);
}

/* Count files that nobody has taken yet, until there are none. */
static void *
count_some(void *arg)
{
	struct count *c = arg;
	struct tok_stream *s = malloc(sizeof(*s));
	size_t i;

	if (s == NULL)
		err(1, "count");
	while ((i = atomic_fetch_add(&c->next, 1)) < c->nfiles)
		count_file(c, s, &c->files[i]);
	free(s);
	return NULL;
}

static void
count_all(struct count *c)
{
	pthread_t thread[JOBS_MAX];
	unsigned n = 0;

	/* This thread is one of them; a thread that cannot start is not
	 * missed, since the others take its files. */
	while (!c->ids && n + 1 < c->jobs && n + 1 < c->nfiles &&
	       pthread_create(&thread[n], NULL, count_some, c) == 0)
		n++;
	count_some(c);
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

static int
digits(size_t n)
{
	return snprintf(NULL, 0, "%zu", n);
}

static void
print_count(int width, size_t tokens, const char *name)
{
	char text[4096];

	if (name == NULL)
		printf("%*zu\n", width, tokens);
	else
		printf("%*zu %s\n", width, tokens,
		    plain_copy(text, sizeof(text), name, strlen(name)));
}

/* Print the counts and complain of what failed, in the order given. */
static int
report(const struct count *c)
{
	size_t total = 0;
	int width, status = 0;

	for (size_t i = 0; i < c->nfiles; i++)
		total += c->files[i].failed == NULL ? c->files[i].tokens : 0;
	width = digits(total);
	for (size_t i = 0; i < c->nfiles; i++) {
		const struct counted *file = &c->files[i];
		char text[4096];

		if (file->failed == NULL) {
			if (!c->ids)
				print_count(width, file->tokens, file->name);
			continue;
		}
		fflush(stdout);
		errno = file->error;
		warn("count: %s: %s",
		    file->name == NULL ? "standard input"
				       : plain_copy(text, sizeof(text),
					     file->name, strlen(file->name)),
		    file->failed);
		status = 1;
	}
	if (c->nfiles > 1 && !c->ids)
		print_count(width, total, "total");
	return status;
}

/* The encoding to use; NULL if it was asked for by a name there is none of. */
static const struct tok *
choose(const char *encoding, const char *model)
{
	const struct tok *tok;

	if (encoding != NULL) {
		tok = tok_by_name(encoding);
		if (tok == NULL)
			warnx("count: no encoding is called '%s'", encoding);
		return tok;
	}
	if (model == NULL)
		model = getenv("OPENAI_MODEL");
	if (model == NULL || *model == '\0')
		model = DEFAULT_MODEL;
	tok = tok_for_model(model);
	if (tok == NULL) {
		tok = tok_by_name("o200k_base");
		warnx("count: model '%s' is not known; counting in %s", model,
		    tok_name(tok));
	}
	return tok;
}

/* Read the options.  -1 to go on, else the exit code. */
static int
parse(struct count *c, int argc, char **argv)
{
	static const struct option options[] = {
	    {"model", required_argument, NULL, 'm'},
	    {"encoding", required_argument, NULL, 'e'},
	    {"ids", no_argument, NULL, 'i'},
	    {"chat", no_argument, NULL, 'c'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	const char *encoding = NULL, *model = NULL, *why;
	int ch;

	optind = 0; /* main has parsed options of its own */
	opterr = 0;
	while ((ch = getopt_long(argc, argv, ":m:e:j:h", options, NULL)) != -1)
		switch (ch) {
		case 'm':
			model = optarg;
			break;
		case 'e':
			encoding = optarg;
			break;
		case 'i':
			c->ids = true;
			break;
		case 'c':
			c->chat = true;
			break;
		case 'j':
			c->jobs = (unsigned)strtonum(optarg, 1, JOBS_MAX, &why);
			if (why == NULL)
				break;
			warnx("count: -j %s: %s (1 to %d)", optarg, why,
			    JOBS_MAX);
			return misuse();
		case 'h':
			help();
			return 0;
		case ':':
			warnx("count: %s needs a value", argv[optind - 1]);
			return misuse();
		default:
			warnx("count: there is no option %s", argv[optind - 1]);
			return misuse();
		}
	c->tok = choose(encoding, model);
	return c->tok == NULL ? misuse() : -1;
}

int
cmd_count(int argc, char **argv)
{
	struct counted standard_input = {0};
	struct count c = {.jobs = 1, .files = &standard_input, .nfiles = 1};
	int status = parse(&c, argc, argv);

	if (status < 0 && optind < argc) {
		c.nfiles = (size_t)(argc - optind);
		c.files = calloc(c.nfiles, sizeof(*c.files));
		if (c.files == NULL)
			err(1, "count");
		for (int i = optind; i < argc; i++)
			c.files[i - optind].name =
			    strcmp(argv[i], "-") != 0 ? argv[i] : NULL;
	}
	if (status < 0) {
		count_all(&c);
		status = report(&c);
	}
	if (c.files != &standard_input)
		free(c.files);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		warn("count: standard output");
		return 1;
	}
	return status;
}
