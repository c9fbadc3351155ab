#include "sim.h"

#include "sweep.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 128 << 10
};

void
sim_start(struct sim *s, const char *program)
{
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		bail("fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl(program, program, "--port", "0", "--exit-with-parent",
		    (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	n = read(ends[0], s->url, sizeof(s->url) - 1);
	close(ends[0]);
	s->url[n > 0 ? n : 0] = '\0';
	s->url[strcspn(s->url, "\n")] = '\0';
	if (sscanf(s->url, "http://127.0.0.1:%d/", &s->port) != 1)
		bail("%s does not start", program);
}

static void
ask(const struct sim *s, const char *method, const char *path, char *answer)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)s->port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t got;

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		bail("simulator: %s", strerror(errno));
	dprintf(fd,
	    "%s /_sim/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n",
	    method, path);
	while (len < ANSWER_MAX - 1 &&
	       (got = read(fd, answer + len, ANSWER_MAX - 1 - len)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	close(fd);
	if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || len == ANSWER_MAX - 1)
		bail("simulator: %s: %.100s", path, answer);
}

void
sim_reset(const struct sim *s)
{
	static char answer[ANSWER_MAX];

	ask(s, "POST", "reset", answer);
}

static int64_t
number_at(const char *line, const char *name)
{
	const char *const at = strstr(line, name);

	return at == NULL ? 0 : strtoll(at + strlen(name), NULL, 10);
}

int
sim_journal(const struct sim *s, struct request_seen list[SIM_REQUESTS])
{
	static char answer[ANSWER_MAX];
	char *save, *line;
	int n = 0;

	ask(s, "GET", "journal", answer);
	for (line = strtok_r(answer, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		static const char key[] =
		    "\"idempotency_key\":\"chatgpt-batch-";
		struct request_seen *const q = &list[n];
		const char *at;

		if (strncmp(line, "{\"seq\"", 6) != 0)
			continue;
		at = strstr(line, key);
		if (n == SIM_REQUESTS || at == NULL ||
		    sscanf(at + sizeof(key) - 1, "%d-%" SCNx64, &q->number,
			&q->id) != 2)
			bail("simulator: a strange journal");
		q->status = (int)number_at(line, "\"status\":");
		q->input = number_at(line, "\"prompt_tokens\":");
		q->output = number_at(line, "\"completion_tokens\":");
		q->billed = strstr(line, "\"billed\":true") != NULL;
		n++;
	}
	return n;
}
