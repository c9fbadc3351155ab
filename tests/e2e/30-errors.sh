#!/bin/sh
# Everything that can come back instead of an answer.
. "$(dirname "$0")/lib.sh"
start_sim
table 'errors and partial answers, end to end'

# one WHAT ATTEMPTS FIRST-LINE MARKER OPTIONS...: prompt 1 goes wrong as MARKER
# says, prompt 2 is answered all the same
one() {
	begin_row
	what=$1
	attempts=$2
	line=$3
	fresh
	prompt 1 "one [[sim: $4]]"
	prompt 2 'two'
	shift 4
	batch --attempts 2 --retries-unknown 1 "$@"
	is "$what: exit status" $rc 1
	is "$what: first line" "$(first 1)" "chatgpt-batch error: $line"
	is "$what: attempts" \
		"$(journal | grep -c '"prompt":"one ')" "$attempts"
	is "$what: all requests are counted" \
		"$(ledger requests_within_min)" "$(stat requests)"
	ok "$what: older than its prompt" \
		test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	ok "$what: the other is answered" \
		grep -q '^On "two"' "$(answer 2)"
	like "$what: in the summary" "$out" \
		"^ *1  (failed|incomplete) +$attempts "
	ok "$what: nothing is left over" clean
}

# refused: ... and the day pays only for what was answered
refused() {
	one "$@"
	ok "$1: the ledger is exact" exact
}

x='retry-after=0.01'
refused 500 2 'server error (HTTP 500) after 2 attempts' "500 $x"
like '500: the message' "$(answer 1)" '^The server had an error while processing'
like '500: the request id' "$(answer 1)" '^request id: req_[0-9a-f]+$'
like '500: the type' "$(answer 1)" 'type: server_error'
refused 502 2 'server error (HTTP 502) after 2 attempts' "502 $x"
refused 503 2 'server error (HTTP 503) after 2 attempts' "503 $x"
refused slowdown 2 'slow down (HTTP 503) after 2 attempts' "slowdown $x"
refused 408 2 'timeout (HTTP 408) after 2 attempts' "408 $x"
refused 409 2 'conflict (HTTP 409) after 2 attempts' "409 $x"
refused 429 2 'rate limit (HTTP 429) after 2 attempts' '429 retry-after=0.05'
refused 400 1 'bad request (HTTP 400) after 1 attempt' 400
refused 404 1 'not found (HTTP 404) after 1 attempt' 404
like '404: the code' "$(answer 1)" '^code: model_not_found'
refused 413 1 'request too large (HTTP 413) after 1 attempt' 413
refused 422 1 'bad request (HTTP 422) after 1 attempt' 422
refused context 1 'prompt too long (HTTP 400) after 1 attempt' context
refused toolarge 1 'request too large (HTTP 429) after 1 attempt' toolarge
refused redirect 1 'redirect (HTTP 307) after 1 attempt' redirect
unlike 'redirect: not followed' "$(answer 1)" 'redirected'
refused 418 1 'refused (HTTP 418) after 1 attempt' 'status=418 body=teapot'
refused 'no second try if the server says so' 1 \
	'server error (HTTP 500) after 1 attempt' \
	'500 header="x-should-retry: false"'
refused 'a second try if the server says so' 2 \
	'bad request (HTTP 400) after 2 attempts' \
	"400 $x"' header="x-should-retry: true"'
azure='{"error":{"code":"429","message":"Please retry after 0.02 seconds."}}'
refused "Azure's 429" 2 'rate limit (HTTP 429) after 2 attempts' \
	"status=429 body=$azure"
like "Azure's 429: the code" "$(answer 1)" '^code: 429'
refused "Azure's gateway" 2 'rate limit (HTTP 429) after 2 attempts' \
	'status=429 body={"statusCode":429,"message":"Try again in 20ms."}'
refused "Azure's filter" 1 'filtered (HTTP 400) after 1 attempt' \
	'status=400 body={"error":{"code":"content_filter","message":"No."}}'
refused 'a string for an error' 1 'bad request (HTTP 400) after 1 attempt' \
	'status=400 body={"error":"no model loaded"}'
like 'a string for an error: the message' "$(answer 1)" '^no model loaded$'
refused 'an array' 1 'bad request (HTTP 400) after 1 attempt' \
	'status=400 body=[{"error":{"code":400,"message":"no such field"}}] '
like 'an array: the message' "$(answer 1)" '^no such field$'
refused 'HTML' 2 'server error (HTTP 503) after 2 attempts' \
	'status=503 retry-after=0.01 body=<html><title>Sorry</title></html>'
like 'HTML: its title' "$(answer 1)" '^Sorry$'
refused 'an empty body' 2 'server error (HTTP 500) after 2 attempts' \
	'status=500 retry-after=0.01 body='
refused 'an unknown code' 1 'bad request (HTTP 400) after 1 attempt' \
	'400 code=brand_new type=unheard_of'
like 'an unknown code: as it came' "$(answer 1)" \
	'^code: brand_new, type: unheard_of$'
refused 'a rate limit of an unknown code' 2 \
	'rate limit (HTTP 429) after 2 attempts' \
	'429 code=brand_new retry-after=0.02'
refused 'too long a wait' 1 'server error (HTTP 500) after 1 attempt' \
	'500 retry-after=121'

# ---- answered, but not well: what there is has been paid for ----
kept() {
	begin_row
	fresh
	prompt 1 "one [[sim: $2]]"
	prompt 2 'two'
	batch
	is "$2: exit status" $rc 1
	like "$2: in the summary" "$out" "^ *1  incomplete +1 .*  $1"
	is "$2: one attempt" "$(journal | grep -c '"prompt":"one ')" 1
	like "$2: what there is is kept" "$(answer 1)" "$3"
	ok "$2: older than its prompt" \
		test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	ok "$2: the ledger is exact" exact
}
kept 'cut off' length '^On "one '
kept 'filtered' filter '^On "one '
kept 'refused by the model' refusal "^I'm sorry, I can't help with that\.$"

# paid LABEL MARKER: nothing to keep, but paid for
paid() {
	begin_row
	fresh
	prompt 1 "one [[sim: $2]]"
	batch
	is "$2: exit status" $rc 1
	is "$2: first line" "$(first 1)" \
		"chatgpt-batch error: $1 after 1 attempt"
	is "$2: one attempt" "$(stat requests)" 1
	ok "$2: the ledger is exact" exact
}
paid 'empty (HTTP 200)' notext
paid 'cut off before any text (HTTP 200)' reasoning
like 'reasoning: how much of it' "$(answer 1)" \
	'^no text: of ([0-9]+) output tokens, \1 went into reasoning$'
paid 'tool call (HTTP 200)' toolcall

done_testing
