#!/bin/sh
# --accept: answers that are no plain success, taken as good.
. "$(dirname "$0")/lib.sh"
start_sim

# accepted KIND MARKER REASON TEXT OPTIONS...: by KIND, and by no other
accepted() {
	fresh
	prompt 1 "one [[sim: $2]]"
	prompt 2 'two'
	kind=$1
	marker=$2
	reason=$3
	text=$4
	shift 4
	others=$(echo 'length,content_filter,refusal,tool_calls,empty,other' |
		sed "s/$kind,//; s/,other\$//; s/^other,//")
	batch --accept "$others" "$@"
	is "$marker: not by others: exit status" $rc 1
	like "$marker: not by others: in the summary" "$out" \
		"^ *1  (incomplete|failed) .*  $reason"
	batch --accept "$kind" "$@"
	is "$marker: exit status" $rc 0
	like "$marker: in the summary" "$out" "^ *1  accepted +1 .*  $reason"
	like "$marker: in the totals" "$out" '^0 answered, 1 accepted, 1 up to date;'
	like "$marker: what there is" "$(answer 1)" "$text"
	ok "$marker: not older than its prompt" \
		no test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	before=$(stat requests)
	batch "$@"
	is "$marker: again: exit status" $rc 0
	is "$marker: again: up to date" "$(stat requests)" "$before"
	ok "$marker: the ledger is exact" exact
	ok "$marker: nothing is left over" clean
}
accepted length length 'cut off' '^On "one '
accepted content_filter filter filtered '^On "one '
accepted refusal refusal 'refused by the model' "^I'm sorry, I can't"
accepted tool_calls toolcall 'tool call' '^$'
accepted empty notext empty '^$'
accepted empty reasoning 'cut off before any text' '^$'
accepted length length 'cut off' '^On "one ' --api responses
accepted empty reasoning 'cut off before any text' '^$' --api responses

# ---- what is not an answer yet is never good ----
fresh
prompt 1 'one [[sim: queued]]'
batch --api responses \
	--accept length,content_filter,refusal,tool_calls,empty,other
is 'queued: exit status' $rc 1
like 'queued: said' "$(answer 1)" 'is not waited for'

# ---- as JSON ----
fresh
prompt 1 'one [[sim: length]]'
batch --json --accept length
is 'json: exit status' $rc 0
is 'json: exit_status' "$(json exit_status)" 0
is 'json: outcome' "$(json outcome)" accepted
is 'json: reason' "$(json reason)" 'cut off'
is 'json: finish' "$(json finish)" length
is 'json: accepted' "$(json accepted)" 1

# ---- over a good answer: an answer takes the place of the other ----
fresh
prompt 1 'one'
batch
prompt 1 'one [[sim: length]]'
touch "$ws/prompts/1_prompt.txt"
batch --accept length
is 'over a good answer: exit status' $rc 0
ok 'over a good answer: in its place' no test -e "$(answer 1)~"

# ---- it is paid for in any case, and the day has it ----
fresh
prompts 1 6 'some [[sim: length]]'
batch --accept length
is 'six: exit status' $rc 0
like 'six: in the totals' "$out" '^0 answered, 6 accepted;'
ok 'six: the ledger is exact' exact

done_testing
