#!/bin/sh
# Many invocations at once on one workspace.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim --latency 20

# together COUNT ARGUMENTS...: so many at once, the outputs numbered
together() {
	many=$1
	shift
	pids=
	i=0
	while [ $i -lt "$many" ]; do
		i=$((i + 1))
		OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" \
			-C "$ws" "$@" >"$tmp/out.$i" 2>"$tmp/err.$i" &
		pids="$pids $!"
	done
	rc=0
	for p in $pids; do
		wait "$p" || rc=$?
	done
	cat "$tmp"/out.* >"$out"
	cat "$tmp"/err.* >"$err"
	rm "$tmp"/out.* "$tmp"/err.*
}

# once COUNT: each prompt was sent exactly once, and answered
once() {
	[ "$(stat requests)" -eq "$1" ] && [ "$(stat billed)" -eq "$1" ] &&
		[ "$(journal | grep -o '"prompt":"[^"]*"' | sort -u |
			wc -l)" -eq "$1" ] &&
		[ "$(find "$ws/outputs" -name '*_output.txt' | wc -l)" -eq "$1" ]
}

for many in 2 20; do
	fresh
	prompts 1 100 'prompt number'
	together $many
	is "$many at once: exit status" $rc 0
	ok "$many at once: each prompt exactly once" once 100
	ok "$many at once: the ledger is exact" exact
	ok "$many at once: nothing is left over" clean
	is "$many at once: all answers counted in the summaries" \
		"$(grep -cE '^ *[0-9]+  answered ' "$out")" 100
done
before=$(cat "$ws/usage.md")
together 20
is '20 with nothing to do: exit status' $rc 0
is '20 with nothing to do: nothing sent' "$(stat requests)" 100
is '20 with nothing to do: the ledger is untouched' "$(cat "$ws/usage.md")" \
	"$before"

# ---- all hundred of one invocation at once ----
fresh
prompts 1 100 'held [[sim: hold]]'
start_batch
ok 'a hundred at once' sim_wait held=100
release
finish $pid
is 'a hundred at once: exit status' $rc 0
ok 'a hundred at once: each prompt exactly once' once 100
ok 'a hundred at once: the ledger is exact' exact

# ---- under make -j: one prompt each ----
fresh
prompts 1 20 'single'
pids=
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		"$BIN/chatgpt-batch" -q -C "$ws" $n 2>"$tmp/err.$n" &
	pids="$pids $!"
done
rc=0
for p in $pids; do
	wait "$p" || rc=$?
done
cat "$tmp"/err.* >"$err"
is 'one prompt each: exit status' $rc 0
ok 'one prompt each: each exactly once' once 20
ok 'one prompt each: the ledger is exact' exact
ok 'one prompt each: nothing is left over' clean

# ---- a prompt that somebody works on ----
fresh
prompt 1 'one [[sim: hold]]'
prompt 2 'two [[sim: hold]]'
start_batch
first_pid=$pid
ok 'two are held' sim_wait held=2
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
	"$BIN/chatgpt-batch" -C "$ws" >"$tmp/second" 2>&1
is 'a directory run: exit status' $? 0
like 'a directory run: it leaves them' "$tmp/second" \
	'2 prompts left to other invocations'
like 'a directory run: in the summary' "$tmp/second" '^ *1  elsewhere'
"$BIN/chatgpt-batch" -C "$ws" status >"$tmp/status"
like 'status says who' "$tmp/status" \
	"^prompt 1: attempt 1 sent, [0-9]+ tokens reserved, for [0-9.hms]+, by process $first_pid\$"
"$BIN/chatgpt-batch" -C "$ws" status --json >"$tmp/status"
like 'status --json says who' "$tmp/status" "\"pid\":[[:space:]]*$first_pid,"
is 'reserved meanwhile' "$(ledger requests_within_min)" 2

out=$tmp/out3 err=$tmp/err3
start_batch 2
named=$pid
ok 'named: it says that it waits' eventually said \
	"waiting: prompt 2 is being processed by process $first_pid"
start_batch --no-wait 2
finish $pid
is 'named, --no-wait: exit status' $rc 75
err=$tmp/err4
: >"$err"
start_batch 2
ok 'named: it waits' eventually said 'waiting: prompt 2'
kill -INT $pid
finish $pid
is 'named, waiting, SIGINT: exit status' $rc 130
err=$tmp/err5
: >"$err"
start_batch 1 2
ok 'named: it waits' eventually said 'waiting: prompt 1'
kill -TERM $pid
finish $pid
is 'named, waiting, SIGTERM: exit status' $rc 143
unlike 'named, waiting, SIGTERM: waits no more' "$err" 'waiting: prompt 2'
out=$tmp/out err=$tmp/err
is 'all the while nothing else is sent' "$(stat requests)" 2
release
finish "$first_pid"
is 'the first: exit status' $rc 0
out=$tmp/out3 err=$tmp/err3
finish "$named"
is 'the named one: exit status' $rc 0
like 'the named one: found it up to date' "$out" '^0 answered, 1 up to date'
is 'sent once each' "$(stat requests)" 2
ok 'the ledger is exact' exact
ok 'nothing is left over' clean

# ---- who waits for the window is not overtaken, and lets go at its end ----
out=$tmp/out err=$tmp/err
fresh
prompt 1 'first'
prompt 2 'second'
usage 499999 1 0
start_batch --window $((3 * slow))s 1
a=$pid
ok 'the first waits for the window' eventually said 'waiting until'
err=$tmp/err3
# By its own limits it could go at once.
start_batch --window $((3 * slow))s 2 --limit-minute-tokens 1M
b=$pid
queued() {
	"$BIN/chatgpt-batch" -C "$ws" status |
		grep -qE "^queue $1: process $2,"
}
ok 'the second queues' eventually queued 2 "$b"
ok 'the first is the first' queued 1 "$a"
is 'neither is sent' "$(stat requests)" 0
finish "$b"
is 'the second: exit status' $rc 0
finish "$a"
is 'the first: exit status' $rc 0
is 'both are sent' "$(stat requests)" 2
ok 'the ledger is exact' exact

# ---- who is stopped on its way in is named, and waited for ----
out=$tmp/out err=$tmp/err
fresh
prompt 1 'first'
mkdir -p "$ws/lockfiles/queue"
mkfifo "$tmp/inside" "$tmp/free"
flock "$ws/lockfiles/queue" \
	sh -c "echo \$\$ >'$tmp/inside'; read -r _ <'$tmp/free'" &
door=$!
started="$started $door"
read -r _ <"$tmp/inside"
kill -STOP $door
batch status
like 'status names who is stopped on its way in' "$out" \
	"^being admitted: process $door \(stopped\)"
batch status --json
like 'status --json, too' "$out" "\"being_admitted\":[^0-9]*$door,"
start_batch 1
waits_outside() {
	[ "$(readlink "/proc/$pid/fd"/* | grep -c lockfiles/queue)" -gt 0 ]
}
ok 'who comes waits' eventually waits_outside
is '... without a ticket' "$(find "$ws/lockfiles/queue" -type f)" ''
is '... and nothing is sent' "$(stat requests)" 0
kill -CONT $door
echo >"$tmp/free"
finish $pid
is '... until the other goes on' $rc 0
ok 'the ledger is exact' exact

# ---- who waits for midnight lets others by ----
out=$tmp/out err=$tmp/err
fresh
prompt 1 'first'
prompt 2 'second'
usage 1 1 4999999
start_batch 1
a=$pid
ok 'the first waits for midnight' eventually said 'waiting until'
out=$tmp/out3 err=$tmp/err3
start_batch 2 --limit-day-tokens 6M
finish $pid
is 'the second is let by' $rc 0
kill -INT "$a"
finish "$a"
is 'the first: exit status' $rc 130
is 'only the second was sent' "$(journal | grep -o '"prompt":"[^"]*"')" \
	'"prompt":"second"'

# ---- two workspaces, one ledger ----
fresh
prompts 1 30 'shared'
mkdir -p "$tmp/ws2/prompts"
cp -p "$ws"/prompts/* "$tmp/ws2/prompts"
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$tmp/ws2" \
	--ledger "$ws/usage.md" >"$tmp/second" 2>&1 &
other=$!
batch
finish_first=$rc
finish $other
is 'two workspaces: exit status' "$finish_first$rc" 00
is 'two workspaces: all answered' "$(stat billed)" 60
ok 'two workspaces: one exact ledger' exact
ok 'two workspaces: no other ledger' no test -e "$tmp/ws2/usage.md"

done_testing
