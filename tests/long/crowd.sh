#!/bin/sh
# 200 invocations at once, most of which have to wait for the limits: exact, in
# the order in which they came, and whoever is stopped or killed in the queue
# stops nobody else.
# shellcheck disable=SC2119,SC2317 # functions for ok
limit=1800
. "$(dirname "$0")/../e2e/lib.sh"
start_sim --latency 20

# Each has its own prompt, and there are as many for those that take them all.
singles=140
all=160
repetitions=${REPETITIONS:-10}
limits="--range 1-$all --limit-minute-requests 20 --window 2s"

# soon SECONDS: a ledger that admits nobody before then, so that all are there
# before the first goes
soon() {
	usage 0 20 0 "$(date -d "now $1 seconds" +%Y-%m-%dT%H:%M:%S%:z)"
}

# go NAME ARGUMENTS...: one invocation in the background
go() {
	name=$1
	shift
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		"$BIN/chatgpt-batch" "$@" \
		>"$tmp/crowd/$name.out" 2>"$tmp/crowd/$name.err" &
	pid=$!
	started="$started $pid"
	echo "$pid $name" >>"$tmp/crowd/pids"
}

# look: note down all tickets there are: number, pid, since
look() {
	for t in "$ws"/lockfiles/queue/*; do
		{ read -r t_pid t_since _ <"$t"; } 2>/dev/null &&
			echo "${t##*/} $t_pid $t_since"
	done
}

# watch: do so until it is killed
watch() {
	while :; do
		look
		sleep 0.2
	done
}

# finish_all: wait for all; $wrong are those whose status is not 0
finish_all() {
	while read -r pid name; do
		finish "$pid"
		[ "$rc" -eq 0 ] || {
			echo "$name: $rc"
			head -n 3 "$tmp/crowd/$name.err"
		}
	done <"$tmp/crowd/pids" >"$tmp/crowd/wrong"
	wrong=$(cat "$tmp/crowd/wrong")
}

# waited: of the singles, in the order of their tickets: seconds between ticket
# and request, and when that came (seconds)
waited() {
	# What the simulator's clock has to be set forward by.
	ahead=$(perl -MTime::HiRes=time,clock_gettime,CLOCK_MONOTONIC \
		-e 'printf "%.3f", time - clock_gettime(CLOCK_MONOTONIC)')
	journal | sed -n 's/.*"received_ms":\([0-9.]*\).*"prompt":"number \([0-9]*\)".*/\2 \1/p' \
		>"$tmp/crowd/received"
	sort -u -n "$tmp/crowd/tickets" | awk -v ahead="$ahead" '
		FILENAME ~ /received$/ { came[$1] = $2 / 1000 + ahead; next }
		FILENAME ~ /pids$/ { name[$1] = $2; next }
		name[$2] ~ /^single/ {
			n = name[$2]
			sub("single", "", n)
			if (n in came && !(n in seen))
				printf "%.3f %.3f\n", came[n] - $3 / 1e9, came[n]
			seen[n] = 1
		}' "$tmp/crowd/received" "$tmp/crowd/pids" -
}

# overtaken: those whose request came at least most of a window after one whose
# ticket was later
overtaken() {
	awk '{ came[NR] = $2 }
		END {
			for (i = 1; i <= NR; i++)
				for (k = i + 1; k <= NR; k++)
					if (came[i] - came[k] > 2) {
						print i, k, came[i] - came[k]
						break
					}
		}' "$tmp/crowd/waited"
}

# crowd: 200 at once
crowd() {
	fresh
	rm -rf "$tmp/crowd"
	mkdir "$tmp/crowd"
	prompts 1 $all 'number'
	soon 6
	watch >"$tmp/crowd/tickets" &
	watcher=$!
	i=0
	while [ $i -lt $singles ]; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # words
		case $((i % 7)) in
		0) go "status$i" status -C "$ws" --json ;;
		2) go "plan$i" plan -C "$ws" --json $limits --split ;;
		4) [ $((i % 2)) -eq 0 ] || go "count$i" count \
			"$ws/prompts/${i}_prompt.txt" ;;
		esac
		# shellcheck disable=SC2086 # words
		go "single$i" -C "$ws" -q $limits $i
	done
	while [ $i -lt $((singles + 10)) ]; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # words
		go "all$i" -C "$ws" -q $limits --split
	done
	many=$(wc -l <"$tmp/crowd/pids")
	finish_all
	kill $watcher
	wait $watcher 2>/dev/null
}

repetition=0
while [ $repetition -lt "$repetitions" ]; do
	repetition=$((repetition + 1))
	crowd
	is "$repetition: all $many succeed" "$wrong" ''
	ok "$repetition: there are 200" test "$many" -ge 200
	is "$repetition: each prompt is answered once" \
		"$(stat requests) $(stat billed) $(journal | grep -o '"prompt":"[^"]*"' | sort -u | wc -l) $(find "$ws/outputs" -name '*_output.txt' | wc -l)" \
		"$all $all $all $all"
	is "$repetition: the ledger is exact" "$(ledger tokens_within_day)" \
		"$(stat billed_total_tokens)"
	ok "$repetition: no window has more" \
		test "$(ledger requests_within_min)" -le 20
	ok "$repetition: nothing is left over" clean
	is "$repetition: no tickets either" \
		"$(find "$ws/lockfiles/queue" -type f)" ''
	waited >"$tmp/crowd/waited"
	cut -d ' ' -f 1 "$tmp/crowd/waited" | sort -n | awk -v r=$repetition '
		{ t[NR] = $1 }
		END { printf "# %d: %d tickets of single prompts: waited %.1f s at least, %.1f s in the middle, %.1f s at most\n", r, NR, t[1], t[int((NR + 1) / 2)], t[NR] }'
	ok "$repetition: most waited, and were seen" \
		test "$(wc -l <"$tmp/crowd/waited")" -ge $((singles / 2))
	is "$repetition: nobody is overtaken by who came later" "$(overtaken)" ''
done

# ---- one is stopped at the head of the queue, one is killed in it ----
fresh
rm -rf "$tmp/crowd"
mkdir "$tmp/crowd"
prompts 1 20 'number'
soon 6
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	# shellcheck disable=SC2086 # words
	go "single$i" -C "$ws" $limits $i
done
twenty_wait() {
	[ "$(find "$ws/lockfiles/queue" -type f 2>/dev/null | wc -l)" -eq 20 ]
}
ok 'twenty wait' eventually twenty_wait
# The head says until when it waits.
at_head() {
	look | sort -n | head -n 1 >"$tmp/head"
	read -r number stopped _ <"$tmp/head" &&
		grep -qE '^[0-9]+ [0-9]+ [1-9]' "$ws/lockfiles/queue/$number"
}
ok 'one is at the head' eventually at_head
killed=$(look | sort -n | sed -n '8s/^[0-9]* \([0-9]*\) .*/\1/p')
is 'nothing is sent yet' "$(stat requests)" 0
kill -STOP "$stopped"
kill -KILL "$killed"
batch status
like 'status names who is stopped' "$out" \
	"^queue 1: process $stopped \(stopped\)"
batch status --json
is 'status --json does not wait for it' $rc 0
start=$(date +%s%N)
grep -v -e "^$stopped " -e "^$killed " "$tmp/crowd/pids" >"$tmp/others"
cp "$tmp/crowd/pids" "$tmp/pids"
mv "$tmp/others" "$tmp/crowd/pids"
finish_all
is 'the others go on' "$wrong" ''
took=$((($(date +%s%N) - start) / 1000000))
echo "# 18 others, with one stopped before them: all done after $took ms"
ok 'the others go on: soon' test $took -lt $((40000 * slow))
is 'the others go on: all sent' "$(stat requests)" 18
batch status
like 'status still names who is stopped' "$out" \
	"process $stopped \(stopped\)"
kill -CONT "$stopped"
finish "$stopped"
is 'the stopped one goes on' $rc 0
finish "$killed"
is 'the killed one is dead' $rc 137
is 'nineteen are sent' "$(stat requests)" 19
batch --range 1-20
is 'the next run does what is left: exit status' $rc 0
is 'the next run does what is left' "$(stat requests) $(stat billed)" '20 20'
is 'stopped and killed: the ledger is exact' "$(ledger tokens_within_day)" \
	"$(stat billed_total_tokens)"
ok 'stopped and killed: nothing is left over' clean
is 'stopped and killed: no tickets either' \
	"$(find "$ws/lockfiles/queue" -type f)" ''

done_testing
