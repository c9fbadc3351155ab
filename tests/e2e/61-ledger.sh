#!/bin/sh
# usage.md, as people and accidents leave it.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
start_sim
today=$(date +%Y-%m-%dT%H:%M:%S%:z)

# refused NAME PATTERN: with usage.md as it is, nothing is done, and PATTERN
# is said
refused() {
	cp -p "$ws/usage.md" "$tmp/before"
	start_batch
	finish $pid
	is "$1: exit status" $rc 2
	like "$1: said" "$err" "$2"
	is "$1: nothing sent" "$(stat requests)" 0
	ok "$1: untouched" cmp -s "$ws/usage.md" "$tmp/before"
	ok "$1: no claims" clean
	ok "$1: no outputs" no test -e "$(answer 1)"
}

# ---- not to be understood ----
fresh
prompt 1 'one'
usage banana 1 1
refused 'a word' 'usage\.md:1: '
usage 1 1 -5
refused 'a negative number' 'usage\.md:3: '
usage 1 99999999999999999999999 1
refused 'beyond 64 bits' 'usage\.md:2: '
usage 1 1.5 1
refused 'a fraction' 'usage\.md:2: '
usage 1 1 1 'yesterday'
refused 'a Date that is none' 'usage\.md:6: '
usage 1 1 1 '2026-02-30T00:00:00+00:00'
refused 'a day that is none' 'usage\.md:6: '
{
	sed 6d "$ws/usage.md"
	echo 'Date: '"$today"
	echo 'tokens_within_min: 5'
} >"$tmp/twice"
cp "$tmp/twice" "$ws/usage.md"
refused 'a counter named twice' 'usage\.md:7: '
printf '\177ELF\001\000\377\376 tokens_within_min: \000 5\n' >"$ws/usage.md"
start_batch
finish $pid
ok 'binary: no crash' test $rc -le 2

# ---- too large ----
{
	usage 1 1 1
	cat "$ws/usage.md"
	head -c 70000 /dev/zero | tr '\0' 'x'
} >"$tmp/large"
cp "$tmp/large" "$ws/usage.md"
refused 'over 64 KiB' 'usage\.md: over [0-9]+ bytes: not a ledger'

# ---- not a file ----
rm "$ws/usage.md"
mkdir "$ws/usage.md"
start_batch
finish $pid
is 'a directory: exit status' $rc 2
like 'a directory: said' "$err" 'usage\.md: .*directory'
rmdir "$ws/usage.md"
mkfifo "$ws/usage.md"
start_batch
finish $pid
is 'a FIFO: exit status' $rc 2
like 'a FIFO: said' "$err" 'usage\.md: not a regular file'
start_batch plan
finish $pid
is 'a FIFO: plan: exit status' $rc 2
start_batch status
finish $pid
is 'a FIFO: status: exit status' $rc 2
rm "$ws/usage.md"
ln -s /dev/null "$ws/usage.md"
start_batch
finish $pid
is 'a device: exit status' $rc 2
ln -sf usage.md "$ws/usage.md"
start_batch
finish $pid
is 'a link to itself: exit status' $rc 2
is 'none of these: nothing sent' "$(stat requests)" 0
rm "$ws/usage.md"

# ---- missing, empty, linked ----
batch
is 'missing: exit status' $rc 0
ok 'missing: a fresh one, exact' exact
: >"$ws/usage.md"
batch -B
is 'empty: exit status' $rc 0
is 'empty: counted from now' "$(ledger requests_within_min)" 1
rm "$ws/usage.md"
mkdir "$tmp/books"
usage 5 1 500
chmod 640 "$ws/usage.md"
mv "$ws/usage.md" "$tmp/books/real.md"
ln -s "$tmp/books/real.md" "$ws/usage.md"
before=$(stat billed_total_tokens)
batch -B
is 'a link: exit status' $rc 0
ok 'a link: stays one' test -L "$ws/usage.md"
is 'a link: what it names has changed' \
	"$(sed -n 's/^tokens_within_day: //p' "$tmp/books/real.md")" \
	$((500 + $(stat billed_total_tokens) - before))
is 'a link: the mode is kept' "$(find "$tmp/books/real.md" -printf %m)" 640
is 'a link: nothing beside it' "$(find "$tmp/books" -type f | wc -l)" 1
rm "$tmp/books/real.md"
batch -B
is 'a dangling link: exit status' $rc 0
ok 'a dangling link: made where it points' test -s "$tmp/books/real.md"
ok 'a dangling link: stays one' test -L "$ws/usage.md"
ln -sf "$tmp/nowhere/usage.md" "$ws/usage.md"
sent=$(stat requests)
batch -B
is 'a link into nowhere: exit status' $rc 2
is 'a link into nowhere: nothing sent' "$(stat requests)" "$sent"
rm "$ws/usage.md"

# ---- edited by hand: kept as it is, but for the figures ----
cat >"$tmp/styled" <<-END
	# Our account

	Ask Ada before you raise anything.

	* **tokens_within_day**: 1,234,567
	- requests_within_min = 3
	tokens_within_min :   1,000
	+ day_token_limit_reached: 0
	minute_token_limit_reached: 0
	**Date:** $(date +%Y-%m-%dT%H:%M:%S%:z)

	## Notes
	tokens are expensive: 5
END
# styles KIND: run on the styled text, and on it with CRLF
for kind in LF CRLF; do
	if [ $kind = CRLF ]; then
		sed 's/$/\r/' "$tmp/styled" >"$ws/usage.md"
	else
		cp "$tmp/styled" "$ws/usage.md"
	fi
	cp "$ws/usage.md" "$tmp/before"
	had=$(stat billed_total_tokens)
	batch -B
	is "$kind: exit status" $rc 0
	new=$(($(stat billed_total_tokens) - had))
	day=$((1234567 + new))
	tr -d '\r' <"$ws/usage.md" >"$tmp/after"
	like "$kind: style and commas are kept" "$tmp/after" \
		"^\* \*\*tokens_within_day\*\*: 1,${day#1}|^\* \*\*tokens_within_day\*\*: $(echo $day |
			sed 's/^\(.\)\(...\)/\1,\2,/')\$"
	like "$kind: = is kept" "$tmp/after" '^- requests_within_min = 4$'
	like "$kind: spaces are kept" "$tmp/after" \
		"^tokens_within_min :   $(echo $((1000 + new)) | sed 's/^\(.\)/\1,/')\$"
	is "$kind: the other lines are kept, in their order" \
		"$(sed 's/[0-9][0-9,]*$/N/' "$tmp/after")" \
		"$(tr -d '\r' <"$tmp/before" | sed 's/[0-9][0-9,]*$/N/')"
	is "$kind: ends of lines are kept" "$(grep -c "$(printf '\r')\$" \
		"$ws/usage.md")" "$(grep -c "$(printf '\r')\$" "$tmp/before")"
done

# ---- missing lines, a bare date ----
printf 'tokens_within_day: 100\nDate: %s\n' "$(date +%Y-%m-%d)" \
	>"$ws/usage.md"
had=$(stat billed_total_tokens)
batch -B
is 'missing lines: exit status' $rc 0
is 'missing lines: are 0' "$(ledger requests_within_min)" 1
is 'missing lines: the day' "$(ledger tokens_within_day)" \
	$((100 + $(stat billed_total_tokens) - had))
usage 499999 1 7 "$(date +%Y-%m-%d)"
touch -d '2 minutes ago' "$ws/usage.md"
batch -B --no-wait
is 'a bare date, and an old file: exit status' $rc 0
usage 499999 1 7 "$(date +%Y-%m-%d)"
batch -B --no-wait
is 'a bare date, and a new file: exit status' $rc 75

# ---- edited while a run is under way ----
fresh
prompts 1 2 'held [[sim: hold]]'
start_batch
ok 'two are held' sim_wait held=2
sed 's/^tokens_within_day: .*/&000/; 1i # raised' "$ws/usage.md" >"$ws/new.md"
raised=$(sed -n 's/^tokens_within_day: //p' "$ws/new.md")
reserved=$(ledger tokens_within_day)
mv "$ws/new.md" "$ws/usage.md"
release
finish $pid
is 'edited meanwhile: exit status' $rc 0
is 'edited meanwhile: the edit is kept' "$(ledger tokens_within_day)" \
	$((raised - reserved + $(stat billed_total_tokens)))
like 'edited meanwhile: the new line, too' "$ws/usage.md" '^# raised'

# ---- broken while a run is under way, and mended ----
fresh
prompts 1 2 'held [[sim: hold]]'
start_batch
ok 'two are held' sim_wait held=2
cp "$ws/usage.md" "$tmp/good.md"
echo 'tokens_within_day: garbage' >"$ws/usage.md"
release
finish $pid
is 'broken meanwhile: exit status' $rc 1
ok 'broken meanwhile: the answers are there' test -s "$(answer 2)"
like 'broken meanwhile: said' "$err" 'usage\.md:1: .*lockfiles/'
is 'broken meanwhile: left alone' "$(cat "$ws/usage.md")" \
	'tokens_within_day: garbage'
batch
is 'still broken: exit status' $rc 2
cp "$tmp/good.md" "$ws/usage.md"
batch
is 'mended: exit status' $rc 0
is 'mended: nothing sent again' "$(stat requests)" 2
ok 'mended: the ledger is exact' exact
ok 'mended: nothing is left over' clean

# ---- the directory of another ledger is not to be written to ----
fresh
prompt 1 'one'
batch --ledger "$tmp/nowhere/usage.md"
is '--ledger in no directory: exit status' $rc 2
is '--ledger in no directory: nothing sent' "$(stat requests)" 0
batch --ledger "$tmp/books/"
is '--ledger a directory: exit status' $rc 2

# ---- deleted lockfiles/ ----
batch
rm -r "$ws/lockfiles"
batch -B
is 'lockfiles/ deleted between runs: exit status' $rc 0
ok 'lockfiles/ deleted between runs: the ledger is exact' exact

done_testing
