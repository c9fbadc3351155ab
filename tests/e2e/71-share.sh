#!/bin/sh
# One ledger for several workspaces; consecutive batches under tight limits.
# shellcheck disable=SC2119,SC2154 # functions without arguments
. "$(dirname "$0")/lib.sh"
start_sim --latency 5

# in_all NAME COMMAND...: three workspaces beside $ws, with ten prompts each
for n in 1 2 3; do
	mkdir -p "$tmp/w$n/prompts"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "workspace $n, prompt $i" >"$tmp/w$n/prompts/${i}_prompt.txt"
	done
done
usage 0 0 0

# at_once OPTIONS...: two runs in each of the three
at_once() {
	pids=
	for n in 1 2 3 1 2 3; do
		OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" \
			-C "$tmp/w$n" "$@" >>"$out" 2>>"$err" &
		pids="$pids $!"
	done
	rc=0
	for p in $pids; do
		wait "$p" || rc=$?
	done
}

at_once --ledger "$ws/usage.md"
is 'three workspaces, one --ledger: exit status' $rc 0
is '... all sent once' "$(stat requests)" 30
ok '... the sum is exact' exact
ok '... no ledgers of their own' [ ! -e "$tmp/w1/usage.md" ]

rm -rf "$tmp"/w?/outputs
for n in 1 2 3; do
	ln -s "$ws/usage.md" "$tmp/w$n/usage.md"
done
at_once
is 'the same by symbolic links: exit status' $rc 0
is '... all sent once more' "$(stat requests)" 60
ok '... the sum is exact' exact
ok '... the links are still links' [ -L "$tmp/w2/usage.md" ]

# A dead run's claims are settled with the ledger that counted them.
prompts 1 1 'held [[sim: hold]]'
usage 0 0 0
mkdir "$tmp/elsewhere"
start_batch --ledger "$tmp/elsewhere/ledger.md"
ok 'held' sim_wait held=1
# shellcheck disable=SC2046 # pids
kill -9 $pid $(children $pid)
eventually gone $pid
release
batch -n
batch 1
is 'settled by a run with another ledger: exit status' $rc 0
charged=$(sed -n 's/^tokens_within_day: //p' "$tmp/elsewhere/ledger.md")
ok '... the first ledger keeps its estimate' [ "$charged" -gt 0 ]
is '... and the second counts the second request' \
	"$(ledger requests_within_min)" 1

# Tight limits: with --split each window is used, and none is exceeded.
fresh
prompts 1 60 'consecutive batches of the split kind, number'
batch --split --limit-batch-tokens 100 --limit-minute-requests 20 \
	--window 1s
is '--split: exit status' $rc 0
ok '... all answered' [ "$(stat billed)" -eq 60 ]
ok '... never more than one batch at once' [ "$(stat max_in_flight)" -le 20 ]

fresh
prompts 1 3 'small'
prompt 2 "$(yes 'much larger' | head -n 200)"
batch --split --limit-batch-tokens 100
is 'one prompt over the batch limit: refused' $rc 3
like '... and named' "$err" 'prompt 2 alone'
is '... nothing is sent' "$(stat requests)" 0
ok '... nothing is left behind' clean
ok '... no ledger is made' [ ! -e "$ws/usage.md" ]
batch --limit-batch-tokens 100
is 'all at once: refused' $rc 3
ok '... no ledger is made' [ ! -e "$ws/usage.md" ]
done_testing
