#!/bin/sh
# Trying again: that it helps, that it is counted, and what survives.
. "$(dirname "$0")/lib.sh"
start_sim

# ---- it helps ----
prompt 1 'one [[sim: 500 x2 retry-after=0.02]]'
prompt 2 'two [[sim: close x1]]'
prompt 3 'three [[sim: badjson x1]]'
prompt 4 'four'
batch -v
is 'exit status' $rc 0
is 'seven or eight requests' "$(stat requests)" 8
like 'attempts in the summary: 3' "$out" '^ *1  answered +3 '
like 'attempts in the summary: 2' "$out" '^ *2  answered +2 '
like 'attempts in the summary: 1' "$out" '^ *4  answered +1 '
is 'each is counted' "$(ledger requests_within_min)" 8
# An answer that was lost is charged by its prompt's estimate.
lost=$(journal | grep -E '"attempt":1,.*"fault":"badjson"' |
	sed 's/.*"completion_tokens":\([0-9]*\).*/\1/')
closed=$(journal | grep -E '"fault":"close"' |
	sed 's/.*"prompt_tokens":\([0-9]*\).*/\1/')
is 'the day has what was billed' "$(ledger tokens_within_day)" \
	$(($(stat billed_total_tokens) - lost + closed))
like 'the log has each attempt' "$err" 'prompt 1, attempt 2: server error'
is 'each attempt has a key of its own, and the same at retries' \
	"$(journal | grep '"prompt":"one ' |
		grep -oE '"idempotency_key":"[^"]+"' | sort -u | wc -l)" 1
is 'no two prompts share it' "$(journal |
	grep -oE '"idempotency_key":"[^"]+"' | sort -u | wc -l)" 4
ok 'nothing is left over' clean

# ---- a rate limit holds everybody back, and the server's word counts ----
fresh
prompt 1 'one [[sim: 429 x2 retry-after=0.3]]'
prompt 2 'two'
start=$(date +%s%N)
batch
took=$((($(date +%s%N) - start) / 1000000))
is '429 twice: exit status' $rc 0
is '429 twice: requests' "$(stat requests)" 4
ok '429 twice: the ledger is exact' exact
ok '429 twice: waited as told' test $took -ge 600
ok '429 twice: not longer than that' test $took -lt $((3000 * slow))
fresh
prompt 1 'one [[sim: 429 x1 retry-after=0.3]]'
prompts 2 6 'other [[sim: latency=50]]'
batch -j 2
is 'a held run: exit status' $rc 0
ok 'a held run: the ledger is exact' exact
# While the hold lasts nothing new is sent: the gap shows in the journal.
is 'a held run: nothing is sent meanwhile' "$(journal |
	sed 's/.*"received_ms":\([0-9]*\).*/\1/' | sort -n | {
	last=0
	gap=0
	while read -r t; do
		[ "$last" -eq 0 ] || [ $((t - last)) -lt "$gap" ] || gap=$((t - last))
		last=$t
	done
	[ $gap -ge 240 ] && echo held
})" held

# ---- an earlier good answer survives ----
fresh
prompt 1 'one'
batch
cp -p "$(answer 1)" "$tmp/good"
prompt 1 'one [[sim: 400]]'
touch "$ws/prompts/1_prompt.txt"
batch
is 'an error over an answer: exit status' $rc 1
like 'an error over an answer: the error is there' "$(answer 1)" \
	'^chatgpt-batch error: '
ok 'an error over an answer: the answer is kept' \
	cmp -s "$(answer 1)~" "$tmp/good"
ok 'an error over an answer: of the old date' \
	no test "$(answer 1)~" -nt "$tmp/good"
batch
is 'an error over an error: exit status' $rc 1
ok 'an error over an error: the answer is still kept' \
	cmp -s "$(answer 1)~" "$tmp/good"
prompt 1 'one again'
batch
is 'an answer over an error: exit status' $rc 0
like 'an answer over an error: there' "$(answer 1)" '^On "one again"'
ok 'an answer over an error: the older one stays' \
	cmp -s "$(answer 1)~" "$tmp/good"
cp -p "$(answer 1)" "$tmp/good"
prompt 1 'one [[sim: length]]'
touch "$ws/prompts/1_prompt.txt"
batch
is 'a cut answer over an answer: exit status' $rc 1
ok 'a cut answer over an answer: the whole one is kept' \
	cmp -s "$(answer 1)~" "$tmp/good"

# ---- redone as long as it fails, and -k ----
fresh
prompt 1 'one [[sim: 400 x2]]'
prompt 2 'two'
batch -k
is 'first: exit status' $rc 1
batch
is 'second: exit status' $rc 1
is 'second: only the failed one' "$(stat requests)" 3
batch
is 'third: exit status' $rc 0
is 'third: only the failed one' "$(stat requests)" 4
batch
is 'fourth: nothing to do' "$(stat requests)" 4
ok 'the ledger is exact over all' exact

# ---- -j, and all at once ----
fresh
prompts 1 12 'held [[sim: hold]]'
start_batch -j 3
ok '-j 3: three are held' sim_wait held=3
release
finish $pid
is '-j 3: exit status' $rc 0
is '-j 3: three at once' "$(stat max_in_flight)" 3
fresh
prompts 1 12 'held [[sim: hold]]'
start_batch
ok 'all at once' sim_wait held=12
release
finish $pid
is 'all at once: exit status' $rc 0
ok 'all at once: the ledger is exact' exact

# ---- the answers themselves go through the limits of the simulator ----
kill $sim
start_sim --rpm 5 --window 1
fresh
prompts 1 12 'rate'
batch --attempts 9
is 'an enforced rate limit: exit status' $rc 0
is 'an enforced rate limit: all answered' "$(stat billed)" 12
ok 'an enforced rate limit: the ledger is exact' exact

done_testing
