#!/bin/sh
# The Responses API: the same job, and its own ways to end.
. "$(dirname "$0")/lib.sh"
start_sim
table 'endings of the Responses API, end to end'

# ---- asked for, in each of the places ----
prompt 1 'How do tides work?'
prompt 2 'Why is the sky blue?'
batch --api responses
is 'exit status' $rc 0
like 'answer 1' "$(answer 1)" '^On "How do tides work\?"'
is 'asked where it should be' "$(journal | grep -c '"path":"/v1/responses"')" 2
is 'with a key for each prompt' "$(journal |
	grep -oE '"idempotency_key":"[^"]+"' | sort -u | wc -l)" 2
ok 'the ledger is exact' exact
ok 'nothing is left over' clean
echo 'CHATGPT_BATCH_API=responses' >"$ws/.env"
batch -B 1
is 'from .env' "$(journal | grep -c '"path":"/v1/responses"')" 3
batch -B --api chat 1
is 'the command line goes before it' \
	"$(journal | grep -c '"path":"/v1/chat/completions"')" 1
batch --api completions
is 'another: exit status' $rc 2
like 'another: said' "$err" \
	"--api: 'completions' is not an API: there are chat and responses"
batch --api responses --exec cat
is 'with --exec: exit status' $rc 2
rm "$ws/.env"

# ---- system message, size, usage ----
fresh
prompt 1 'one [[sim: cached=5 thought=9]]'
echo 'Be brief.' >"$ws/system"
batch --api responses --system system --max-output-tokens 500 --json \
	--param store=false
is 'with a system message: exit status' $rc 0
is 'with a system message: input' "$(json input_tokens)" \
	"$(stat billed_input_tokens)"
is 'with a system message: reserved as much' "$(json estimated_tokens)" \
	"$(stat billed_input_tokens)"
is 'with a system message: output' "$(json output_tokens)" \
	"$(stat billed_output_tokens)"
ok 'with a system message: the ledger is exact' exact

# ---- ends that are not plain success ----
# ends WHAT MARKER FIRST-LINE: with text, it is kept
kept() {
	begin_row
	fresh
	prompt 1 "one [[sim: $2]]"
	batch --api responses
	is "$2: exit status" $rc 1
	like "$2: in the summary" "$out" "^ *1  incomplete +1 .*  $1"
	like "$2: what there is is kept" "$(answer 1)" "$3"
	ok "$2: older than its prompt" \
		test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	ok "$2: the ledger is exact" exact
}
kept 'cut off' length '^On "one '
kept 'filtered' filter '^On "one '
kept 'refused by the model' refusal "^I'm sorry, I can't help with that\.$"

# none MARKER ATTEMPTS FIRST-LINE: without text
none() {
	begin_row
	fresh
	prompt 1 "one [[sim: $1]]"
	batch --api responses --attempts 2
	is "$1: exit status" $rc 1
	is "$1: first line" "$(first 1)" "chatgpt-batch error: $3"
	is "$1: attempts" "$(stat requests)" "$2"
	ok "$1: nothing is left over" clean
}
none notext 1 'empty (HTTP 200) after 1 attempt'
ok 'notext: the ledger is exact' exact
none reasoning 1 'cut off before any text (HTTP 200) after 1 attempt'
ok 'reasoning: the ledger is exact' exact
none toolcall 1 'tool call (HTTP 200) after 1 attempt'
ok 'toolcall: the ledger is exact' exact
none badjson 2 'bad response (HTTP 200) after 2 attempts'
none nocontent 1 'empty (HTTP 200) after 1 attempt'

# ---- not done, and nobody waits for it ----
none queued 1 'unfinished (HTTP 200) after 1 attempt'
like 'queued: said' "$(answer 1)" 'is queued and is not waited for'
none inprogress 1 'unfinished (HTTP 200) after 1 attempt'
like 'inprogress: said' "$(answer 1)" 'is in_progress and is not waited for'

# ---- failed: by its code, as an error of that kind ----
none failed 2 'server error (HTTP 200) after 2 attempts'
like 'failed: the message' "$(answer 1)" '^The model failed to generate'
like 'failed: the code' "$(answer 1)" '^code: server_error'
failed='{"status":"failed","error":{"code":"%s","message":"%s"},"output":[]}'
# as_code CODE MESSAGE: a body of such a failure, for a marker
as_code() {
	# shellcheck disable=SC2059 # the format is ours
	printf "status=200 body=$failed" "$1" "$2"
}
none "$(as_code invalid_prompt 'Not that.')" 1 \
	'bad request (HTTP 200) after 1 attempt'
none "$(as_code rate_limit_exceeded 'Try again in 20ms.')" 2 \
	'rate limit (HTTP 200) after 2 attempts'
fresh
prompt 1 "one [[sim: $(as_code insufficient_quota 'No money.')]]"
batch --api responses
is 'a quota that ends a response: exit status' $rc 4
is 'a quota that ends a response: asked once' "$(stat requests)" 1

# ---- and tried again ----
fresh
prompt 1 'one [[sim: failed x1]]'
batch --api responses
is 'failed once: exit status' $rc 0
is 'failed once: attempts' "$(stat requests)" 2

done_testing
