#include "cmd_status.h"

#include "io.h"
#include "lockinfo.h"
#include "plain.h"
#include "recover.h"
#include "status_print.h"
#include "workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
by_number(const void *a, const void *b)
{
	const struct claim_seen *const x = a, *const y = b;

	return (x->record.number > y->record.number) -
	       (x->record.number < y->record.number);
}

/* Some file systems number the device of a lock otherwise: then whoever is
 * named in the claim and lives, holds it. */
static pid_t
find_holder(const struct stat *st, const struct claim_seen *c)
{
	const pid_t holder = lock_holder(st);

	if (holder != 0)
		return holder;
	if (process_is_alive(c->record.pid))
		return c->record.pid;
	return c->noted && process_is_alive(c->progress.pid) ? c->progress.pid
	                                                     : 0;
}

/* What FD's claim says.  false: it has not come to life. */
static bool
read_claim(int fd, struct claim_seen *c)
{
	struct stat st;
	char boot[40];

	memset(c, 0, sizeof(*c));
	if (fstat(fd, &st) == -1 || !claim_read(fd, &c->record))
		return false;
	c->noted = c->record.state == CLAIM_RESERVED &&
	           claim_read_progress(fd, &c->record, &c->progress);
	c->holder = find_holder(&st, c);
	claim_boot_id(boot);
	if (c->record.state == CLAIM_RESERVED)
		c->charge =
		    recover_charge(&c->record, c->noted ? &c->progress : NULL,
			strcmp(boot, c->record.boot) == 0);
	return true;
}

static int
add_claim(struct status *s, int locks, const char *name)
{
	const int fd = openat(locks, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct claim_seen *more;

	if (fd == -1)
		return 0; /* gone since we saw its name */
	more = reallocarray(s->claims, s->claim_count + 1, sizeof(*more));
	if (more == NULL) {
		close(fd);
		return -1;
	}
	s->claims = more;
	if (read_claim(fd, &s->claims[s->claim_count]))
		s->claim_count++;
	close(fd);
	return 0;
}

static int
find_claims(struct status *s, int locks, struct error *err)
{
	DIR *const dir = io_open_dir(locks);
	const struct dirent *e;
	int r = 0;

	if (dir == NULL)
		return error_sys(err, "lockfiles: read");
	while (r == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (name_number(e->d_name, ".lock") != 0)
			r = add_claim(s, locks, e->d_name);
	if (r == -1 || errno != 0)
		r = error_sys(err, "lockfiles: read");
	closedir(dir);
	if (s->claim_count > 0)
		qsort(s->claims, s->claim_count, sizeof(*s->claims), by_number);
	return r;
}

static int
find_queue(struct status *s, int locks, struct error *err)
{
	struct ticket t;
	uint64_t last = 0;

	while (ticket_next(locks, last, &t)) {
		struct ticket *const more =
		    reallocarray(s->queue, s->queue_count + 1, sizeof(*more));

		if (more == NULL)
			return error_sys(err, "lockfiles/queue: read");
		s->queue = more;
		s->queue[s->queue_count++] = t;
		last = t.number;
	}
	return 0;
}

static int
gather(struct status *s, struct error *err)
{
	struct workspace ws = WORKSPACE_INIT;
	struct stat st;
	int r;

	if (workspace_open(&ws, false, false, err) == -1)
		return -1;
	r = ledger_read(&s->account.ledger, &s->view, err);
	if (r == 0 && stat(s->account.ledger.path, &st) == 0)
		s->ledger_holder = lock_holder(&st);
	if (r == 0 && ws.locks != -1)
		r = find_claims(s, ws.locks, err);
	if (r == 0 && ws.locks != -1 && fstatat(ws.locks, "queue", &st, 0) == 0)
		s->passing = lock_holder(&st);
	if (r == 0 && ws.locks != -1)
		r = find_queue(s, ws.locks, err);
	workspace_close(&ws);
	return r;
}

static void
complain(const struct error *err)
{
	char shown[2 * sizeof(err->text)];

	fprintf(stderr, "chatgpt-batch: %s\n",
	    plain_copy(shown, sizeof(shown), err->text, strlen(err->text)));
}

int
cmd_status(const struct config *cfg)
{
	struct status s = {.cfg = cfg, .view = LEDGER_VIEW_INIT};
	struct error err;
	int status = EXIT_SUCCESS;

	if (account_open(&s.account, cfg->ledger, -1, &cfg->limits, &err) ==
	    -1) {
		complain(&err);
		return 2;
	}
	if (gather(&s, &err) == -1) {
		complain(&err);
		status = 2;
	} else if (status_print(&s) == -1) {
		perror("chatgpt-batch: standard output: write");
		status = EXIT_FAILURE;
	}
	free(s.claims);
	free(s.queue);
	buf_free(&s.view.text);
	account_close(&s.account);
	return status;
}
