#!/bin/sh
# The main job: prompts in, answers out, the ledger kept; then like make.
. "$(dirname "$0")/lib.sh"
start_sim

prompt 1 'How do tides work?'
prompt 2 'Why is the sky blue?'
prompt 10 'What is a monad?'
prompt 100 'The last one.'
batch
is 'exit status' $rc 0
is 'four requests' "$(stat requests)" 4
like 'answer 1' "$(answer 1)" '^On "How do tides work\?"'
like 'answer 100' "$(answer 100)" '^On "The last one\."'
ok 'the ledger is exact' exact
is 'minute tokens, too' "$(ledger tokens_within_min)" \
	"$(stat billed_total_tokens)"
ok 'the ledger has six lines' test "$(wc -l <"$ws/usage.md")" -eq 6
ok 'nothing is left over' clean
is 'answers in numeric order' \
	"$(grep -oE '^ *[0-9]+  answered' "$out" | tr -d ' a-z' | tr '\n' ' ')" \
	'1 2 10 100 '
like 'one attempt, with its tokens' "$out" \
	'^ *1  answered +1 +12 +[0-9]+ +[0-9.]+m?s$'
like 'totals' "$out" '^4 answered; .* tokens in, .* out; '
like 'the ledger in the summary' "$out" \
	'^usage.md: [0-9,]+ tokens and 4 requests this minute, [0-9,]+ tokens today$'
is 'nothing on standard error' "$(cat "$err")" ''
is 'no attempt is named' "$(journal | grep -c '"attempt":1,')" 4
ok 'an answer is newer than its prompt' \
	test "$(answer 1)" -nt "$ws/prompts/1_prompt.txt"
is 'the prompt goes as it is' \
	"$(journal | grep -c '"prompt":"How do tides work?"')" 1

# ---- again ----
before=$(cat "$ws/usage.md")
batch
is 'all up to date: exit status' $rc 0
is 'all up to date: no request' "$(stat requests)" 4
like 'all up to date: said' "$out" '^0 answered, 4 up to date;'
is 'all up to date: the ledger is untouched' "$(cat "$ws/usage.md")" "$before"
batch -v
like 'with -v each is named' "$out" '^ *10  up to date'

touch "$ws/prompts/2_prompt.txt"
cp -p "$(answer 1)" "$tmp/one"
batch
is 'a newer prompt: exit status' $rc 0
is 'a newer prompt: only that' "$(journal | tail -n 1 | grep -c 'sky blue')" 1
is 'a newer prompt: one request' "$(stat requests)" 5
like 'a newer prompt: said' "$out" '^1 answered, 3 up to date;'
ok 'a newer prompt: the others are untouched' \
	no test "$(answer 1)" -nt "$tmp/one"

batch -B
is '-B: all again' "$(stat requests)" 9
is '-B: exit status' $rc 0
ok 'the ledger is exact over five runs' exact

# ---- named ----
prompts 20 23 'named'
batch 21
is 'by number: exit status' $rc 0
is 'by number: one request' "$(stat requests)" 10
ok 'by number: answered' test -s "$(answer 21)"
ok 'by number: no other' no test -e "$(answer 20)"
batch prompts/22_prompt.txt "$ws/prompts/23_prompt.txt"
is 'by path, relative and absolute' "$(stat requests)" 12
batch 22 22 prompts/22_prompt.txt
is 'named again: up to date' "$(stat requests)" 12
batch -B 22 22 prompts/22_prompt.txt
is 'named three times: sent once' "$(stat requests)" 13
batch 20 99
is 'a missing prompt: exit status' $rc 2
is 'a missing prompt: nothing sent' "$(stat requests)" 13
like 'a missing prompt: said' "$err" '99_prompt\.txt: No such file'
batch prompts/99_prompt.txt
is 'a missing path: exit status' $rc 2
batch 0
is 'number 0: exit status' $rc 2
batch 101
is 'number 101: exit status' $rc 2
like 'number 101: --range is named' "$err" '\-\-range'
batch /etc/passwd
is 'a file from elsewhere: exit status' $rc 2
is 'none of these sent' "$(stat requests)" 13

# ---- --json ----
fresh
prompt 7 'seven'
prompt 8 ' '
batch --json
is 'json: exit status' $rc 0
is 'json: exit_status' "$(json exit_status)" 0
is 'json: prompt' "$(json prompt)" 7
is 'json: outcome' "$(json outcome)" answered
is 'json: attempts' "$(json attempts)" 1
is 'json: input' "$(json input_tokens)" "$(stat billed_input_tokens)"
is 'json: output' "$(json output_tokens)" "$(stat billed_output_tokens)"
is 'json: ledger' "$(json tokens_within_day)" "$(stat billed_total_tokens)"
is 'json: blank' "$(json blank)" 1
is 'json: one object' "$(head -n 1 "$out")$(tail -n 1 "$out")" '{}'
batch -q -B
is 'quiet: nothing on stdout' "$(cat "$out")" ''
is 'quiet: nothing on stderr' "$(cat "$err")" ''

# ---- -C ----
fresh
prompt 1 'here'
mkdir "$tmp/there"
mv "$ws/prompts" "$tmp/there/"
export OPENAI_API_KEY="$key" OPENAI_BASE_URL="$url"
(cd "$tmp" && "$BIN/chatgpt-batch" -C there >"$out" 2>&1)
is 'a relative -C: exit status' $? 0
ok 'a relative -C: answered there' test -s "$tmp/there/outputs/1_output.txt"
(cd "$tmp/there" && "$BIN/chatgpt-batch" -B >"$out" 2>&1)
is 'the current directory: exit status' $? 0
is 'both sent' "$(stat requests)" 2
"$BIN/chatgpt-batch" -C "$tmp/nowhere" >"$out" 2>"$err"
is 'no such directory: exit status' $? 2
like 'no such directory: said' "$err" 'nowhere: No such file'
"$BIN/chatgpt-batch" -C "$ws" >"$out" 2>"$err"
is 'no prompts/: exit status' $? 2
like 'no prompts/: said' "$err" 'prompts: open: No such file'

done_testing
