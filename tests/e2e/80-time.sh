#!/bin/sh
# Clocks: midnights, zones, and times that cannot be.
#
# Under libfaketime the wall clock stands still at a moment of the test's
# choice; the kernel's timers know nothing of it, so nothing waits there.  What
# waits, or has to pass midnight while it runs, does so in a time zone whose
# midnight is a few real seconds away.
# shellcheck disable=SC2119,SC2317 # functions for ok
limit=120
. "$(dirname "$0")/lib.sh"
start_sim

# ---- midnight in a few seconds: no faking ----

# midnight_in SECONDS: a zone, no further than 12 h away, where that is so
midnight_in() {
	midnight=$(($(date +%s) + $1))
	east=$((-midnight % 86400))
	[ $east -ge -43200 ] || east=$((east + 86400))
	case $east in
	-*) sign=+ ;;
	*) sign=- ;;
	esac
	away=${east#-}
	TZ=$(printf 'MID%s%02d:%02d:%02d' $sign $((away / 3600)) \
		$((away / 60 % 60)) $((away % 60)))
}
# now: for a ledger; offsets there have seconds
now() {
	date +%Y-%m-%dT%H:%M:%S%::z
}
# before_midnight, after_midnight: is it?
before_midnight() {
	[ "$(date +%s)" -lt "$midnight" ]
}
after_midnight() {
	! before_midnight
}
at_midnight() {
	date -d "@$midnight" +%Y-%m-%dT00:00:00
}

# On a busy machine the run may come too late: then with more time.
for seconds in 2 4 8 16; do
	fresh
	prompt 1 'before midnight'
	prompt 2 'after midnight [[sim: hold]]'
	midnight_in $seconds
	usage 100 2 1000 "$(now)"
	start_batch
	ok 'during a run: one is answered, one is held' sim_wait 'held=1'
	ok 'during a run: the one is settled' \
		eventually grep -qs . "$(answer 1)"
	day=$((1000 + $(stat billed_total_tokens)))
	if before_midnight; then
		break
	fi
	kill $pid
	release
	finish $pid
done
eventually after_midnight
early=$(stat billed_total_tokens)
release
finish $pid
is 'during a run: exit status' $rc 0
late=$(($(stat billed_total_tokens) - early))
ok 'during a run: two figures' test $late -gt 0 -a "$early" -gt 0
is 'during a run: the day has what was answered in it' \
	"$(ledger tokens_within_day)" $late
is 'during a run: the minute has both' "$(ledger tokens_within_min)" \
	$((100 + early + late))
is 'during a run: and both requests' "$(ledger requests_within_min)" 4
like 'during a run: the window began at midnight' "$ws/usage.md" \
	"^Date: $(at_midnight)"

waits_or_gone() {
	said waiting || gone $pid
}
for seconds in 3 6 12 24; do
	fresh
	prompt 1 'one'
	midnight_in $seconds
	usage 100 2 4999999 "$(now)"
	start_batch
	eventually waits_or_gone
	said waiting && break
	finish $pid
done
ok 'a wait for midnight: announced' eventually said \
	'waiting until 00:00:00 \([0-9.]+m?s\): the limit of 5,000,000 tokens a day'
is 'a wait for midnight: nothing is sent' "$(stat requests)" 0
finish $pid
is 'a wait for midnight: exit status' $rc 0
ok 'a wait for midnight: not before it' after_midnight
is 'a wait for midnight: sent once' "$(stat requests)" 1
is 'a wait for midnight: announced once' "$(grep -c waiting "$err")" 1
is 'a wait for midnight: a new day' "$(ledger tokens_within_day)" \
	"$(stat billed_total_tokens)"
is 'a wait for midnight: the same minute' "$(ledger tokens_within_min)" \
	$((100 + $(stat billed_total_tokens)))

# ---- the clock is what we say ----
lib=
for file in /usr/lib/*/faketime/libfaketime.so.1 \
	/usr/lib/faketime/libfaketime.so.1; do
	[ ! -e "$file" ] || lib=$file
done
if [ -z "$lib" ] || [ -n "${SAN:-}" ]; then
	skip 'needs faketime, and no sanitizer that has to be loaded first'
	done_testing
fi

# at TIME ARGUMENTS...: run with the clock standing at TIME, which has an
# offset; the library reads times as TZ has them, with the offset guessed
at() {
	when=$(date -d "$1" +%s)
	shift
	LD_PRELOAD=$lib FAKETIME_FMT=%s FAKETIME=$when NO_FAKE_STAT=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
		OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		"$BIN/chatgpt-batch" -C "$ws" "$@" >"$out" 2>"$err"
	rc=$?
}

# sent NAME MINUTE REQUESTS DAY DATE: one more was sent, on top of these
sent() {
	one=$(stat billed_total_tokens)
	is "$1" "$rc: $(ledger tokens_within_min) $(ledger requests_within_min) $(ledger tokens_within_day) $(ledger Date)" \
		"0: $(($2 + one)) $(($3 + 1)) $(($4 + one)) $5"
}

# run NAME DATE NOW MINUTE REQUESTS DAY DATE: the ledger 100 2 1000 of DATE,
# and one request at NOW: what is below it then, and of when
run() {
	fresh
	prompt 1 'one'
	usage 100 2 1000 "$2"
	at "$3" --no-wait
	sent "$1" "$4" "$5" "$6" "$7"
}

# waits NAME DATE NOW SECONDS: the ledger of DATE has a full day: how long?
waits() {
	fresh
	prompt 1 'one'
	usage 100 2 4999999 "$2"
	at "$3" plan --json
	is "$1: how long" "$(json wait_seconds)" "$4"
	cp -p "$ws/usage.md" "$tmp/usage.md"
	at "$3" --no-wait
	is "$1: exit status" $rc 75
	ok "$1: the ledger is untouched" cmp -s "$ws/usage.md" "$tmp/usage.md"
	is "$1: nothing is sent" "$(stat requests)" 0
}

TZ=UTC0
run 'two seconds before midnight' 2026-11-24T23:59:30+00:00 \
	2026-11-24T23:59:58Z 100 2 1000 2026-11-24T23:59:30+00:00
run 'a new window in the last second' 2026-11-24T23:50:00+00:00 \
	2026-11-24T23:59:59Z 0 0 1000 2026-11-24T23:59:59+00:00
run 'just after midnight' 2026-11-24T23:59:30+00:00 \
	2026-11-25T00:00:05Z 100 2 0 2026-11-25T00:00:00+00:00
day=$(ledger tokens_within_day)
at 2026-11-25T00:00:09Z -B
is 'just after midnight: the next does not begin the day again' \
	"$(ledger tokens_within_day)" "$(stat billed_total_tokens)"
ok 'just after midnight: the next adds to it' \
	test "$(ledger tokens_within_day)" -gt "$day"
run 'after midnight and a minute' 2026-11-24T23:59:30+00:00 \
	2026-11-25T00:00:31Z 0 0 0 2026-11-25T00:00:31+00:00
waits 'before midnight' 2026-11-24T23:59:30+00:00 2026-11-24T23:59:58Z 2

# ---- summer time ----
TZ=Europe/Berlin
waits 'the day that lacks an hour' 2026-03-29T00:29:00+01:00 \
	2026-03-29T00:30:00+01:00 $((22 * 3600 + 1800))
run 'clocks go forward in a minute' 2026-03-29T01:59:50+01:00 \
	2026-03-29T03:00:05+02:00 100 2 1000 2026-03-29T01:59:50+01:00
run 'clocks went forward, a minute is over' 2026-03-29T01:59:50+01:00 \
	2026-03-29T03:00:51+02:00 0 0 1000 2026-03-29T03:00:51+02:00
waits 'the day with an hour more' 2026-10-25T00:29:00+02:00 \
	2026-10-25T00:30:00+02:00 $((24 * 3600 + 1800))
run 'clocks go back in a minute' 2026-10-25T02:59:50+02:00 \
	2026-10-25T02:00:05+01:00 100 2 1000 2026-10-25T02:59:50+02:00
unlike 'clocks go back in a minute: no word of the future' "$err" future
run 'clocks went back, a minute is over' 2026-10-25T02:59:50+02:00 \
	2026-10-25T02:00:51+01:00 0 0 1000 2026-10-25T02:00:51+01:00
TZ=America/Havana
run 'the first of two midnights' 2024-11-02T23:59:50-04:00 \
	2024-11-03T00:00:05-04:00 100 2 0 2024-11-03T00:00:00-04:00
run 'the second of two midnights' 2024-11-03T00:59:50-04:00 \
	2024-11-03T00:00:05-05:00 100 2 1000 2024-11-03T00:59:50-04:00
waits 'a day with two midnights' 2024-11-03T00:29:00-04:00 \
	2024-11-03T00:30:00-04:00 $((24 * 3600 + 1800))
TZ=America/Sao_Paulo
run 'a day without midnight' 2018-11-03T23:59:50-03:00 \
	2018-11-04T01:00:05-02:00 100 2 0 2018-11-04T01:00:00-02:00
waits 'before a day without midnight' 2018-11-03T12:00:00-03:00 \
	2018-11-03T12:00:00-03:00 43200

# ---- another zone ----
TZ=Asia/Tokyo
run 'further east, the same day there' 2026-11-24T20:00:00+00:00 \
	2026-11-24T20:00:30Z 100 2 1000 2026-11-25T05:00:00+09:00
run 'further east, where midnight was between' 2026-11-24T14:59:50+00:00 \
	2026-11-24T15:00:05Z 100 2 0 2026-11-25T00:00:00+09:00
TZ=America/Los_Angeles
run 'further west, where yesterday goes on' 2026-11-25T00:00:00+00:00 \
	2026-11-25T00:00:30Z 100 2 1000 2026-11-24T16:00:00-08:00
waits 'further west, where yesterday goes on, full' 2026-11-25T00:00:00+00:00 \
	2026-11-25T00:00:30Z $((8 * 3600 - 30))

# ---- the clock was set ----
TZ=UTC0
run 'back an hour' 2026-11-24T13:00:00+00:00 2026-11-24T12:00:00Z \
	100 2 1000 2026-11-24T13:00:00+00:00
is 'back an hour: said once' "$(grep -c 'in the future' "$err")" 1
run 'back an hour, over midnight' 2026-11-25T00:10:00+00:00 \
	2026-11-24T23:10:00Z 100 2 1000 2026-11-25T00:10:00+00:00
run 'back a year' 2026-11-24T13:00:00+00:00 2025-11-24T13:00:00Z \
	100 2 1000 2026-11-24T13:00:00+00:00
is 'back a year: said once' "$(grep -c 'in the future' "$err")" 1
fresh
prompts 1 4 'four'
usage 100 2 1000 2026-11-24T13:00:00+00:00
at 2026-11-24T12:00:00Z -j1 --split
is 'back an hour, one after the other: exit status' $rc 0
is 'back an hour, one after the other: all sent' "$(stat requests)" 4
is 'back an hour, one after the other: said once' \
	"$(grep -c 'in the future' "$err")" 1
run 'forward an hour' 2026-11-24T13:00:00+00:00 2026-11-24T14:00:00Z \
	0 0 1000 2026-11-24T14:00:00+00:00
run 'forward a year' 2026-11-24T13:00:00+00:00 2027-11-24T13:00:00Z \
	0 0 0 2027-11-24T13:00:00+00:00
waits 'a full day in the future' 2026-11-24T13:00:00+00:00 \
	2026-11-24T12:00:00Z 43200
waits 'a full day that is tomorrow' 2026-11-25T13:00:00+00:00 \
	2026-11-24T12:00:00Z $((36 * 3600))
at 2026-11-24T12:00:00Z --max-wait 35h
is 'a full day that is tomorrow: longer than today' $rc 75
at 2026-11-24T12:00:00Z status --json
is 'a full day that is tomorrow: status knows its end' "$(json day_ends)" \
	'2026-11-26 00:00:00'
waits 'a full day in a year' 2027-11-24T13:00:00+00:00 \
	2026-11-24T12:00:00Z $((365 * 86400 + 43200))
fresh
prompt 1 'one'
usage 499999 2 1000 2026-11-24T13:00:00+00:00
at 2026-11-24T12:00:00Z --max-wait 59m
is 'a full minute in the future: exit status' $rc 75
at 2026-11-24T12:00:00Z plan --json
is 'a full minute in the future: how long' "$(json wait_seconds)" 3660

# ---- the first of all times ----
run 'a ledger of the epoch' 1970-01-01T00:00:00+00:00 1970-01-01T00:00:30Z \
	100 2 1000 1970-01-01T00:00:00+00:00
run 'a clock that was never set' 2026-11-24T13:00:00+00:00 \
	1970-01-01T00:00:01Z 100 2 1000 2026-11-24T13:00:00+00:00
run 'the epoch itself' 1970-01-01T00:00:00+00:00 1970-01-01T00:00:00Z \
	100 2 1000 1970-01-01T00:00:00+00:00
at 1970-01-01T00:00:07Z -B
is 'the epoch itself: the next adds to it' \
	"$(ledger tokens_within_day)" $((1000 + $(stat billed_total_tokens)))
TZ=America/New_York
run 'before the epoch, there' 1969-12-31T18:59:50-05:00 \
	1969-12-31T19:00:05-05:00 100 2 1000 1969-12-31T18:59:50-05:00

done_testing
