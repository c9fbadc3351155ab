#!/bin/sh
# The command line: help, mistakes, and a standard output that is not there.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim
prompts 1 2 'one'

batch --help
is '--help: exit status' $rc 0
like '--help: usage' "$out" '^usage: chatgpt-batch '
is '--help: nothing on stderr' "$(cat "$err")" ''
ok '--help: fits a terminal' no grep -qE '^.{81}' "$out"
for command in run plan count status version; do
	batch help $command
	is "help $command: exit status" $rc 0
	like "help $command: usage" "$out" "^usage: chatgpt-batch .*$command"
done
batch help nonsense
is 'help nonsense: exit status' $rc 2
batch --version
is '--version: exit status' $rc 0
like '--version' "$out" '^chatgpt-batch [0-9]+\.[0-9]+\.[0-9]+$'
cp "$out" "$tmp/version"
batch version
ok 'version: the same' cmp -s "$out" "$tmp/version"

# mistake PATTERN ARGUMENTS...
mistake() {
	pattern=$1
	shift
	batch "$@"
	is "$*: exit status" $rc 2
	like "$*: said" "$err" "^chatgpt-batch: .*$pattern"
	is "$*: nothing on stdout" "$(cat "$out")" ''
}
mistake "did you mean '?--model" --modle gpt-4o
mistake "did you mean '?--no-wait" --nowait
mistake 'unknown option .-Q' -Q
mistake "did you mean 'status'" statsu
mistake 'chatgpt-batch --help' frobnicate
mistake '--jobs' --jobs 0
mistake '-j' -j x
mistake '--range' --range 5
mistake '--range' --range 0-5
mistake '--timeout' --timeout soon
mistake '--limit-batch-tokens' --limit-batch-tokens -5
mistake '--limit-batch-tokens' --limit-batch-tokens 99999999999999999999
mistake '--model' --model
mistake '--temperature' --temperature 3
mistake 'seed.*KEY=JSON' --param seed
mistake 'seed.*JSON' --param 'seed={'
mistake '--encoding|-e' -e no_such_base
mistake '--base-url|URL' --base-url 'ftp://example.com'
mistake '--base-url|URL' --base-url 'http://127.0.0.1:99999/v1'
mistake '--color' --color perhaps
mistake '--window' --window 0
mistake 'system' --system /nowhere
mistake 'leading zeros' 01
mistake '--range 1-2' 1-2
mistake '--limit-day-tokens|CHATGPT_BATCH' --limit-day-tokens=
CHATGPT_BATCH_WINDOW=soon batch
is 'a bad variable: exit status' $rc 2
like 'a bad variable: said' "$err" 'CHATGPT_BATCH_WINDOW'
is 'none of these sent anything' "$(stat requests)" 0
ok 'none of these wrote anything' no test -e "$ws/outputs"

# ---- what goes into a request ----
echo 'Be brief.' >"$ws/system.txt"
batch --system system.txt --max-output-tokens 5 --temperature 0.5 \
	--param seed=7 --param 'stop=["END"]' -m gpt-4o 1
is 'options of requests: exit status' $rc 1
like 'options of requests: cut off' "$out" '^ *1  incomplete .* 5 .*cut off'
is 'options of requests: the model' \
	"$(journal | grep -c '"model":"gpt-4o"')" 1
ok 'options of requests: the system message is counted, exactly' exact
batch plan -B --json --system system.txt 1
is 'options of requests: the estimate is the truth' \
	"$(json estimated_tokens)" "$(stat billed_input_tokens)"

# ---- standard output ----
fresh
prompts 1 2 'one'
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$ws" \
	2>"$err" >/dev/full
is '/dev/full: exit status' $? 1
like '/dev/full: said' "$err" 'standard output: write: No space left'
ok '/dev/full: the answers are there' test -s "$(answer 2)"
ok '/dev/full: the ledger is exact' exact
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$ws" -B \
	2>"$err" >&-
rc=$?
# Valgrind opens what is closed before the program begins.
if [ "${SAN:-}" = valgrind ]; then
	skip 'closed: exit status'
else
	is 'closed: exit status' $rc 1
fi
is 'closed: sent' "$(stat requests)" 4
ok 'closed: no summary in an answer' no grep -qr 'tries' "$ws"
ok 'closed: the ledger is exact' exact
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$ws" -B \
	<&- >&- 2>&-
is 'all closed: exit status' $? 1
is 'all closed: sent' "$(stat requests)" 6
ok 'all closed: the answer is one' grep -q '^On "one 2"' "$(answer 2)"
ok 'all closed: no summary anywhere' no grep -qrE 'tries|chatgpt-batch:' \
	"$ws/outputs" "$ws/usage.md" "$ws/prompts"
ok 'all closed: the ledger is exact' exact
ok 'all closed: nothing is left over' clean
OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$ws" -B -q \
	2>"$err" >/dev/full
is '/dev/full and quiet: exit status' $? 0
for command in --help --version status plan 'count prompts/1_prompt.txt'; do
	# shellcheck disable=SC2086 # words
	(cd "$ws" && "$BIN/chatgpt-batch" $command >/dev/full 2>"$err")
	is "$command to /dev/full: exit status" $? 1
done
(
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" -C "$ws" \
		-B -v 2>"$err"
	echo $? >"$tmp/status"
) | :
eventually test -s "$tmp/status"
ok 'a reader that has gone: exit status' test "$(cat "$tmp/status")" -le 1
ok 'a reader that has gone: the ledger is exact' exact

# ---- colors and control characters ----
fresh
printf 'evil \033]0;title\007 [[sim: 400 message="a\033[31mb"]]' \
	>"$ws/prompts/1_prompt.txt"
batch -v --color always
ok 'colors on demand' grep -q "$(printf '\033')\[31mfailed" "$out"
ok "no one else's" no grep -q "$(printf '\033')\[31mb" "$out" "$err"
batch -v
ok 'no colors in a file' no grep -q "$(printf '\033')" "$out" "$err"
ok 'progress is for terminals' no grep -q "$(printf '\r')" "$err"

# ---- on a terminal ----
if command -v script >/dev/null; then
	fresh
	prompts 1 3 'tty [[sim: latency=300]]'
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url TERM=xterm script -qec \
		"'$BIN/chatgpt-batch' -C '$ws'" /dev/null >"$out" 2>"$err" \
		</dev/null
	ok 'progress on a terminal' grep -qE \
		"0/3 done, 0 failed, 3 running" "$out"
	ok 'colors on a terminal' grep -q "$(printf '\033')\[32manswered" "$out"
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url TERM=xterm NO_COLOR=1 \
		script -qec "'$BIN/chatgpt-batch' -C '$ws' -B -q" /dev/null \
		>"$out" 2>"$err" </dev/null
	is 'quiet on a terminal' "$(tr -d '\r\n' <"$out")" ''
else
	skip 'no script(1)'
	skip 'no script(1)'
	skip 'no script(1)'
fi

done_testing
