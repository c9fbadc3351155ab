#include "report.h"

#include "io.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

enum {
	REPORT_MAGIC = 0x74707262,
	REPORT_VERSION = 1
};

struct report {
	uint32_t magic;
	uint32_t version;
	struct claim_progress progress;
};

_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is one write");

int
report_send(int fd, const struct claim_progress *progress)
{
	struct report r;

	memset(&r, 0, sizeof(r));
	r.magic = REPORT_MAGIC;
	r.version = REPORT_VERSION;
	r.progress = *progress;
	return io_write(fd, &r, sizeof(r));
}

bool
report_receive(
    int fd, const struct claim_record *record, struct claim_progress *progress)
{
	struct report r;
	char more;

	if (io_read(fd, &r, sizeof(r)) != (ssize_t)sizeof(r) ||
	    r.magic != REPORT_MAGIC || r.version != REPORT_VERSION ||
	    r.progress.id != record->id ||
	    r.progress.attempt != record->attempt || io_read(fd, &more, 1) > 0)
		return false;
	*progress = r.progress;
	return true;
}
