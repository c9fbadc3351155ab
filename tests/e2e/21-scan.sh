#!/bin/sh
# Which files are prompts, and what strange files do.
. "$(dirname "$0")/lib.sh"
start_sim

# ---- blank, outside, range ----
prompt 1 'real'
prompt 2 ''
prompt 3 ' '
printf ' \n\t\r\n' >"$ws/prompts/4_prompt.txt"
printf '\357\273\277 \n' >"$ws/prompts/5_prompt.txt"
prompt 0 'zero'
prompt 01 'leading zero'
prompt 101 'too far'
prompt 4294967297 'one, in 32 bits'
prompt x 'no number'
printf 'notes' >"$ws/prompts/notes.txt"
printf 'backup' >"$ws/prompts/1_prompt.txt~"
batch
is 'exit status' $rc 0
is 'one request' "$(stat requests)" 1
like 'blank ones are counted' "$out" '^1 answered, 4 blank;'
is 'names outside are mentioned once' \
	"$(grep -c '5 files in prompts/ outside the names' "$err")" 1
like 'three of them by name' "$err" \
	'100_prompt\.txt: [^ ]+_prompt\.txt, [^ ]+_prompt\.txt, [^ ]+_prompt\.txt, \.\.\.$'
unlike 'other files are not' "$err" 'notes|~'
ok 'a blank prompt gets no output' no test -e "$(answer 2)"
batch --range 101-101
is '--range: exit status' $rc 0
ok '--range: answered' test -s "$(answer 101)"
is '--range: one request' "$(stat requests)" 2
batch --range 100-105 101
is '--range and a number: up to date' "$(stat requests)" 2
batch --range 5-1
is 'an empty range: exit status' $rc 2
batch --range 1-5 7
is 'a number outside the range: exit status' $rc 2

fresh
batch
is 'no prompts at all: exit status' $rc 0
like 'no prompts at all: said' "$out" '^0 answered;'
mkdir "$ws/prompts/notes_prompt.txt"
batch
is 'nothing but a strange directory: exit status' $rc 0

# ---- what is in a prompt ----
fresh
printf 'a\000b\377\376 \303( \001\033[31m' >"$ws/prompts/1_prompt.txt"
printf 'caf\303\251 \360\237\230\200 \342\200\250 "quoted" \\ back\\slash' \
	>"$ws/prompts/2_prompt.txt"
printf 'line\r\nline\n\n' >"$ws/prompts/3_prompt.txt"
seq 1 150000 | head -c 1000000 >"$ws/prompts/4_prompt.txt"
printf x >"$ws/prompts/5_prompt.txt"
batch --limit-batch-tokens 10M --limit-minute-tokens 10M --limit-day-tokens 10M
is 'binary, UTF-8, CRLF, 1 MB, one byte: exit status' $rc 0
is 'five answers' "$(stat billed)" 5
is 'a megabyte arrives whole' \
	"$(journal | grep '"prompt":"1\\n2\\n' | grep -oE '"prompt_tokens":[0-9]+' | tr -dc 0-9)" \
	"$("$BIN/chatgpt-batch" count --chat "$ws/prompts/4_prompt.txt" | tr -dc '0-9 ' | sed 's/^ *\([0-9]*\).*/\1/')"
like 'UTF-8 arrives as it is' "$(answer 2)" 'café 😀'
ok 'the ledger is exact' exact

# ---- what is no file, and what cannot be read ----
fresh
prompt 1 'good'
mkdir "$ws/prompts/2_prompt.txt"
mkfifo "$ws/prompts/3_prompt.txt"
ln -s nowhere "$ws/prompts/4_prompt.txt"
ln -s 4_prompt.txt "$ws/prompts/5_prompt.txt"
ln -s 6_prompt.txt "$ws/prompts/6_prompt.txt"
echo 'linked' >"$tmp/linked"
ln -s "$tmp/linked" "$ws/prompts/7_prompt.txt"
ln -s /dev/zero "$ws/prompts/8_prompt.txt"
start_batch
finish $pid
is 'strange prompts: exit status' $rc 1
is 'strange prompts: the good ones are sent' "$(stat requests)" 2
ok 'a regular prompt' test -s "$(answer 1)"
ok 'a link to a regular prompt' test -s "$(answer 7)"
for n in 2 3 4 5 6 8; do
	like "strange prompt $n: an error report" "$(answer $n)" \
		'^chatgpt-batch error: unreadable prompt$'
	like "strange prompt $n: its name" "$(answer $n)" \
		"prompts/${n}_prompt\.txt: "
done
like 'a directory: the reason' "$(answer 2)" 'directory'
like 'a FIFO: the reason' "$(answer 3)" 'not a regular file'
like 'a dangling link: the reason' "$(answer 4)" 'No such file'
like 'in the summary' "$out" '^ *2  failed +0 .*unreadable prompt: '
ok 'the ledger is exact' exact
ok 'nothing is left over' clean

fresh
mkdir "$ws/prompts/1_prompt.txt"
batch
is 'nothing but a strange prompt: exit status' $rc 1
is 'nothing but a strange prompt: nothing sent' "$(stat requests)" 0
batch 1
is 'named: exit status' $rc 1
rmdir "$ws/prompts/1_prompt.txt"
prompt 1 'now it is one'
batch
is 'mended: exit status' $rc 0
# The prompt is older than the report was.
ok 'mended: answered' grep -q '^On "now it is one"' "$(answer 1)"

# ---- permissions ----
fresh
prompt 1 'not for everybody'
prompt 2 'good'
chmod 000 "$ws/prompts/1_prompt.txt"
if [ "$(id -u)" -eq 0 ]; then
	as='setpriv --reuid 65534 --regid 65534 --clear-groups'
	chown -R 65534:65534 "$ws"
else
	as=
fi
# as_user ARGUMENTS...: batch without root's rights
as_user() {
	# shellcheck disable=SC2086 # words
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url \
		$as "$BIN/chatgpt-batch" -C "$ws" "$@" >"$out" 2>"$err"
	rc=$?
}
as_user
is 'no permission to read: exit status' $rc 1
like 'no permission to read: the reason' "$(answer 1)" 'Permission denied'
ok 'no permission to read: the other goes on' test -s "$(answer 2)"
chmod 600 "$ws/prompts/1_prompt.txt"
sent=$(stat requests)
chmod 555 "$ws/outputs"
as_user -B
is 'read-only outputs/: exit status' $rc 2
like 'read-only outputs/: said' "$err" 'outputs: write: Permission denied'
is 'read-only outputs/: nothing sent' "$(stat requests)" "$sent"
chmod 755 "$ws/outputs"
chmod 555 "$ws/lockfiles"
as_user -B
is 'read-only lockfiles/: exit status' $rc 2
is 'read-only lockfiles/: nothing sent' "$(stat requests)" "$sent"
chmod 755 "$ws/lockfiles"
chmod 000 "$ws/prompts"
as_user
is 'unreadable prompts/: exit status' $rc 2
like 'unreadable prompts/: said' "$err" 'prompts: open: Permission denied'
chmod 755 "$ws/prompts"
cp "$ws/usage.md" "$tmp/usage.md"
chmod 000 "$ws/usage.md"
as_user
is 'an unreadable ledger: exit status' $rc 2
like 'an unreadable ledger: said' "$err" 'usage\.md: .*Permission denied'
is 'an unreadable ledger: nothing sent' "$(stat requests)" "$sent"
chmod 644 "$ws/usage.md"
ok 'an unreadable ledger: untouched' cmp -s "$ws/usage.md" "$tmp/usage.md"
chmod 555 "$ws"
as_user
is 'a read-only workspace: exit status' $rc 2
is 'a read-only workspace: nothing sent' "$(stat requests)" "$sent"
chmod 755 "$ws"
as_user
is 'after all that: exit status' $rc 0
ok 'the ledger is exact' exact

# ---- an output's place that is taken ----
fresh
prompts 1 2 'place'
mkdir -p "$(answer 1)"
batch
is 'an output that is a directory: exit status' $rc 1
is 'an output that is a directory: not sent' "$(stat requests)" 1
ok 'an output that is a directory: the other is answered' test -s "$(answer 2)"
like 'an output that is a directory: said' "$out" '^ *1  failed .*directory'
ok 'an output that is a directory: it stays' test -d "$(answer 1)"
ok 'the ledger is exact' exact
ok 'nothing is left over' clean
fresh
echo 'a file' >"$ws/outputs"
echo x >"$ws/prompts/1_prompt.txt"
batch
is 'outputs is a file: exit status' $rc 2
is 'outputs is a file: nothing sent' "$(stat requests)" 0
rm "$ws/outputs"
mkdir "$ws/real"
ln -s real "$ws/outputs"
batch
is 'outputs is a link to a directory: exit status' $rc 0
ok 'outputs is a link to a directory: answered' test -s "$ws/real/1_output.txt"

done_testing
