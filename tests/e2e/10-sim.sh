#!/bin/sh
# The simulator itself, by curl: what every other end-to-end test stands on.
# shellcheck disable=SC2016,SC2034 # conditions are evaluated by ok
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
pids=
key=sk-secret-key
trap 'kill $pids 2>/dev/null; wait; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

n=0
ok() { # ok CONDITION NAME: the condition is evaluated here
	n=$((n + 1))
	if eval "$1"; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		echo "# failed: $1"
		sed 's/^/# /' "$tmp/head" "$tmp/body" 2>/dev/null
	fi
}

# Starts a simulator; its pid in $pid, its URL in $url, the rest in $base.
start() {
	rm -f "$tmp/url"
	mkfifo "$tmp/ready"
	"$BIN/openai-sim" --exit-with-parent --ready-file "$tmp/url" "$@" \
		>"$tmp/ready" &
	pid=$!
	pids="$pids $pid"
	read -r url <"$tmp/ready" || {
		echo "Bail out! openai-sim $* does not start"
		exit 1
	}
	rm "$tmp/ready"
	base=${url%/v1}
}

# Asks PROMPT (JSON text) with more arguments for curl; rc is curl's.
ask() {
	prompt=$1
	shift
	: >"$tmp/head"
	: >"$tmp/body"
	status=$(curl -s -m 20 -D "$tmp/head" -o "$tmp/body" \
		-w '%{http_code}' -H "Authorization: Bearer $key" \
		-d '{"model": "gpt-4o", "messages": [{"role": "user",
		"content": "'"$prompt"'"}]}' "$@" "$url/chat/completions")
	rc=$?
}

has() { grep -q -- "$1" "$tmp/body"; }
header() { tr -d '\r' <"$tmp/head" | grep -qi -- "^$1\$"; }
get() { curl -s -m 30 "$base/_sim/$1"; }
stat() { get "stats?get=$1"; }

start --journal "$tmp/journal"
ok '[ "$(cat "$tmp/url")" = "$url" ]' 'the URL is printed and in the file'
ask 'hello'
ok '[ $status = 200 ] && has "\"prompt_tokens\":8,"' 'an answer with usage'
ok 'header "x-request-id: req_[0-9a-f]*"' 'a request id'
ask '\u0000 \ud83d\ude00'
ok '[ $status = 200 ]' 'NUL and emoji in a prompt'
ask 'bad \x'
ok '[ $status = 400 ] && has "could not parse"' 'bad JSON'
ask '[[sim: 429 x1 retry-after=0.2]]'
ok '[ $status = 429 ] && header "retry-after-ms: 200" && has "in 200ms"' \
	'429 by marker'
ask '[[sim: 429 x1 retry-after=0.2]]'
ok '[ $status = 200 ]' 'and then not'
ask '[[sim: status=418 body=short]]'
ok '[ $status = 418 ] && [ "$(cat "$tmp/body")" = short ]' 'own status, body'
ask '[[sim: cut=9]]'
ok '[ $rc = 18 ] && [ "$(wc -c <"$tmp/body")" -eq 9 ]' 'a cut body'
ask '[[sim: close]]'
ok '[ $rc = 52 ]' 'no answer at all'
ask '[[sim: drip=1]]'
ok '[ $rc = 0 ] && has "fp_sim\"}"' 'dripping'
ask '[[sim: huge=300000]]'
ok '[ $rc = 0 ] && [ "$(wc -c <"$tmp/body")" -eq 300000 ]' 'a huge body'
ask '[[sim: headers]]'
ok '[ $rc = 56 ]' 'endless headers'
ask '[[sim: badchunk]]'
ok '[ $rc = 56 ]' 'a bad chunk'
ask '[[sim: bomb=3000]]' --compressed
ok '[ "$(wc -c <"$tmp/body")" -gt 400000 ]' 'a gzip bomb'
ask '[[sim: hang]]' -m 0.2
ok '[ $rc = 28 ]' 'hanging'

before=$(stat requests)
(ask '[[sim: hold]]'; echo "$status" >"$tmp/held") &
asker=$!
get 'wait?held=1' >/dev/null
ok '[ "$(stat held)" = 1 ]' 'a held request can be waited for'
ok '[ "$(stat requests)" = $((before + 1)) ]' 'it is received'
get release >/dev/null
wait $asker
ok '[ "$(cat "$tmp/held")" = 200 ] && [ "$(stat held)" = 0 ]' 'and let go'
ok 'get "wait?held=1&timeout=0" | grep -q "timed out"' 'a wait has an end'

get journal >"$tmp/body"
ok 'has "\"status\":429,\"fault\":\"429\"" && ! has secret' 'the journal'
ok '[ "$(grep -c seq "$tmp/body")" = "$(wc -l <"$tmp/journal")" ]' \
	'the journal as a file'
curl -s -X POST "$base/_sim/reset" >/dev/null
ok '[ "$(stat requests)" = 0 ]' 'a reset'
kill "$pid"
ok 'wait $pid' 'SIGTERM ends it well'

start --key sk-other
ask x
ok '[ $status = 401 ] && has "provided: \*\*\*" && has invalid_api_key' \
	'a wrong key'
key=sk-other
ask x
ok '[ $status = 200 ]' 'the right one'
kill "$pid"

start --rpm 1 --latency 200
ask one
ok 'header "x-ratelimit-limit-requests: 1"' 'the limits in headers'
ask two
ok '[ $status = 429 ] && has "requests per min (RPM): Limit 1, Used 1"' 'RPM'
kill "$pid"

# One after another they would take 20 s.
start --latency 200 --answer-tokens 10
took=$(date +%s%N)
ask '[[sim: hold]]' -Z --parallel-max 100 --parallel-immediate \
	"$url/chat/completions?[1-99]" >/dev/null 2>&1 &
asker=$!
get 'wait?held=100' >/dev/null
took=$((($(date +%s%N) - took) / 1000000))
ok '[ "$(stat held)" = 100 ] && [ $took -lt 10000 ]' '100 latencies at once'
echo "# $took ms until all were held"
get 'release?n=1' >/dev/null
get 'wait?answered=1' >/dev/null
ok '[ "$(stat held)" = 99 ]' 'one of them let go'
get release >/dev/null
wait $asker
ok '[ "$(stat billed_output_tokens)" = 1000 ]' '100 answers of 10 tokens'
kill "$pid"

"$root/tools/test-ca" "$tmp/tls" 2>"$tmp/body" || cat "$tmp/body"
start --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"
ask hello --cacert "$tmp/tls/ca.pem"
ok '[ $status = 200 ]' 'HTTPS by the authority'
ask hello --capath "$tmp/tls/ca"
ok '[ $status = 200 ]' 'HTTPS by the hashed directory'
ask hello
ok '[ $rc = 60 ]' 'not without'

"$BIN/openai-sim" --fault 500:2 2>"$tmp/body"
rc=$?
ok '[ $rc = 2 ] && has "not a probability"' 'a usage error'
"$BIN/openai-sim" --nothing 2>"$tmp/body"
rc=$?
ok '[ $rc = 2 ]' 'an unknown option'
: | "$BIN/openai-sim" --until-eof >"$tmp/body"
rc=$?
ok '[ $rc = 0 ] && has "^http://127.0.0.1:"' 'the end of standard input'
echo "1..$n"
