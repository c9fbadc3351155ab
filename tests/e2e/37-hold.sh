#!/bin/sh
# A server that says "slow down" to one means all: they wait, and come back one
# after the other.
. "$(dirname "$0")/lib.sh"
start_sim

# value NAME: of one line of the journal on standard input
value() {
	sed 's/.*"'"$1"'":\([0-9.]*\).*/\1/'
}

# ---- within one run: all are refused at once, and try again gently ----
prompts 1 12 'some [[sim: 429 x1 retry-after=0.4]] [[sim: latency=150]]'
batch
is 'all refused once: exit status' $rc 0
is 'all refused once: requests' "$(stat requests)" 24
ok 'all refused once: the ledger is exact' exact
# In the order of their arrival: how many were in flight?
journal | grep '"attempt":2,' | while read -r line; do
	echo "$(echo "$line" | value received_ms) $(echo "$line" | value in_flight)"
done | sort -n | cut -d ' ' -f 2 >"$tmp/second"
is 'the first comes alone' "$(head -n 1 "$tmp/second")" 1
ok 'then no more than two' test "$(sed -n 2,3p "$tmp/second" | sort -n |
	tail -n 1)" -le 2
ok 'and not twelve at once' test "$(sort -n "$tmp/second" | tail -n 1)" -lt 12

# ---- other invocations hear of it, and do not send meanwhile ----
fresh
prompt 1 "one [[sim: 429 x1 retry-after=$((2 * slow))]]"
prompts 2 7 'others'
start_batch 1
ok 'one is held back' eventually said 'the server has asked to slow down'
pids=$pid
n=2
while [ $n -le 7 ]; do
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" \
		-C "$ws" $n >/dev/null 2>"$tmp/err.$n" &
	pids="$pids $!"
	n=$((n + 1))
done
failed=0
for pid in $pids; do
	wait "$pid" || failed=$((failed + 1))
done
is 'others: all succeed' $failed 0
is 'others: each says why it waits' "$(grep -l \
	'the server has asked to slow down' "$tmp"/err.* | wc -l)" 6
refused=$(journal | grep '"status":429' | value answered_ms)
is 'others: none has sent before' "$(journal | grep '"status":200' |
	value received_ms | awk -v end="$((${refused%.*} + 2000 * slow))" '$1 < end' | wc -l)" 0
is 'others: one request each' "$(stat requests)" 8
ok 'others: the ledger is exact' exact

# ---- what is written there is advice: nonsense holds nobody ----
fresh
mkdir -p "$ws/lockfiles"
echo 99999999999999999999 >"$ws/lockfiles/hold"
prompt 1 'one'
batch
is 'nonsense: exit status' $rc 0
is 'nonsense: nobody waits' "$(cat "$err")" ''

done_testing
