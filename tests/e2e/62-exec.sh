#!/bin/sh
# --exec: any command as the worker.
# shellcheck disable=SC2016 # for the worker's shell
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"

estimate() {
	"$BIN/chatgpt-batch" count --chat "$ws/prompts/${1}_prompt.txt" |
		sed 's/^ *\([0-9]*\).*/\1/'
}
tokens() {
	"$BIN/chatgpt-batch" count "$1" | sed 's/^ *\([0-9]*\).*/\1/'
}

key=
prompt 1 'How do tides work?'
prompt 12 'Why is the sky blue?'
batch --exec 'tr a-z A-Z'
is 'exit status' $rc 0
is 'prompt in, answer out' "$(cat "$(answer 1)")" 'HOW DO TIDES WORK?'
is 'each its own' "$(cat "$(answer 12)")" 'WHY IS THE SKY BLUE?'
is 'requests are counted' "$(ledger requests_within_min)" 2
is 'tokens are counted' "$(ledger tokens_within_day)" \
	$(($(estimate 1) + $(estimate 12) + $(tokens "$(answer 1)") + $(tokens "$(answer 12)")))
ok 'nothing is left over' clean
batch --exec 'false'
is 'up to date: exit status' $rc 0
batch -B -m gpt-4o --exec 'echo "$PROMPT_NUMBER $PROMPT_FILE $MODEL"' 12
is 'the environment' "$(cat "$(answer 12)")" '12 prompts/12_prompt.txt gpt-4o'
batch -B --exec 'cat "$PROMPT_FILE"; pwd' 12
is 'the directory is the workspace' "$(tail -n 1 "$(answer 12)")" \
	"Why is the sky blue?$ws"

# ---- bytes as they are ----
printf 'a\000b\377\n\n' >"$ws/prompts/2_prompt.txt"
batch --exec 'cat' 2
ok 'binary through and through' cmp -s "$(answer 2)" "$ws/prompts/2_prompt.txt"
head -c 3000000 /dev/zero | tr '\0' 'y' >"$ws/prompts/3_prompt.txt"
batch --exec 'echo begun; sleep 0.1; cat' --limit-batch-tokens 10M \
	--limit-minute-tokens 10M 3
is 'three megabytes: exit status' $rc 0
ok 'three megabytes' test "$(wc -c <"$(answer 3)")" -eq 3000006
batch -B --exec 'echo without reading' --limit-batch-tokens 10M \
	--limit-minute-tokens 10M 3
is 'a worker that does not read: exit status' $rc 0
rm "$ws/prompts/2_prompt.txt" "$ws/prompts/3_prompt.txt"

# ---- failures ----
fails() {
	name=$1
	line=$2
	said=$3
	shift 3
	fresh
	prompt 1 'one'
	prompt 2 'two'
	batch "$@"
	is "$name: exit status" $rc 1
	is "$name: first line" "$(first 1)" \
		"chatgpt-batch error: $line after 1 attempt"
	like "$name: said" "$(answer 1)" "$said"
	is "$name: the other goes on" "$(cat "$(answer 2)")" 'fine'
	ok "$name: older than its prompt" \
		test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	is "$name: the request is counted" "$(ledger requests_within_min)" 2
	is "$name: charged by estimate" "$(ledger tokens_within_day)" \
		$((2 * $(estimate 1) + $(tokens "$(answer 2)")))
	ok "$name: nothing is left over" clean
}
one='if [ $PROMPT_NUMBER = 2 ]; then printf fine; exit; fi;'
fails 'status 3' 'worker failed (exit status 3)' '^no tides today$' \
	--exec "$one"' echo half an answer; echo no tides today >&2; exit 3'
unlike 'status 3: half an answer is none' "$(answer 1)" 'half'
fails 'killed' 'worker failed (exit status 137)' '^dying$' \
	--exec "$one"' echo dying >&2; kill -9 $$'
fails 'no such command' 'worker failed (exit status 127)' \
	'not found|Permission denied' \
	--exec "$one"' no-such-command-here'
fails 'no answer' 'worker failed (exit status 0)' '^the worker wrote no answer$' \
	--exec "$one"' :' ||
	:
fails 'hanging' 'timeout (exit status 143)' '^timed out; patience' \
	--timeout $((500 * slow))ms --exec "$one"' echo patience >&2; exec sleep 1000'
fails 'hanging, and deaf' 'timeout (exit status 137)' 'timed out' \
	--timeout $((500 * slow))ms --exec "$one"' trap "" TERM; while :; do sleep 1; done'
fails 'hanging, with children' 'timeout (exit status 143)' 'timed out' \
	--timeout $((500 * slow))ms --exec "$one"' sleep 1000 & sleep 1000'
fails 'much on standard error' 'worker failed (exit status 1)' \
	'^line 50000$' --exec "$one"' seq -f "line %.0f" 50000 >&2; exit 1'
fails 'too much of an answer' 'worker failed (exit status 153)' '' \
	--answer-max 10k --exec "$one"' exec head -c 20000 /dev/zero'

# ---- what it says is not shown raw ----
fresh
prompt 1 'one'
batch --exec 'printf "\033[31mred\007" >&2; exit 1'
ok 'no escape sequences on the terminal' \
	no grep -q "$(printf '[\033\007]')" "$out" "$err"

# ---- nothing is left running ----
fresh
prompts 1 2 'n'
mkfifo "$tmp/alive"
exec 3<>"$tmp/alive"
start_batch --exec 'echo $$ >'"$tmp/alive"'; exec sleep 1000'
read -r worker1 <&3
read -r worker2 <&3
kill -INT $pid
ok 'interrupted' eventually said 'once more to abort'
kill -INT $pid
finish $pid
is 'aborted: exit status' $rc 130
ok 'aborted: the workers are gone' eventually gone "$worker1" "$worker2"
is 'aborted: charged' "$(ledger tokens_within_day)" \
	$(($(estimate 1) + $(estimate 2)))
ok 'nothing is left over' clean
start_batch --exec 'echo $$ >'"$tmp/alive"'; exec sleep 1000'
read -r worker1 <&3
read -r worker2 <&3
family=$(children $pid)
# shellcheck disable=SC2086 # a list
kill -9 $pid $family
finish $pid
ok 'killed: the workers go with the children' \
	eventually gone "$worker1" "$worker2"
batch --exec cat
is 'the next run: exit status' $rc 0
ok 'nothing is left over' clean

# ---- limits hold, too ----
fresh
prompts 1 3 'n'
batch --exec cat --limit-batch-tokens 10
is 'over the limit: exit status' $rc 3
batch -j 1 --exec 'cat; ls lockfiles | grep -c .lock'
is '-j 1: exit status' $rc 0

done_testing
