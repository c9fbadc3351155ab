#!/bin/sh
# Answers that do not arrive, or not whole: has it been paid for?
. "$(dirname "$0")/lib.sh"
start_sim
table 'broken answers, end to end'

# broken WHAT ATTEMPTS FIRST-LINE ESTIMATES MARKER OPTIONS...: prompt 1 goes
# wrong, and the day is charged so many estimates for it; prompt 2 is answered
broken() {
	begin_row
	what=$1
	attempts=$2
	line=$3
	estimates=$4
	fresh
	prompt 1 "one [[sim: $5]]"
	prompt 2 'two'
	shift 5
	batch --attempts 2 --retries-unknown 1 "$@"
	is "$what: exit status" $rc 1
	is "$what: first line" "$(first 1)" "chatgpt-batch error: $line"
	is "$what: attempts" "$(stat requests)" $((attempts + 1))
	is "$what: requests are counted" \
		"$(ledger requests_within_min)" $((attempts + 1))
	ok "$what: older than its prompt" \
		test "$(answer 1)" -ot "$ws/prompts/1_prompt.txt"
	like "$what: the other is answered" "$(answer 2)" '^On "two"'
	is "$what: charged" "$(ledger tokens_within_day)" \
		$(($(billed two) + estimates * $(estimate 1)))
	ok "$what: nothing is left over" clean
}

# What the simulator billed for the answer to PROMPT.
billed() {
	journal | grep "\"prompt\":\"$1\"" | grep '"billed":true' |
		sed 's/.*"prompt_tokens":\([0-9]*\),"completion_tokens":\([0-9]*\).*/\1+\2/'
}

estimate() {
	"$BIN/chatgpt-batch" count --chat "$ws/prompts/${1}_prompt.txt" |
		sed 's/^ *\([0-9]*\).*/\1/'
}

broken 'not JSON' 2 'bad response (HTTP 200) after 2 attempts' 2 badjson
broken 'an empty body' 2 'bad response (HTTP 200) after 2 attempts' 2 empty
broken 'cut' 2 'connection lost (HTTP 200) after 2 attempts' 2 cut
broken 'closed' 2 'connection lost after 2 attempts' 2 close
broken 'a bad chunk' 2 'connection lost (HTTP 200) after 2 attempts' 2 badchunk
broken 'closed, no retries of unknown fate' 1 \
	'connection lost after 1 attempt' 1 close --retries-unknown 0
broken 'total timeout' 2 'timeout after 2 attempts' 2 hang \
	--timeout $((700 * slow))ms
broken 'idle timeout' 2 'timeout after 2 attempts' 2 hang \
	--idle-timeout $((700 * slow))ms
broken 'too big' 1 'answer too big (HTTP 200) after 1 attempt' 1 huge=300000 \
	--answer-max 10k
broken 'a gzip bomb' 1 'answer too big (HTTP 200) after 1 attempt' 1 bomb \
	--answer-max 1M
broken 'a length that is too short' 2 \
	'bad response (HTTP 200) after 2 attempts' 2 short
broken 'not HTTP' 2 'connection lost after 2 attempts' 2 garbage
broken 'dripping without end' 2 'timeout (HTTP 200) after 2 attempts' 2 \
	drip=100 --timeout $((700 * slow))ms
broken 'endless headers' 2 'connection lost (HTTP 200) after 2 attempts' 2 \
	headers

# ---- no content: a response without an answer in it ----
fresh
prompt 1 'one [[sim: nocontent]]'
batch --attempts 2
is 'no content: exit status' $rc 1
like 'no content: first line' "$(answer 1)" \
	'^chatgpt-batch error: (bad response|empty) \(HTTP 200\) after [12] attempts?$'
ok 'no content: the ledger is exact' exact

# ---- what looks broken and is fine ----
fresh
prompt 1 'one [[sim: drip=2]]'
prompt 2 'two [[sim: http10]]'
prompt 3 'three [[sim: latin1]]'
prompt 4 'four [[sim: nul]]'
prompt 5 'five [[sim: latency=300]]'
batch --idle-timeout 30s
is 'dripping, HTTP/1.0, Latin-1, NUL, late: exit status' $rc 0
is 'dripping, HTTP/1.0, Latin-1, NUL, late: answers' "$(stat billed)" 5
ok 'dripping, HTTP/1.0, Latin-1, NUL, late: the ledger' exact
fresh
prompt 1 'one [[sim: nousage]]'
batch
is 'no usage: exit status' $rc 0
ok 'no usage: our own count instead' \
	test "$(ledger tokens_within_day)" -eq "$(stat billed_total_tokens)"
fresh
prompt 1 'one [[sim: badusage]]'
batch
is 'nonsense as usage: exit status' $rc 0
ok 'nonsense as usage: at least the estimate' \
	test "$(ledger tokens_within_day)" -ge "$(estimate 1)"
ok 'nonsense as usage: no nonsense in the ledger' \
	test "$(ledger tokens_within_day)" -lt 10000

# ---- nobody there ----
fresh
prompt 1 'one'
prompt 2 'two'
there=$url
url=http://127.0.0.1:1/v1
batch --attempts 2
is 'nobody listens: exit status' $rc 1
is 'nobody listens: first line' "$(first 1)" \
	'chatgpt-batch error: connection after 2 attempts'
is 'nobody listens: no tokens' "$(ledger tokens_within_day)" 0
is 'nobody listens: no requests' "$(ledger requests_within_min)" 0
ok 'nobody listens: nothing is left over' clean
url=$there
batch
is 'then somebody does: exit status' $rc 0
ok 'then somebody does: the ledger is exact' exact

done_testing
