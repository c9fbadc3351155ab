#!/bin/sh
# --log: a line for each attempt, whole, and nothing in it that is confidential.
. "$(dirname "$0")/lib.sh"
start_sim
log=$tmp/log.jsonl

# of PROMPT [ATTEMPT]: its lines
of() {
	grep "\"prompt\":$1,\"attempt\":${2:-[0-9]*}," "$log"
}

# value NAME: of one line on standard input
value() {
	sed 's/.*"'"$1"'":\("[^"]*"\|[^,}]*\).*/\1/' | tr -d '"'
}

# sum NAME: of all lines
sum() {
	sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p' "$log" |
		awk '{ n += $1 } END { print n }'
}

prompt 1 'SECRET one [[sim: 500 x2 retry-after=0.02]]'
prompt 2 'SECRET two [[sim: close x1]]'
prompt 3 'SECRET three [[sim: length cached=3 thought=4]]'
prompt 4 'SECRET four [[sim: 400 message="you said SECRET and sk-e2e-key"]]'
prompt 5 'SECRET five [[sim: 429 x1 retry-after=0.05]]'
prompt 6 'SECRET six'
batch --log "$log"
is 'exit status' $rc 1
is 'a line for each attempt' "$(wc -l <"$log")" "$(stat requests)"
is 'each is an object' "$(grep -cE '^\{"time":"20[0-9T:.-]+Z",.*\}$' "$log")" \
	"$(stat requests)"
is 'no prompt, no answer, no key' \
	"$(grep -cE 'SECRET|sk-e2e|fnv|simulated' "$log")" 0
is 'tried again: attempts' "$(of 1 | value attempt | paste -s -d ' ')" '1 2 3'
is 'tried again: verdicts' "$(of 1 | value verdict | paste -s -d ' ')" \
	'retry retry answered'
is 'tried again: why' "$(of 1 1 | value why)" 'server error'
is 'tried again: status' "$(of 1 1 | value status)" 500
is 'tried again: type' "$(of 1 1 | value type)" server_error
is 'tried again: the wait asked for' "$(of 1 1 | value retry_after_ms)" 20
is 'tried again: one key for all' "$(of 1 | value id | sort -u)" \
	"$(journal | grep '"prompt":"SECRET one' | head -n 1 |
		value idempotency_key)"
is 'lost: verdict' "$(of 2 1 | value verdict)" retry
is 'lost: why' "$(of 2 1 | value why)" 'connection lost'
like 'lost: what went wrong' "$log" '"error":"answer from 127.0.0.1:'
is 'lost: billed by the estimate' "$(of 2 1 | value billed_tokens)" \
	"$(of 2 1 | value estimated_tokens)"
is 'cut: verdict' "$(of 3 | value verdict)" incomplete
is 'cut: finish' "$(of 3 | value finish)" length
is 'cut: cached' "$(of 3 | value cached_tokens)" 3
is 'cut: reasoning' "$(of 3 | value reasoning_tokens)" 4
is 'refused: verdict' "$(of 4 | value verdict)" failed
is 'refused: not billed' "$(of 4 | value billed_tokens)" 0
is 'held: verdict' "$(of 5 1 | value verdict)" hold
is 'held: code' "$(of 5 1 | value code)" rate_limit_exceeded
is 'limits of the server' "$(of 6 | value ratelimit_limit_tokens)" \
	"$(curl -s -i -H "Authorization: Bearer x" -d '{"model":"gpt-4o",
		"messages":[{"role":"user","content":"x"}]}' \
		"$url/chat/completions" | tr -d '\r' |
		sed -n 's/^x-ratelimit-limit-tokens: //p')"
like 'the request has a name' "$log" '"request_id":"req_[0-9a-f]+"'
like 'and times' "$log" \
	'"queued_ms":[0-9.]+,.*"first_byte_ms":[0-9.]+,"total_ms":[0-9.]+'
is 'what was billed adds up to the day' "$(sum billed_tokens)" \
	"$(ledger tokens_within_day)"
is 'its mode is a new file'"'s" "$(stat_mode() { command stat -c %a "$1"; }
	stat_mode "$log")" 644

# ---- again: appended ----
before=$(wc -l <"$log")
cp "$log" "$tmp/before"
batch --log "$log"
ok 'appended' test "$(wc -l <"$log")" -gt "$before"
ok 'what was there is as it was' \
	cmp -s -n "$(wc -c <"$tmp/before")" "$tmp/before" "$log"

# ---- from .env, relative to the workspace; plan and a bad name ----
fresh
prompt 1 'one'
echo 'CHATGPT_BATCH_LOG=my.log' >"$ws/.env"
batch plan
ok 'plan writes none' no test -e "$ws/my.log"
batch
is 'in the workspace' "$(wc -l <"$ws/my.log")" 1
batch -B --log none/log
is 'cannot be opened: exit status' $rc 2
like 'cannot be opened: said' "$err" 'none/log: open: No such file'
batch -B --log usage.md
is 'the ledger: exit status' $rc 2
like 'the ledger: said' "$err" 'usage.md: is the ledger, not a log'
is 'neither has sent anything' "$(stat requests)" 1

# ---- a command has no model and no times of a network ----
fresh
prompt 1 'one'
rm -f "$log"
batch --exec 'cat; exit 3' --log "$log"
is 'a command: status' "$(of 1 | value status)" 3
is 'a command: why' "$(of 1 | value why)" 'worker failed'
unlike 'a command: no model' "$log" '"model"'

# ---- a full disk: answers and counts as if there were no log ----
fresh
prompts 1 5 'some'
batch --log /dev/full
is 'a full disk: exit status' $rc 1
like 'a full disk: all answered' "$out" '^5 answered;'
ok 'a full disk: the ledger is exact' exact
is 'a full disk: said once' "$(grep -c 'going on without it' "$err")" 1
like 'a full disk: what is missing' "$err" \
	'5 of 5 attempts are not in the log: /dev/full: write: No space left'
ok 'a full disk: nothing is left over' clean
batch --log /dev/full
is 'nothing to log: exit status' $rc 0

# ---- a reader that goes away, one that does not read ----
mkfifo "$tmp/pipe"
head -n 1 <"$tmp/pipe" >"$tmp/first" &
batch -B --log "$tmp/pipe"
wait $!
like 'a pipe: a line came through' "$tmp/first" '^\{"time"'
like 'a pipe: all answered' "$out" '^5 answered;'
exec 9<>"$tmp/pipe"
batch -B --log "$tmp/pipe"
exec 9<&-
is 'a pipe that is not read: exit status' $rc 0

# ---- a run that is killed: the next one tells of its attempts ----
fresh
rm -f "$log"
prompt 1 'one [[sim: hold]]'
prompt 2 'two [[sim: hold]]'
start_batch --log "$log"
ok 'killed: both are sent' sim_wait held=2
kids=$(children $pid)
# shellcheck disable=SC2086 # a list
kill -9 $pid $kids
finish $pid
# shellcheck disable=SC2086 # a list
ok 'killed: all are gone' eventually gone $kids
is 'killed: nothing was logged' "$(wc -l <"$log")" 0
release
batch --log "$log"
is 'the next run: exit status' $rc 0
is 'the next run: tells of them' \
	"$(of '[12]' 1 | value verdict | sort | paste -s -d ' ')" \
	'answered answered settled settled'
is 'the next run: whose they were' \
	"$(grep '"verdict":"settled"' "$log" | value pid | sort -u)" "$pid"
is 'the next run: what was billed adds up to the day' "$(sum billed_tokens)" \
	"$(ledger tokens_within_day)"

# ---- many invocations, one log ----
fresh
rm -f "$log"
prompts 1 40 'together'
pids=
n=1
while [ $n -le 40 ]; do
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url "$BIN/chatgpt-batch" \
		-C "$ws" --log "$log" -q $n >/dev/null 2>>"$err" &
	pids="$pids $!"
	n=$((n + 1))
done
# shellcheck disable=SC2086 # a list
wait $pids
is 'together: a line each' "$(wc -l <"$log")" 40
is 'together: whole' "$(grep -cE '^\{"time":"[^{]*\}$' "$log")" 40
is 'together: of as many prompts' \
	"$(value prompt <"$log" | sort -u | wc -l)" 40
is 'together: of as many invocations' \
	"$(value pid <"$log" | sort -u | wc -l)" 40
is 'together: the sum is the day' "$(sum billed_tokens)" \
	"$(ledger tokens_within_day)"

done_testing
