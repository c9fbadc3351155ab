#!/bin/sh
# With make: one invocation a prompt, and one run on make's slots.
# shellcheck disable=SC2119 # functions without arguments
. "$(dirname "$0")/lib.sh"
start_sim --latency 20
export OPENAI_API_KEY="$key" OPENAI_BASE_URL="$url"

# mk ARGUMENTS...: make in the workspace
mk() {
	PATH=$BIN:$PATH make -C "$ws" "$@" >"$out" 2>"$err"
	rc=$?
}

# new: a workspace whose Makefile has the rules, and one run on make's slots
new() {
	fresh
	cat >"$ws/Makefile" <<-END
		include $root/share/prompts.mk
		run: ; +@chatgpt-batch \$(RUN_FLAGS)
		unshared: ; @chatgpt-batch
	END
}

# sent COUNT: that many requests since the last reset, each prompt once
sent() {
	[ "$(stat requests)" -eq "$1" ] &&
		[ "$(journal | grep -o '"prompt":"[^"]*"' | sort -u |
			wc -l)" -eq "$1" ]
}

new
prompts 1 30 'a target of make,'
mk -j8 answers
is 'make -j8 answers: exit status' $rc 0
ok '... each prompt sent once' sent 30
ok '... at most eight at once' [ "$(stat max_in_flight)" -le 8 ]
ok '... ledger exact' exact
ok '... nothing left behind' clean

mk -j8 answers
like 'again: nothing to be done' "$out" 'Nothing to be done'
touch "$ws/prompts/7_prompt.txt"
mk -n answers
is '-n: one command' "$(grep -c chatgpt-batch "$out")" 1
ok '... nothing sent' [ "$(stat requests)" -eq 30 ]
mk -j8 answers
ok 'touched: only that one' [ "$(stat requests)" -eq 31 ]
mk -j8 -B answers
ok '-B: all of them' [ "$(stat requests)" -eq 61 ]

new
prompts 1 5 'all well with'
prompt 2 'ill [[sim: 400 x1]]'
mk answers
is 'a failed prompt: make fails' $rc 2
mk -k answers
is '... -k: tries it again, and goes on' $rc 0
ok '... with all the answers' [ "$(stat billed)" -eq 5 ]
ok '... ledger exact' [ "$(ledger tokens_within_day)" -eq \
	"$(stat billed_total_tokens)" ]

new
prompts 1 5 'all well with'
prompt 1 'ill [[sim: 400]]'
mk -k answers
is 'one fails, -k: make fails' $rc 2
ok '... the others are answered' [ "$(stat billed)" -eq 4 ]
ok '... the report is kept' grep -q '^chatgpt-batch error: ' "$(answer 1)"

new
prompts 1 12 'on slots of make [[sim: hold]],'
PATH=$BIN:$PATH make -C "$ws" -j6 run >"$out" 2>"$err" &
pid=$!
started="$started $pid"
ok 'one run under -j6: six are sent' sim_wait held=6
release
finish $pid
is '... exit status' $rc 0
is '... never more than six at once' "$(stat max_in_flight)" 6
unlike '... all slots are back' "$err" 'jobserver tokens'

new
prompts 1 12 'two at once,'
mk -j6 run RUN_FLAGS=-j2
ok '... its own -j is lower' [ "$(stat max_in_flight)" -le 2 ]
unlike '... all slots are back' "$err" 'jobserver tokens'

new
prompts 1 6 'not shared,'
mk -j6 unshared
is 'a rule without +: exit status' $rc 0
is '... one at a time' "$(stat max_in_flight)" 1
like '... says what helps' "$err" "'\\+'"

# Killed in the middle, with slots in its hands: make counts them at its end.
new
prompts 1 6 'killed [[sim: hold]]'
PATH=$BIN:$PATH make -C "$ws" -j6 run >"$out" 2>"$err" &
pid=$!
started="$started $pid"
ok 'six held' sim_wait held=6
victim=$("$BIN/chatgpt-batch" status -C "$ws" --json |
	sed -n 's/.*"pid":[^0-9]*\([0-9]*\).*/\1/p' | head -n 1)
kill -9 "$victim"
finish $pid
is 'the run is killed: make fails' $rc 2
unlike '... all slots are back' "$err" 'jobserver tokens'
release
done_testing
