#!/bin/sh
# The key: where it comes from, where it goes, and where it never shows.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"

# Recognisable, and unlike anything else.
secret=sk-proj-Zq7rXk9pLw3vTn5yBc8dFg2h
key=$secret
start_sim --key $secret

# leaked FILE...: does the key, or much of it, show in one of them?
leaked() {
	grep -rlE 'Zq7rXk9p|Lw3vTn5y|Bc8dFg2h' "$@" 2>/dev/null
}

# ---- none ----
key=
there=$url
prompt 1 'one'
url=https://api.example.invalid/v1
batch
is 'no key: exit status' $rc 2
like 'no key: said' "$err" 'no API key: set OPENAI_API_KEY, or OPENAI_API_KEY_FILE'
ok 'no key: nothing done' no test -e "$ws/outputs"
ok 'no key: no ledger' no test -e "$ws/usage.md"
url=http://192.0.2.1/v1
key=$secret
batch
is 'http:// to another host: exit status' $rc 2
like 'http:// to another host: said' "$err" 'insecure-http'
ok 'http:// to another host: nothing done' no test -e "$ws/usage.md"
ok 'http:// to another host: no leak' no leaked "$out" "$err" "$ws"
url=$there
key=
batch
is 'no key on loopback: the server says no: exit status' $rc 4
like 'no key on loopback: the server says no' "$out" 'key refused \(HTTP 401\)'

# ---- from .env, from files ----
fresh
prompt 1 'one'
printf 'OPENAI_API_KEY=%s\n' $secret >"$ws/.env"
chmod 600 "$ws/.env"
batch
is 'key in .env: exit status' $rc 0
chmod 644 "$ws/.env"
batch -B
is '.env that others can read: exit status' $rc 4
like '.env that others can read: said' "$err" '\.env'
ok '.env that others can read: no leak' no leaked "$out" "$err"
chmod 606 "$ws/.env"
batch -B
is '.env that others can write to: exit status' $rc 2
printf 'OPENAI_API_KEY="%s"\nOPENAI_BASE_URL=%s\nOPENAI_MODEL=gpt-4o\n' \
	$secret "$there" >"$ws/.env"
chmod 600 "$ws/.env"
url=
batch -B
is 'all settings from .env: exit status' $rc 0
is 'all settings from .env: the model' "$(journal | tail -n 1 |
	grep -c '"model":"gpt-4o"')" 1
url=$there
rm "$ws/.env"

printf '%s\n' $secret >"$tmp/key"
chmod 600 "$tmp/key"
batch -B --key-file "$tmp/key"
is '--key-file: exit status' $rc 0
OPENAI_API_KEY_FILE=$tmp/key batch -B
is 'OPENAI_API_KEY_FILE: exit status' $rc 0
chmod 644 "$tmp/key"
batch -B --key-file "$tmp/key"
is 'a key file that others can read: exit status' $rc 2
like 'a key file that others can read: said' "$err" 'chmod 600'
mkfifo "$tmp/keypipe"
printf '%s\n' $secret >"$tmp/keypipe" &
batch -B --key-file "$tmp/keypipe"
is 'a key from a pipe: exit status' $rc 0
batch -B --key-file $secret
is 'the key instead of its file: exit status' $rc 2
ok 'the key instead of its file: not shown' no leaked "$err"
for option in --key --api-key; do
	batch -B $option $secret
	is "$option: exit status" $rc 2
	ok "$option: not shown" no leaked "$err"
	batch -B $option=$secret
	is "$option=: exit status" $rc 2
	ok "$option=: not shown" no leaked "$err"
done
batch -B $secret
is 'the key as a prompt: exit status' $rc 2
ok 'the key as a prompt: not shown' no leaked "$err"
printf '%s\r\nInjected: yes' $secret >"$tmp/key"
chmod 600 "$tmp/key"
sent=$(stat requests)
batch -B --key-file "$tmp/key"
is 'a key of two lines: exit status' $rc 2
is 'a key of two lines: nothing sent' "$(stat requests)" "$sent"
ok 'a key of two lines: not shown' no leaked "$err"

# ---- where it must not show, while children run ----
key=$secret
fresh
prompts 1 3 'held [[sim: hold]]'
start_batch -v
ok 'three are held' sim_wait held=3
family="$pid $(children $pid)"
ok 'four processes' test "$(echo "$family" | wc -w)" -eq 4
for p in $family; do
	tr '\0' '\n' <"/proc/$p/cmdline" >>"$tmp/cmdlines"
	# Its own user is kept out, but for root.
	tr '\0' '\n' 2>/dev/null <"/proc/$p/environ" >>"$tmp/environs"
done
ok 'the command lines were seen' grep -q chatgpt-batch "$tmp/cmdlines"
ok 'not in a command line' no leaked "$tmp/cmdlines"
# Valgrind keeps the environment that it was started with: what the program
# wipes is a copy.
if [ "${SAN:-}" = valgrind ]; then
	skip 'not in an environment'
else
	ok 'not in an environment' no leaked "$tmp/environs"
fi
ok 'not in the workspace, meanwhile' no leaked "$ws"
for p in $family; do
	ok "no core file from $(cat "/proc/$p/comm")" \
		grep -q '^Max core file size  *0  *0 ' "/proc/$p/limits"
done
release
finish $pid
is 'exit status' $rc 0
ok 'not in the workspace, afterwards' no leaked "$ws"
ok 'not in what was said' no leaked "$out" "$err"
is 'but the server got it' "$(journal | grep -c '"authorization":true')" 3

# ---- in memory, while the answer is waited for ----
# copies TEXT PID: how often TEXT is in its memory
copies() {
	echo "$1" | "$HELPERS/memory" "$2" 2>"$tmp/where"
}
clean_child() {
	[ "$(copies Lw3vTn5y "$1")" = 0 ]
}
# memories NAME OPTION...: run with these, and look at the child
memories() {
	name=$1
	shift
	fresh
	prompt 1 'a text to be found [[sim: hold]]'
	[ -z "$dotenv" ] || {
		printf 'OPENAI_API_KEY=%s\n' $secret >"$ws/.env"
		chmod 600 "$ws/.env"
	}
	start_batch "$@"
	ok "$name: one is held" sim_wait held=1
	child=$(children $pid)
	if copies $secret $pid >/dev/null; then
		ok "$name: its parent has it" \
			test "$(copies $secret $pid)" -gt 0
		# It has been sent; to forget it may take one more moment.
		ok "$name: the child has not" eventually clean_child "$child"
		ok "$name: the child has its prompt" \
			test "$(copies 'a text to be found' "$child")" -gt 0
	else
		skip "$name: $(cat "$tmp/where")"
	fi
	release
	finish $pid
	is "$name: exit status" $rc 0
}
dotenv=
if [ -n "${SAN:-}" ]; then
	skip 'in memory: instrumented programs keep more than they should'
else
	memories 'from the environment'
	key=
	printf '%s\n' $secret >"$tmp/key"
	chmod 600 "$tmp/key"
	memories 'from a file' --key-file "$tmp/key"
	dotenv=y
	memories 'from .env'
	dotenv=
	key=$secret
	"$root/tools/test-ca" "$tmp/tls" 2>"$err" || cat "$err"
	plain=$url
	start_sim --key $secret --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"
	export CURL_CA_BUNDLE="$tmp/tls/ca.pem"
	memories 'over TLS'
	unset CURL_CA_BUNDLE
	url=$plain
	base=${url%/v1}
fi

# ---- echoed by the server, in every place ----
for echo in "401 message=\"Incorrect API key provided: $secret.\"" \
	"401 code=$secret type=$secret" \
	"400 message=\"Bearer $secret\"" \
	"500 x1 retry-after=0.01 message=\"$secret\"" \
	"status=400 body={\"error\":\"$secret\"}" \
	"status=400 body=<html>$secret</html>" \
	"status=200 body=$secret" \
	"400 header=\"x-request-id: $secret\""; do
	name="echoed as ${echo%%"$secret"*}"
	fresh
	prompt 1 "one [[sim: $echo]]"
	batch -v --attempts 2
	is "$name: sent" "$(journal | grep -c '"attempt":1,')" 1
	ok "$name: masked" no leaked "$ws/outputs" "$ws/lockfiles" "$out" "$err"
	batch -B --json --attempts 2
	ok "$name: there is JSON" test -s "$out"
	ok "$name: masked in JSON" no leaked "$out" "$err"
done
fresh
prompt 1 "one [[sim: 400 message=\"Incorrect API key provided: $secret.\"]]"
batch
like 'echoed: the rest of the message is there' "$(answer 1)" \
	'^Incorrect API key provided: [^ ]*\*[^ ]*\.$'
fresh
prompt 1 "one [[sim: 401 message=\"Incorrect API key provided: $secret.\"]]"
prompt 2 'two'
batch -j 1
is 'a refused key: exit status' $rc 4
is 'a refused key: nothing more is sent' "$(stat requests)" 1
like 'a refused key: said' "$err" 'key refused: Incorrect API key provided: '
like 'a refused key: the rest stays pending' "$out" '1 failed, 1 still pending'
ok 'a refused key: no output for the rest' no test -e "$(answer 2)"
is 'a refused key: the day' "$(ledger tokens_within_day)" 0
prompt 1 'one'
batch
is 'then accepted: exit status' $rc 0
ok 'then accepted: the ledger is exact' exact

# ---- quota ----
fresh
prompt 1 'one [[sim: quota]]'
prompts 2 5 'rest'
batch -j 1
is 'quota: exit status' $rc 4
like 'quota: first line' "$(answer 1)" \
	'^chatgpt-batch error: quota \(HTTP 429\) after 1 attempt$'
is 'quota: nothing more is sent' "$(stat requests)" 1
like 'quota: said' "$err" 'quota: You exceeded your current quota'
ok 'quota: the ledger is exact' exact
ok 'quota: nothing is left over' clean
fresh
prompt 1 'one [[sim: 403]]'
batch
is '403: exit status' $rc 4

# ---- never sent on ----
fresh
prompt 1 "one [[sim: redirect=$base/v1/elsewhere]]"
batch
is 'a redirect: exit status' $rc 1
is 'a redirect: one request' "$(stat requests)" 1

# ---- organization and project ----
fresh
prompt 1 'one'
batch --organization org-a --project proj-b
is 'organization and project: exit status' $rc 0
is 'organization and project: sent' "$(journal |
	grep -c '"organization":"org-a","project":"proj-b"')" 1


# ---- settings that would carry the key, or headers of others, along ----
nothing_sent() {
	[ "$(stat requests)" = 0 ]
}
fresh
prompt 1 'one'
host=${base#http://}
for there in "http://user:hunter2@$host/v1" "http://:hunter2@$host/v1" \
	"$base/v1#top" "$base/v1?hunter2" 'http:///v1' 'https://' \
	"ftp://$host/v1" 'http://example.invalid/v1' "$base/v1
X: hunter2"; do
	name=$(echo "base URL ${there#*//}" | sed "s/$host/HOST/" | tr '\n' ' ')
	batch --base-url "$there"
	is "$name: exit status" $rc 2
	ok "$name: nothing is sent" nothing_sent
	ok "$name: nothing is done" no test -e "$ws/usage.md"
done
batch --base-url "http://user:hunter2@$host/v1"
unlike 'a password in the URL is not shown' "$err" hunter2
cr=$(printf '\r')
for end in "
" "$cr" "$cr
"; do
	value="org${end}X-Injected: yes"
	name="a line end ($(printf %s "$end" | od -An -c | tr -d ' \n'))"
	batch --organization "$value"
	is "$name in the organization: exit status" $rc 2
	batch --project "$value"
	is "$name in the project: exit status" $rc 2
	OPENAI_ORG_ID=$value batch
	is "$name in OPENAI_ORG_ID: exit status" $rc 2
	ok "$name: nothing is sent" nothing_sent
done

# ---- control characters, from wherever ----
esc=$(printf '\033')
tame() {
	no grep -q "$esc" "$out" "$err"
}
fresh
prompt 1 "[[sim: 400 header=\"x-request-id: r${esc}[31m\" code=c${esc}[32m
	type=t${esc}[33m message=m${esc}[34m]]"
prompt 2 '[[sim: body={"choices":[{"message":{"role":"assistant",
"content":"cut"},"finish_reason":"f\u001b[35m"}]}]]'
batch -v --color never
ok 'an error: said' test -s "$out"
ok 'an error of escapes: tame' tame
batch -B -v --json
ok 'an error of escapes, JSON: tame' tame
batch -m "gpt-4o${esc}[36m"
ok 'a model of escapes: tame' tame
batch --base-url "http://127.0.0.1:1/v1/${esc}[37m" --attempts 1
ok 'a URL of escapes: tame' tame
batch --organization "${esc}[31m"
is 'an organization of escapes: exit status' $rc 2
ok 'an organization of escapes: tame' tame

# ---- a worker of --exec ----
fresh
prompt 1 'one'
# shellcheck disable=SC2016 # for the worker's shell
batch --exec 'echo "key=$OPENAI_API_KEY"; cat'
is 'exec: exit status' $rc 0

done_testing
