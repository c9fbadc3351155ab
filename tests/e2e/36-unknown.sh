#!/bin/sh
# Answers that were lost may have been paid for: not asked for again without
# end, charged each time, counted, and under one key.
. "$(dirname "$0")/lib.sh"
start_sim

estimate() {
	"$BIN/chatgpt-batch" count --chat "$ws/prompts/${1}_prompt.txt" |
		sed 's/^ *\([0-9]*\).*/\1/'
}

# lost MARKER ATTEMPTS OPTIONS...: how often is it sent?
lost() {
	fresh
	prompt 1 "one [[sim: $1]]"
	marker=$1
	want=$2
	shift 2
	batch --attempts 5 --json "$@"
	is "$marker $*: exit status" $rc 1
	is "$marker $*: attempts" "$(stat requests)" "$want"
	is "$marker $*: charged each time" "$(ledger tokens_within_day)" \
		$((want * $(estimate 1)))
	is "$marker $*: counted" "$(json unknown_attempts)" "$want"
	is "$marker $*: with what they cost" "$(json unknown_tokens)" \
		$((want * $(estimate 1)))
	is "$marker $*: one key" "$(journal |
		grep -oE '"idempotency_key":"[^"]+"' | sort -u | wc -l)" 1
	ok "$marker $*: nothing is left over" clean
}
short="--timeout $((500 * slow))ms"
for kind in close cut badchunk badjson empty garbage; do
	lost $kind 2
done
lost close 1 --retries-unknown 0
lost close 3 --retries-unknown 2
lost close 3 --retries-unknown 9 --attempts 3
lost badjson 1 --retries-unknown 0
lost badjson 3 --retries-unknown 9 --attempts 3
# shellcheck disable=SC2086 # words
lost hang 2 $short
# shellcheck disable=SC2086 # words
lost hang 1 --retries-unknown 0 $short

# ---- errors in between are another matter, and the answer comes at last ----
fresh
prompt 1 'one [[sim: close x1]] [[sim: 500 x2 retry-after=0.01]]'
batch --json
is 'lost, then refused: exit status' $rc 0
is 'lost, then refused: attempts' "$(json attempts)" 4
is 'lost, then refused: of unknown fate' "$(json unknown_attempts)" 1
fresh
prompt 1 'one [[sim: close x1]] [[sim: 500 x1 retry-after=0.01]] [[sim: cut]]'
batch --json
is 'lost, refused, cut: exit status' $rc 1
is 'lost, refused, cut: attempts' "$(json attempts)" 3
is 'lost, refused, cut: of unknown fate' "$(json unknown_attempts)" 2

# ---- an error that is told is no answer that was lost ----
fresh
prompt 1 'one [[sim: status=200 x1 body={"error":{"code":"server_error"}}]]'
prompt 2 'two [[sim: 500 x1 retry-after=0.01]]'
batch
is 'told: exit status' $rc 0
unlike 'told: not counted' "$out" 'may have been billed'
fresh
prompt 1 'one [[sim: close x1]]'
prompt 2 'two [[sim: cut x1]]'
prompt 3 'three'
batch
is 'two lost: exit status' $rc 0
like 'two lost: in the summary' "$out" \
	"^2 attempts may have been billed though no answer came; charged by estimate: $(($(estimate 1) + $(estimate 2))) tokens\$"

# ---- never sent: not lost ----
fresh
prompt 1 'one'
url=http://127.0.0.1:1/v1 batch --attempts 3
is 'never sent: exit status' $rc 1
unlike 'never sent: not counted' "$out" 'may have been billed'

done_testing
