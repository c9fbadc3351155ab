#!/bin/sh
# SIGINT and SIGTERM: once to finish, twice to give up.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim

estimate() {
	"$BIN/chatgpt-batch" count --chat "$ws/prompts/${1}_prompt.txt" |
		sed 's/^ *\([0-9]*\).*/\1/'
}

for sig in INT TERM; do
	[ $sig = INT ] && status=130 || status=143
	fresh
	prompts 1 4 'held [[sim: hold]]'
	start_batch -j 2
	ok "SIG$sig: two are held" sim_wait held=2
	kill -$sig $pid
	ok "SIG$sig: said" eventually said \
		'interrupted: 2 running requests will finish; once more to abort'
	is "SIG$sig: they are held all the same" "$(stat held)" 2
	release
	finish $pid
	is "SIG$sig: exit status" $rc "$status"
	is "SIG$sig: nothing more was sent" "$(stat requests)" 2
	like "SIG$sig: the running ones were answered" "$out" \
		'^2 answered, 2 still pending'
	ok "SIG$sig: there" test -s "$(answer 1)"
	ok "SIG$sig: the rest has no output" no test -e "$(answer 3)"
	ok "SIG$sig: the rest was not charged" exact
	ok "SIG$sig: nothing is left over" clean
	batch
	is "SIG$sig: then the rest: exit status" $rc 0
	is "SIG$sig: then the rest" "$(stat requests)" 4
	ok "SIG$sig: the ledger is exact" exact
done

# ---- twice ----
fresh
prompts 1 3 'held [[sim: hold]]'
prompt 4 'four'
start_batch
ok 'twice: three are held' sim_wait held=3
ok 'twice: four is answered' eventually test -s "$(answer 4)"
family=$(children $pid)
kill -INT $pid
ok 'twice: said' eventually said 'once more to abort'
kill -INT $pid
finish $pid
is 'twice: exit status' $rc 130
# shellcheck disable=SC2086 # a list
ok 'twice: no child is left' eventually gone $family
is 'twice: the minute has all requests' "$(ledger requests_within_min)" 4
is 'twice: charged by estimate' "$(ledger tokens_within_day)" \
	$(($(stat billed_total_tokens) +
		$(estimate 1) + $(estimate 2) + $(estimate 3)))
like 'twice: the report' "$(answer 1)" '^chatgpt-batch error: interrupted'
ok 'twice: nothing is left over' clean
release
batch
is 'twice: then again: exit status' $rc 0
is 'twice: then again: only those' "$(stat requests)" 7

# ---- once with nothing running: at once ----
fresh
prompt 1 'one [[sim: 500 x1 retry-after=100]]'
start_batch -v
ok 'resting: the retry is far away' eventually said 'attempt 1: server error'
kill -INT $pid
finish $pid
is 'resting: exit status' $rc 130
like 'resting: still pending' "$out" '1 still pending'
ok 'resting: the ledger is exact' exact
ok 'resting: nothing is left over' clean

# ---- a hold for a rate limit ends, too ----
fresh
prompt 1 'one [[sim: 429 x1 retry-after=100]]'
start_batch -v
ok 'held back' eventually said 'attempt 1: rate limit'
kill -TERM $pid
finish $pid
is 'held back: exit status' $rc 143
ok 'held back: the ledger is exact' exact

# ---- while somebody holds the ledger ----
fresh
prompt 1 'one'
usage 0 0 0
cp -p "$ws/usage.md" "$tmp/usage.md"
mkfifo "$tmp/locked" "$tmp/free"
flock "$ws/usage.md" sh -c "echo >'$tmp/locked'; read -r _ <'$tmp/free'" &
holder=$!
started="$started $holder"
read -r _ <"$tmp/locked"
start_batch
ok 'the ledger is held: the claim is taken' \
	eventually test -e "$ws/lockfiles/1.lock"
kill -INT $pid
finish $pid
is 'the ledger is held: exit status' $rc 130
is 'the ledger is held: nothing sent' "$(stat requests)" 0
ok 'the ledger is held: it is untouched' cmp -s "$ws/usage.md" "$tmp/usage.md"
echo >"$tmp/free"
wait $holder
batch
is 'the ledger is free: exit status' $rc 0
ok 'the ledger is exact' exact
ok 'nothing is left over' clean

# ---- nohup, and jobs that a shell starts with SIGINT ignored ----
fresh
prompt 1 'held [[sim: hold]]'
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url env --ignore-signal=HUP,INT \
	"$BIN/chatgpt-batch" -C "$ws" >"$out" 2>"$err" &
pid=$!
started="$started $pid"
ok 'ignored signals: held' sim_wait held=1
kill -HUP $pid
kill -INT $pid
kill -TERM $pid
ok 'ignored signals: only SIGTERM counts' eventually said 'interrupted: '
release
finish $pid
is 'ignored signals: exit status' $rc 143
is 'ignored signals: only once' "$(grep -c interrupted: "$err")" 1
ok 'ignored signals: the answer is there' test -s "$(answer 1)"

# ---- SIGHUP, when the terminal goes ----
fresh
prompts 1 2 'held [[sim: hold]]'
start_batch -j 1
ok 'SIGHUP: held' sim_wait held=1
kill -HUP $pid
ok 'SIGHUP: said' eventually said 'interrupted: '
release
finish $pid
is 'SIGHUP: exit status' $rc 129
is 'SIGHUP: nothing more was sent' "$(stat requests)" 1
ok 'SIGHUP: the ledger is exact' exact

done_testing
