#!/bin/sh
# kill -9, of whomever: nothing paid for is lost, nothing is counted twice.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim

estimate() {
	"$BIN/chatgpt-batch" count --chat "$ws/prompts/${1}_prompt.txt" |
		sed 's/^ *\([0-9]*\).*/\1/'
}

# child_of N: the pid of the child that works on prompt N
child_of() {
	"$BIN/chatgpt-batch" -C "$ws" status --json |
		sed -n "/\"prompt\":[[:space:]]*$1,/,/}/s/.*\"child\":[[:space:]]*\([0-9]*\),/\1/p"
}

# ---- a child ----
prompt 1 'one [[sim: hold]]'
prompt 2 'two [[sim: hold]]'
prompt 3 'three'
start_batch
ok 'two are held' sim_wait held=2
victim=$(child_of 1)
ok 'the child is found' test -n "$victim"
kill -9 "$victim"
release
finish $pid
is 'a child killed: exit status' $rc 1
is 'a child killed: first line' "$(first 1)" \
	'chatgpt-batch error: worker died after 1 attempt'
like 'a child killed: how' "$(answer 1)" \
	'^worker killed by signal 9 \(Killed\)$'
like 'a child killed: in the summary' "$out" \
	'^ *1  failed .*worker died: worker killed by signal 9'
like 'a child killed: the others go on' "$(answer 2)" '^On "two'
ok 'a child killed: the others go on' test -s "$(answer 3)"
is 'a child killed: its request is counted' "$(ledger requests_within_min)" 3
is 'a child killed: its estimate is charged' "$(ledger tokens_within_day)" \
	"$(($(journal | grep -v '"prompt":"one ' |
		sed 's/.*"prompt_tokens":\([0-9]*\),"completion_tokens":\([0-9]*\).*/+\1+\2/' |
		tr -d '\n') + $(estimate 1)))"
ok 'a child killed: nothing is left over' clean
sim_get 'release?open=1' >/dev/null
batch
is 'then again: exit status' $rc 0
is 'then again: only that one' "$(stat requests)" 4

# ---- the parent; its children finish ----
fresh
prompts 1 4 'held [[sim: hold]]'
prompt 5 'five'
prompt 6 'six [[sim: 500 x1 retry-after=100]]'
start_batch -v
ok 'four are held' sim_wait held=4
ok 'five is answered' eventually said 'prompt 5, attempt 1: answered'
ok 'six rests' eventually said 'prompt 6, attempt 1: server error'
orphans=$(children $pid)
kill -9 $pid
finish $pid
ok 'the children live' test "$(echo "$orphans" | wc -w)" -ge 4
"$BIN/chatgpt-batch" -C "$ws" status >"$tmp/status"
is 'status: they are under way' "$(grep -c 'by process ' "$tmp/status")" 4
batch --no-wait
is 'a run meanwhile: exit status' $rc 0
is 'a run meanwhile: leaves them' "$(grep -cE '^ *[0-9]  elsewhere' "$out")" 4
is 'a run meanwhile: redoes what has died' \
	"$(journal | grep -c '"prompt":"six ')" 2
release
# shellcheck disable=SC2086 # a list
ok 'the children finish' eventually gone $orphans
for n in 1 2 3 4; do
	like "the answer of child $n is there" "$(answer $n)" '^On "held '
done
sent=$(stat requests)
batch
is 'the next run: exit status' $rc 0
is 'the next run: sends nothing' "$(stat requests)" "$sent"
like 'the next run: says so' "$err" 'settled 4 prompts of an interrupted run'
ok 'the next run: the ledger is exact' exact
ok 'the next run: nothing is left over' clean
cp "$ws/usage.md" "$tmp/usage.md"
batch
ok 'the one after it: settles nothing again' cmp -s "$ws/usage.md" \
	"$tmp/usage.md"

# ---- the parent, before all of its children were started ----
fresh
prompts 1 6 'held [[sim: hold]]'
start_batch -j 2
ok 'two are held' sim_wait held=2
orphans=$(children $pid)
kill -9 $pid
finish $pid
release
# shellcheck disable=SC2086 # a list
ok 'they finish' eventually gone $orphans
is 'two answers landed' "$(find "$ws/outputs" -name '*_output.txt' | wc -l)" 2
batch
is 'the next run: exit status' $rc 0
is 'the next run: only the rest' "$(stat requests)" 6
like 'the next run: said' "$out" '^4 answered, 2 up to date'
ok 'the next run: the ledger is exact' exact
ok 'the next run: nothing is left over' clean

# ---- parent and children ----
fresh
prompts 1 4 'held [[sim: hold]]'
prompt 5 'five'
start_batch
ok 'four are held' sim_wait held=4
ok 'five is answered' eventually test -s "$(answer 5)"
family=$(children $pid)
# shellcheck disable=SC2086 # a list
kill -9 $pid $family
finish $pid
# shellcheck disable=SC2086 # a list
ok 'all are dead' eventually gone $family
"$BIN/chatgpt-batch" -C "$ws" status >"$tmp/status"
ok 'status: abandoned' test \
	"$(grep -c 'abandoned: the next run settles it with [0-9]* tokens' "$tmp/status")" -ge 4
release
batch --no-wait
is 'the next run: exit status' $rc 0
is 'the next run: redoes four' "$(stat requests)" 9
is 'the next run: the minute has all requests' \
	"$(ledger requests_within_min)" 9
is 'the next run: the lost ones at their estimates' \
	"$(ledger tokens_within_day)" $(($(journal | grep '"delivered":true' |
		sed 's/.*"prompt_tokens":\([0-9]*\),"completion_tokens":\([0-9]*\).*/+\1+\2/' |
		tr -d '\n') + $(estimate 1) + $(estimate 2) + $(estimate 3) + $(estimate 4)))
ok 'the next run: nothing is left over' clean

# ---- the parent with reservations, but nothing under way; what the server
# has asked for outlives it ----
fresh
prompt 1 'one [[sim: 429 x1 retry-after=2]]'
prompts 2 4 'others'
start_batch -j 1 -v
ok 'the run is held back' eventually said 'attempt 1: rate limit'
kill -9 $pid
finish $pid
batch
is 'the next run: exit status' $rc 0
like 'the next run: holds back as well' "$err" 'waiting until .* slow down'
ok 'the next run: the ledger is exact' exact
ok 'the next run: nothing is left over' clean

# ---- again and again, at any instant ----
# Each life ends a little later; whatever it was doing, the sums agree.
fresh
prompts 1 40 'life [[sim: latency=30]]'
life=0
rc=137
while [ $life -lt 25 ] && [ $rc -ne 0 ]; do
	life=$((life + 1))
	start_batch -j 4
	sleep "0.0$((life * 37 % 90 + 10))"
	kill -9 $pid 2>/dev/null
	finish $pid
done
# The children of the last one finish first.
alone() {
	batch
	! grep -q elsewhere "$out"
}
ok 'after many lives: the last one' eventually alone
is 'after many lives: exit status' $rc 0
is 'after many lives: all answered' \
	"$(find "$ws/outputs" -name '*_output.txt' | wc -l)" 40
ok 'after many lives: no prompt was answered twice' test \
	"$(journal | grep '"delivered":true' | grep -o '"prompt":"[^"]*"' |
		sort | uniq -d | wc -l)" -eq 0
ok 'after many lives: the ledger is exact' exact
ok 'after many lives: nothing is left over' clean

done_testing
