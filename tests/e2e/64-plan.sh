#!/bin/sh
# plan, status and count: they look, and touch nothing.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim

# looks NAME COMMAND ARGUMENTS...: nothing is written, nothing sent
looks() {
	name=$1
	shift
	listing >"$tmp/before"
	batch "$@"
	listing >"$tmp/after"
	ok "$name: writes nothing" cmp -s "$tmp/before" "$tmp/after"
}

prompts 1 3 'plan'
prompt 4 ''
prompt 777 'outside'
mkdir "$ws/prompts/5_prompt.txt"
looks 'plan' plan
is 'plan: exit status' $rc 1
like 'plan: each prompt' "$out" '^ *2  +10 tokens$'
like 'plan: one that cannot be read' "$out" '^ *5  cannot be read: .*irectory'
like 'plan: totals' "$out" \
	'^3 to send, 30 tokens; 0 up to date, 1 blank, 1 unreadable; outside the range: 777_prompt\.txt$'
like 'plan: when' "$out" '^prompts 1 to 3, 30 tokens: at once$'
ok 'plan: no outputs/' no test -e "$ws/outputs"
ok 'plan: no ledger' no test -e "$ws/usage.md"
cp "$out" "$tmp/plan"
looks '-n' -n
ok '-n: the same' cmp -s "$out" "$tmp/plan"
looks 'run -n' run --dry-run
ok 'run -n: the same' cmp -s "$out" "$tmp/plan"
looks 'plan 2' plan 2
is 'plan 2: exit status' $rc 0
like 'plan 2: only that' "$out" '^1 to send, 10 tokens'
looks 'plan 99' plan 99
is 'plan 99: exit status' $rc 2
rmdir "$ws/prompts/5_prompt.txt"
looks 'plan --json' plan --json
is 'plan --json: exit status' "$(json exit_status)" 0
is 'plan --json: pending' "$(json pending)" 3
is 'plan --json: tokens' "$(sed -n 's/^	"estimated_tokens":	\([0-9]*\),$/\1/p' "$out")" 30
url=https://api.example.invalid/v1
saved=$key
key=
looks 'plan without a key and a network' plan
is 'plan without a key and a network: exit status' $rc 0
key=$saved
url=$base/v1

# ---- it says what run then does ----
looks 'a batch too large' plan --limit-batch-tokens 20
is 'a batch too large: exit status' $rc 3
like 'a batch too large: said' "$out" 'would be refused: over 20 tokens in one batch'
batch --limit-batch-tokens 20
is 'a batch too large: so does run' $rc 3
looks '--split' plan --limit-batch-tokens 20 --split
is '--split: exit status' $rc 0
like '--split: the first batch' "$out" '^prompts 1 to 2, 20 tokens: at once$'
usage 499999 1 10
looks 'the minute' plan
is 'the minute: exit status' $rc 0
like 'the minute: said' "$out" \
	'^prompts 1 to 3, 30 tokens: after [0-9.hms]+, at .* \(500,000 tokens a minute\)$'
looks 'the minute, --no-wait' plan --no-wait
is 'the minute, --no-wait: exit status' $rc 75
batch --no-wait
is 'the minute, --no-wait: so does run' $rc 75
usage 1 1 4999999
looks 'the day' plan
like 'the day: said' "$out" 'at [0-9-]* 00:00:00 \(5,000,000 tokens a day\)'
usage banana 1 1
looks 'a bad ledger' plan
is 'a bad ledger: exit status' $rc 2
like 'a bad ledger: said' "$err" 'usage\.md:1: '
usage 1 1 1
is 'nothing was sent' "$(stat requests)" 0
batch
looks 'all done' plan
like 'all done: said' "$out" '^nothing to do$'
like 'all done: totals' "$out" '^0 to send, 0 tokens; 3 up to date, 1 blank'
looks 'all done, -B' plan -B
like 'all done, -B' "$out" '^3 to send'

# ---- a read-only workspace will do ----
fresh
prompt 1 'one'
usage 1 1 1
if [ "$(id -u)" -eq 0 ]; then
	chmod -R a-w "$ws"
	for command in plan status; do
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$BIN/chatgpt-batch" -C "$ws" $command >"$out" 2>"$err"
		is "$command of a read-only workspace" $? 0
	done
	chmod -R u+w "$ws"
else
	skip 'needs root'
	skip 'needs root'
fi

# ---- status ----
fresh
looks 'status without a ledger' status
is 'status without a ledger: exit status' $rc 0
ok 'status without a ledger: makes none' no test -e "$ws/usage.md"
usage 123456 7 1234567
looks 'status' status
is 'status: exit status' $rc 0
like 'status: minute' "$out" \
	'^tokens this minute +123,456 of +500,000 +free at [0-9-]+ [0-9:]+$'
like 'status: requests' "$out" '^requests this minute +7 of +500 '
like 'status: day' "$out" '^tokens today +1,234,567 of +5,000,000 +free at [0-9-]+ 00:00:00$'
looks 'status --json' status --json
is 'status --json: day' "$(json tokens_within_day)" 1234567
is 'status --json: claims' "$(json claims)" '[]'
usage 123456 7 1234567 "$(date -d '2 minutes ago' +%Y-%m-%dT%H:%M:%S%:z)"
looks 'status after the minute' status
like 'status after the minute: rolled' "$out" '^tokens this minute +0 of +500,000$'
rm -r "$ws/prompts"
looks 'status without prompts/' status
is 'status without prompts/: exit status' $rc 0
looks 'status of operands' status 1
is 'status of operands: exit status' $rc 2

# ---- count ----
fresh
prompt 1 'How do tides work?'
printf 'hello world' >"$ws/b c"
count() {
	(cd "$ws" && "$BIN/chatgpt-batch" count "$@") >"$out" 2>"$err"
	rc=$?
}
count prompts/1_prompt.txt
is 'count: exit status' $rc 0
like 'count: as wc does' "$out" '^ *5 prompts/1_prompt\.txt$'
count prompts/1_prompt.txt 'b c'
like 'count: a total' "$out" '^ *7 total$'
count --chat prompts/1_prompt.txt
like 'count --chat' "$out" '^ *12 '
is 'count: standard input' \
	"$(printf 'hello world' | "$BIN/chatgpt-batch" count | tr -d ' ')" 2
is 'count: standard input by name' \
	"$(printf 'hello world' | "$BIN/chatgpt-batch" count - | tr -d ' -')" 2
is 'count --ids' "$(printf 'hello world' |
	"$BIN/chatgpt-batch" count -e cl100k_base --ids | tr '\n' ' ' |
	sed 's/ *$//')" '15339 1917'
count nowhere prompts/1_prompt.txt
is 'count: a missing file: exit status' $rc 1
like 'count: a missing file: said' "$err" 'nowhere: .*No such file'
like 'count: the others all the same' "$out" '^ *5 prompts'
count -m no-such-model prompts/1_prompt.txt
like 'count: an unknown model is warned of' "$err" 'no-such-model'

done_testing
