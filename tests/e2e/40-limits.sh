#!/bin/sh
# The limits: refused, waited for, or just met.
. "$(dirname "$0")/lib.sh"
start_sim

# tokens N COUNT: prompt N of exactly so many tokens by the program's count;
# " a" is one in every encoding, and 7 are the message's
tokens() {
	{
		printf 'a'
		yes ' a' | head -n $(($2 - 8)) | tr -d '\n'
	} >"$ws/prompts/${1}_prompt.txt"
	touch -d '10 seconds ago' "$ws/prompts/${1}_prompt.txt"
}

# sum COUNT...: prompts 1, 2, ... of these sizes
sizes() {
	fresh
	n=0
	for size; do
		n=$((n + 1))
		tokens $n "$size"
	done
}

# ---- a batch ----
sizes 100000 150001 50000
usage 17 1 18
cp -p "$ws/usage.md" "$tmp/usage.md"
batch
is '300,001 tokens: exit status' $rc 3
is '300,001 tokens: nothing sent' "$(stat requests)" 0
ok '300,001 tokens: the ledger is untouched' cmp -s "$ws/usage.md" "$tmp/usage.md"
like '300,001 tokens: the sum and the limit' "$err" \
	'refused: 300,001 tokens in 3 prompts, over the limit of 300,000 tokens in one batch.*nothing was sent'
like '300,001 tokens: the heaviest' "$err" \
	'heaviest prompts: 2 \(150,001\), 1 \(100,000\), 3 \(50,000\)'
like '300,001 tokens: what would help' "$err" '\-\-split'
ok '300,001 tokens: no outputs' no test -e "$(answer 1)"
ok '300,001 tokens: no claims' clean
batch --json
is '300,001 tokens, json: exit_status' "$(json exit_status)" 3
is '300,001 tokens, json: pending' "$(json pending)" 3
sizes 100000 150000 50000
batch
is '300,000 tokens: exit status' $rc 0
is '300,000 tokens: sent' "$(stat billed_input_tokens)" 300000
ok '300,000 tokens: the ledger is exact' exact
sizes 300001
batch --split
is 'one prompt over the limit, --split: exit status' $rc 3
like 'one prompt over the limit, --split: said' "$err" \
	'prompt 1 alone has 300,001 tokens'
is 'one prompt over the limit, --split: nothing sent' "$(stat requests)" 0
sizes 100000 150001 50000
batch --split
is '--split: exit status' $rc 0
is '--split: all sent' "$(stat billed)" 3
ok '--split: the ledger is exact' exact
batch --limit-batch-tokens 10 -B
is '--limit-batch-tokens: exit status' $rc 3
fresh
prompts 1 3 'small'
CHATGPT_BATCH_LIMIT_BATCH_TOKENS=10
export CHATGPT_BATCH_LIMIT_BATCH_TOKENS
batch
is 'the limit from the environment: exit status' $rc 3
batch --limit-batch-tokens 1k
is 'the option goes before it: exit status' $rc 0
unset CHATGPT_BATCH_LIMIT_BATCH_TOKENS

# ---- never to be admitted ----
fresh
prompts 1 3 'small'
usage 1 1 1
cp -p "$ws/usage.md" "$tmp/usage.md"
for limit in minute-tokens minute-requests day-tokens; do
	start_batch --limit-$limit 2
	finish $pid
	is "never within --limit-$limit: exit status" $rc 3
done
is 'never: nothing sent' "$(stat requests)" 0
ok 'never: the ledger is untouched' cmp -s "$ws/usage.md" "$tmp/usage.md"

# ---- the minute's tokens ----
fresh
prompt 1 'one'
usage 499999 3 1000
start_batch --window $((3 * slow))s
ok '499,999 tokens: the wait is announced' eventually said \
	'waiting until [0-9:]{8} \([0-9.]+m?s\): the limit of 500,000 tokens a minute \(499,999 used\)'
is '499,999 tokens: nothing sent yet' "$(stat requests)" 0
finish $pid
is '499,999 tokens: exit status' $rc 0
is '499,999 tokens: then sent' "$(stat requests)" 1
is '499,999 tokens: announced once' "$(grep -c waiting "$err")" 1
is '499,999 tokens: a new minute' "$(ledger tokens_within_min)" \
	"$(stat billed_total_tokens)"
is '499,999 tokens: the same day' "$(ledger tokens_within_day)" \
	$((1000 + $(stat billed_total_tokens)))
fresh
prompt 1 'one'
usage $((500000 - $("$BIN/chatgpt-batch" count --chat "$ws/prompts/1_prompt.txt" |
	sed 's/^ *\([0-9]*\).*/\1/'))) 3 1000
batch --no-wait
is 'exactly at the limit: exit status' $rc 0
usage 499999 3 1000
cp -p "$ws/usage.md" "$tmp/usage.md"
for how in '--no-wait' '--max-wait 10s'; do
	# shellcheck disable=SC2086 # words
	batch -B $how
	is "$how: exit status" $rc 75
	like "$how: said" "$err" \
		'would have to wait .*: 500,000 tokens a minute'
	like "$how: pending" "$out" '1 still pending'
	ok "$how: the ledger is untouched" cmp -s "$ws/usage.md" "$tmp/usage.md"
done
is 'nothing sent' "$(stat requests)" 1
usage 499999 3 1000
batch -B --max-wait 20s --window 1s
is '--max-wait that is enough: exit status' $rc 0

# ---- the minute's requests ----
fresh
prompts 1 2 'both'
usage 10 499 10
start_batch --window $((3 * slow))s
ok '500 requests: the wait is announced' eventually said \
	'the limit of 500 requests a minute \(499 used\)'
finish $pid
is '500 requests: exit status' $rc 0
is '500 requests: a new minute' "$(ledger requests_within_min)" 2
usage 10 499 10
batch -B 1 --no-wait
is 'exactly 500 requests: exit status' $rc 0
is 'exactly 500 requests: counted' "$(ledger requests_within_min)" 500

# ---- requests beyond a window, one batch after the other ----
fresh
prompts 1 6 'six'
batch --split --limit-minute-requests 2 --window 500ms
is 'two requests a window, --split: exit status' $rc 0
is 'two requests a window, --split: all' "$(stat billed)" 6
is 'two requests a window, --split: the day' "$(ledger tokens_within_day)" \
	"$(stat billed_total_tokens)"
ok 'two requests a window, --split: no more than two in any' \
	test "$(ledger requests_within_min)" -le 2

# ---- the day ----
fresh
prompt 1 'one'
usage 10 1 4999999
cp -p "$ws/usage.md" "$tmp/usage.md"
start_batch
ok 'the day: the wait is announced' eventually said \
	'waiting until 00:00:00 \(1[0-9]h[0-9]*m?\): the limit of 5,000,000 tokens a day \(4,999,999 used\)'
kill -INT $pid
start=$(date +%s%N)
finish $pid
is 'the day: SIGINT ends the wait' $rc 130
ok 'the day: at once' \
	test $((($(date +%s%N) - start) / 1000000)) -lt $((1000 * slow))
is 'the day: nothing sent' "$(stat requests)" 0
ok 'the day: the ledger is untouched' cmp -s "$ws/usage.md" "$tmp/usage.md"
ok 'the day: no claims' clean
batch --no-wait
is 'the day, --no-wait: exit status' $rc 75
batch --limit-day-tokens 6M
is 'a higher limit: exit status' $rc 0

# ---- midnight has passed, a minute has passed ----
usage 10 1 4999999 "$(date -d yesterday +%Y-%m-%dT23:59:00%:z)"
batch -B
is 'a new day: exit status' $rc 0
is 'a new day: only what is new' "$(ledger tokens_within_day)" \
	"$(ledger tokens_within_min)"
usage 499999 499 1000 "$(date -d '61 seconds ago' +%Y-%m-%dT%H:%M:%S%:z)"
batch -B --no-wait
is 'a new minute: exit status' $rc 0
is 'a new minute: one request' "$(ledger requests_within_min)" 1
usage 499999 499 1000 "$(date -d 'now 3 hours' +%Y-%m-%dT%H:%M:%S%:z)"
batch -B --no-wait
is 'a Date in the future: waited for' $rc 75
like 'a Date in the future: said' "$err" 'in the future'

# ---- flags ----
usage 10 1 5000001
batch -B --limit-day-tokens 6M --limit-minute-tokens 20000
is 'the flag of the day follows the limit' "$(ledger day_token_limit_reached)" 0
fresh
prompt 1 'one [[sim: tokens=500]]'
batch --limit-minute-tokens 100 --limit-day-tokens 100
is 'answers can go over a limit: exit status' $rc 0
is 'answers can go over a limit: the flag of the minute' \
	"$(ledger minute_token_limit_reached)" 1
is 'answers can go over a limit: the flag of the day' \
	"$(ledger day_token_limit_reached)" 1

done_testing
