#include "worker.h"

#include "buf.h"
#include "clock.h"
#include "io.h"
#include "workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a worker has between SIGTERM and SIGKILL. */
#define WORKER_GRACE (2 * NS_PER_S)

struct worker {
	pid_t pid;
	int pid_fd;
	int stderr_fd;                   /* read end */
	int signal_fd;                   /* SIGTERM to us */
	char said[OUTCOME_MESSAGE - 16]; /* the end of its standard error */
	size_t said_len;
	int64_t deadline; /* boot clock */
	bool terminated;  /* SIGTERM has been sent */
	bool aborted, timeout;
};

static void
fail_local(struct outcome *out, const char *what)
{
	out->kind = OUTCOME_LOCAL;
	snprintf(out->message, sizeof(out->message), "--exec: %s: %s", what,
	    strerror(errno));
}

/* The prompt as a file without a name: exactly the text that was counted. */
static int
prompt_as_file(const struct prompt *p)
{
	const int fd = memfd_create("prompt", MFD_CLOEXEC);

	if (fd == -1)
		return -1;
	if (io_write(fd, p->text, p->len) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static _Noreturn void
exec_worker(const struct config *cfg, const struct prompt *prompt, int input,
    int output, int errors)
{
	const struct rlimit size = {cfg->api.answer_max, cfg->api.answer_max};
	char file[2 * WORKSPACE_NAME], number[WORKSPACE_NAME];
	char name[WORKSPACE_NAME];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	snprintf(file, sizeof(file), "prompts/%s",
	    prompt_name(name, prompt->number));
	snprintf(number, sizeof(number), "%d", prompt->number);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setenv("PROMPT_FILE", file, 1) == -1 ||
	    setenv("PROMPT_NUMBER", number, 1) == -1 ||
	    setenv("MODEL", cfg->api.model, 1) == -1 ||
	    setrlimit(RLIMIT_FSIZE, &size) == -1 ||
	    dup2(input, STDIN_FILENO) == -1 ||
	    dup2(output, STDOUT_FILENO) == -1 ||
	    dup2(errors, STDERR_FILENO) == -1)
		_exit(126);
	execl("/bin/sh", "sh", "-c", cfg->exec, (char *)NULL);
	_exit(127);
}

/* Keep the end of what it says: the reason usually comes last. */
static void
hear(struct worker *w)
{
	char chunk[512];
	ssize_t n;

	while ((n = read(w->stderr_fd, chunk, sizeof(chunk))) > 0) {
		const size_t got = (size_t)n;
		const size_t room = sizeof(w->said) - 1;

		if (got > room - w->said_len) {
			const size_t drop = got - (room - w->said_len);

			memmove(w->said, w->said + drop, w->said_len - drop);
			w->said_len -= drop;
		}
		memcpy(w->said + w->said_len, chunk, got);
		w->said_len += got;
		w->said[w->said_len] = '\0';
	}
	if (n == 0) {
		close(w->stderr_fd);
		w->stderr_fd = -1;
	}
}

static void
end_worker(struct worker *w)
{
	kill(-w->pid, w->terminated ? SIGKILL : SIGTERM);
	w->terminated = true;
	w->deadline = clock_boot() + WORKER_GRACE;
}

/* Until it has ended, one way or another. */
static void
watch(struct worker *w)
{
	for (;;) {
		struct pollfd fds[] = {
		    {.fd = w->pid_fd, .events = POLLIN},
		    {.fd = w->stderr_fd, .events = POLLIN},
		    {.fd = w->signal_fd, .events = POLLIN},
		};
		const struct timespec wait =
		    clock_timespec(w->deadline - clock_boot());

		if (ppoll(fds, 3, &wait, NULL) == -1 && errno != EINTR)
			return;
		if (fds[1].revents != 0)
			hear(w);
		if (fds[0].revents != 0)
			return;
		if (fds[2].revents != 0) {
			struct signalfd_siginfo info;

			(void)io_read(w->signal_fd, &info, sizeof(info));
			w->aborted = true;
			end_worker(w);
		} else if (clock_boot() >= w->deadline) {
			w->timeout = !w->aborted;
			end_worker(w);
		}
	}
}

static int
start(struct worker *w, const struct config *cfg, const struct prompt *prompt,
    int output)
{
	const int input = prompt_as_file(prompt);
	int ends[2] = {-1, -1};
	sigset_t term;
	int saved;

	if (input == -1)
		return -1;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	w->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signal_fd == -1 || pipe2(ends, O_CLOEXEC) == -1 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
		goto fail;
	w->pid = fork();
	if (w->pid == -1)
		goto fail;
	if (w->pid == 0)
		exec_worker(cfg, prompt, input, output, ends[1]);
	setpgid(w->pid, w->pid);
	w->pid_fd = pidfd_open(w->pid, 0);
	if (w->pid_fd == -1) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
		goto fail;
	}
	close(input);
	close(ends[1]);
	w->stderr_fd = ends[0];
	w->deadline = clock_boot() + cfg->api.total_timeout_ns;
	return 0;
fail:
	saved = errno;
	close(input);
	if (ends[0] != -1) {
		close(ends[0]);
		close(ends[1]);
	}
	errno = saved;
	return -1;
}

/* It ended well: what it wrote is the answer, counted by us. */
static void
judge_answer(const struct config *cfg, const struct prompt *prompt, int output,
    struct outcome *out)
{
	struct buf text = BUF_INIT(cfg->api.answer_max);

	if (lseek(output, 0, SEEK_SET) == -1 ||
	    io_read_all(output, &text) == -1) {
		fail_local(out, "read its answer");
	} else if (text.len == 0) {
		out->kind = OUTCOME_WORKER;
		snprintf(out->message, sizeof(out->message),
		    "the worker wrote no answer");
	} else {
		out->kind = OUTCOME_ANSWER;
		out->has_usage = true;
		out->input_tokens = prompt->estimate;
		out->output_tokens =
		    (int64_t)tok_count(cfg->tok, text.data, text.len);
	}
	buf_free(&text);
}

/* What it said, without the newlines at the end. */
static void
trim(struct worker *w)
{
	while (w->said_len > 0 && w->said[w->said_len - 1] == '\n')
		w->said[--w->said_len] = '\0';
}

static void
judge_failure(struct worker *w, int status, struct outcome *out)
{
	trim(w);
	out->kind = w->aborted ? OUTCOME_ABORTED : OUTCOME_WORKER;
	out->timeout = w->timeout;
	out->status =
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	snprintf(out->message, sizeof(out->message), "%s%s",
	    w->timeout ? "timed out; " : "", w->said);
}

void
worker_run(const struct config *cfg, const struct prompt *prompt, int output,
    int (*sending)(void *arg, struct outcome *out), void *arg,
    struct outcome *out)
{
	struct worker w = {.pid_fd = -1, .stderr_fd = -1, .signal_fd = -1};
	const int64_t begun = clock_boot();
	int status = 0;

	if (sending(arg, out) == -1) {
		out->kind = OUTCOME_LOCAL;
		return;
	}
	if (start(&w, cfg, prompt, output) == -1) {
		fail_local(out, "start the worker");
		return;
	}
	out->sent = true;
	watch(&w);
	while (waitpid(w.pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (w.stderr_fd != -1)
		hear(&w);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !w.timeout &&
	    !w.aborted)
		judge_answer(cfg, prompt, output, out);
	else
		judge_failure(&w, status, out);
	out->times.total_us = (clock_boot() - begun) / 1000;
	close(w.pid_fd);
	close(w.signal_fd);
	if (w.stderr_fd != -1)
		close(w.stderr_fd);
}
