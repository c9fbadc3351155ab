# lib.sh - what the end-to-end tests share.
#
#	. "$(dirname "$0")/lib.sh"	a fresh workspace in $ws, nothing runs
#	start_sim			a simulator: its base URL is $url
#	prompt 3 'text [[sim: 500]]'	prompts/3_prompt.txt
#	batch -v			run the program there: $rc, $out, $err
#	is 'exit status' $rc 1
#	done_testing
#
# Each test has a time limit, shares nothing with others that run beside it,
# and leaves nothing behind: what it started is killed, $tmp is removed.
# Where one thing has to happen before another, tests wait for the event: for
# the simulator's /_sim/wait, or with `eventually` for what only shows in
# files and in /proc.
#
# The tests are hermetic: no settings from outside, and a time zone in which
# it is noon, so that no midnight falls into a test.
#
# shellcheck shell=sh
# shellcheck disable=SC2034 # variables are for the tests
set -u

# The instrumented build is slower.
if [ -n "${SAN:-}" ]; then slow=5; else slow=1; fi

if [ -z "${E2E_TIMED:-}" ]; then
	E2E_TIMED=1 exec timeout -k 5 $((${limit:-120} * slow)) sh "$0" "$@"
fi

root=$(cd "$(dirname "$0")/../.." && pwd)
BIN=${BIN:-$root/bin}
HELPERS=${HELPERS:-$root/build/plain/tests}
unset OPENAI_API_KEY OPENAI_API_KEY_FILE OPENAI_BASE_URL OPENAI_MODEL \
	OPENAI_ORG_ID OPENAI_PROJECT_ID CHATGPT_BATCH_API \
	CHATGPT_BATCH_LOG CHATGPT_BATCH_LEDGER \
	CHATGPT_BATCH_LIMIT_BATCH_TOKENS CHATGPT_BATCH_LIMIT_MINUTE_TOKENS \
	CHATGPT_BATCH_LIMIT_MINUTE_REQUESTS CHATGPT_BATCH_LIMIT_DAY_TOKENS \
	CHATGPT_BATCH_WINDOW SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE \
	NO_COLOR E2E_TIMED http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY \
	ALL_PROXY NO_PROXY MAKEFLAGS MAKELEVEL
hour=$(date -u +%H)
TZ=NOON$((${hour#0} - 12))
LC_ALL=C
export TZ LC_ALL
umask 022

tmp=$(mktemp -d "${TMPDIR:-/tmp}/e2e.XXXXXX")
chmod 755 "$tmp"
# What a killed program leaves there goes with the rest.
export TMPDIR="$tmp"
# What goes wrong shows there, whoever reads its standard error; but a child in
# its sandbox can only complain there that it cannot open the file, and die:
# ASAN_OPTIONS=log_path=stderr shows more.
export ASAN_OPTIONS="log_path=$tmp/san:${ASAN_OPTIONS:-}" \
	UBSAN_OPTIONS="print_stacktrace=1:log_path=$tmp/san:${UBSAN_OPTIONS:-}"
ws=$tmp/ws
out=$tmp/out
err=$tmp/err
key=sk-e2e-key
url=
started=
tests=0
failures=0
table=
rows=0

cleanup() {
	trap - EXIT
	# shellcheck disable=SC2086 # a list
	[ -z "$started" ] || kill -9 $started 2>/dev/null
	wait 2>/dev/null
	chmod -R u+rwx "$tmp" 2>/dev/null
	# Orphaned children end with the simulator, but not at once.
	tries=0
	until rm -rf "$tmp" 2>/dev/null || [ $tries -eq 100 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# ---- TAP ----

# ok NAME COMMAND...: does COMMAND succeed?
ok() {
	ok_name=$1
	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests - $ok_name"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $ok_name"
		printf '# failed: %s\n' "$*"
		explain
	fi
}

# is NAME GOT WANTED
is() {
	tests=$((tests + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tests - $1"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $1"
		printf '%s\n' "got: $2" "wanted: $3" | head -n 40 | sed 's/^/# /'
		explain
	fi
}

# like NAME FILE REGEX, unlike NAME FILE REGEX: is a line of FILE like it?
like() {
	ok "$1" grep -qE -e "$3" "$2"
}
unlike() {
	ok "$1" no grep -qE -e "$3" "$2"
}

# no COMMAND...: does it fail?
no() {
	! "$@"
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests - # SKIP $1"
}

# Tests that are tables say how many of their rows have passed, on standard
# error, which prove(1) lets through:
#	table 'errors, end to end'	at the start
#	begin_row			at the start of each row
# done_testing tells; what stands behind the last row counts with it.
table() {
	table=$1
	rows=0
	rows_passed=0
}
begin_row() {
	end_row
	rows=$((rows + 1))
	row_failures=$failures
}
end_row() {
	[ "$rows" -eq 0 ] || [ "$row_failures" -ne $failures ] ||
		rows_passed=$((rows_passed + 1))
}

# What the program said last, for whoever reads a failure.
explain() {
	for file in "$out" "$err"; do
		[ -s "$file" ] || continue
		echo "# $(basename "$file"):"
		head -c 3000 "$file" | tr -d "\000" | cut -c 1-160 |
			sed "s/^/#   /"
	done
}

done_testing() {
	if [ -n "${SAN:-}" ]; then
		cat "$tmp"/san.* 2>/dev/null >"$tmp/sanitizer"
		is 'the sanitizers found nothing' \
			"$(head -n 40 "$tmp/sanitizer")" ''
	fi
	if [ -n "$table" ]; then
		end_row
		echo "$rows_passed of $rows $table" >&2
	fi
	echo "1..$tests"
	[ $failures -eq 0 ]
	exit
}

# ---- the workspace ----

# fresh: an empty workspace, and an empty journal
fresh() {
	rm -rf "$ws"
	mkdir -p "$ws/prompts"
	[ -z "$url" ] || curl -s -k -m 20 -X POST "$base/_sim/reset" \
		>/dev/null
	: >"$out"
	: >"$err"
}

# prompt N TEXT: without an end of line; of an earlier second, so that what
# is made of it now is newer
prompt() {
	printf '%s' "$2" >"$ws/prompts/${1}_prompt.txt"
	touch -d '10 seconds ago' "$ws/prompts/${1}_prompt.txt"
}

# prompts A B TEXT: for each number from A to B, which follows TEXT
prompts() {
	n=$1
	while [ "$n" -le "$2" ]; do
		prompt "$n" "$3 $n"
		n=$((n + 1))
	done
}

answer() {
	echo "$ws/outputs/${1}_output.txt"
}

# first N: the first line of an output
first() {
	head -n 1 "$(answer "$1")"
}

# usage MIN_TOKENS MIN_REQUESTS DAY_TOKENS [DATE]: write a ledger
usage() {
	cat >"$ws/usage.md" <<-END
		tokens_within_min: $1
		requests_within_min: $2
		tokens_within_day: $3
		minute_token_limit_reached: 0
		day_token_limit_reached: 0
		Date: ${4:-$(date +%Y-%m-%dT%H:%M:%S%:z)}
	END
}

# ledger NAME: a figure of usage.md
ledger() {
	sed -n "s/^$1: //p" "$ws/usage.md"
}

# A listing with all times and sums: nothing has changed if it is the same.
listing() {
	(cd "$ws" && find . -printf '%p %y %s %m %T@ %C@ %l\n' | sort &&
		find . -type f -exec cksum {} + | sort)
}

# No claims, no temporaries, and an empty redo journal: it begins with zeros.
clean() {
	[ -z "$(find "$ws" -name '*.lock' -o -name '*.tmp' -o -name '.*.tmp*')" ] &&
		[ -z "$(cat "$ws/lockfiles/journal" 2>/dev/null | head -c 8 |
			tr -d '\0')" ]
}

# ---- the simulator ----

# start_sim OPTIONS...: $url, $base, $sim (its pid)
# shellcheck disable=SC2120 # often without
start_sim() {
	rm -f "$tmp/ready"
	mkfifo "$tmp/ready"
	"$BIN/openai-sim" --port 0 --exit-with-parent "$@" >"$tmp/ready" &
	sim=$!
	started="$started $sim"
	read -r url <"$tmp/ready" || {
		echo 'Bail out! no simulator'
		exit 1
	}
	base=${url%/v1}
}

# sim_get WHAT
sim_get() {
	curl -s -k -m $((20 * slow)) "$base/_sim/$1"
}

# stat NAME: one of the simulator's figures
stat() {
	sim_get "stats?get=$1"
}

# sim_wait WHAT: until "held=3", "received=7", ...
sim_wait() {
	sim_get "wait?timeout=$((15 * slow))&$1" | grep -qv 'timed out' || {
		echo "# the simulator waited in vain for $1"
		return 1
	}
}

release() {
	sim_get "release?open=1" >/dev/null
}

# journal: one request a line, as JSON
journal() {
	sim_get journal | grep '"seq"'
}

# The ledger has exactly what the simulator has billed and received.
exact() {
	if [ "$(ledger tokens_within_day)" -eq "$(stat billed_total_tokens)" ] &&
		[ "$(ledger requests_within_min)" -eq "$(stat requests)" ]; then
		return 0
	fi
	sed 's/^/# /' "$ws/usage.md"
	sim_get stats | sed 's/^/# /'
	return 1
}

# ---- the program ----

# batch ARGUMENTS...: run it in the workspace with the simulator's URL
batch() {
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		"$BIN/chatgpt-batch" -C "$ws" "$@" >"$out" 2>"$err"
	rc=$?
	return 0
}

# start_batch ARGUMENTS...: the same in the background; its pid is $pid.  A
# shell without job control would have it ignore SIGINT.
# shellcheck disable=SC2120 # often without
start_batch() {
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		exec_default "$BIN/chatgpt-batch" -C "$ws" "$@" \
		>"$out" 2>"$err" &
	pid=$!
	started="$started $pid"
}
exec_default() {
	exec env --default-signal=INT,HUP,QUIT "$@"
}

# finish PID: wait for it, with its status in $rc
finish() {
	wait "$1" 2>/dev/null
	rc=$?
}

# eventually COMMAND...: until it succeeds, or for 10 s at most
eventually() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ $tries -gt $((500 * slow)) ]; then
			echo "# never came true: $*"
			return 1
		fi
		sleep 0.02
	done
}

# said REGEX: has the program that runs in the background said it yet?
said() {
	grep -qsE -e "$1" "$err"
}

# gone PID...: are they no more?  (A zombie is.)
gone() {
	for gone_pid; do
		grep -qs '^State:[[:space:]]*[^ZX[:space:]]' \
			"/proc/$gone_pid/status" && return 1
	done
	return 0
}

# children PID: the pids of its children
children() {
	grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status |
		sed 's|/proc/||; s|/status||'
}

# json NAME: the first member NAME of the JSON object in $out
json() {
	sed -n 's/^[[:space:]]*"'"$1"'":[[:space:]]*\(.*[^,]\),*$/\1/p' "$out" |
		head -n 1 | tr -d '"'
}

# row N: the line of prompt N in the summary
row() {
	grep -E "^ *$1  [a-z]" "$out"
}

fresh
