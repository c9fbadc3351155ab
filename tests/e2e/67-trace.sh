#!/bin/sh
# All system calls of whole runs: nowhere does the key leave a process but in
# the connection.  It takes strace(1).
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
secret=sk-proj-Zq7rXk9pLw3vTn5yBc8dFg2h
key=$secret

if [ -n "${SAN:-}" ]; then
	skip 'instrumented programs cannot be traced'
	done_testing
fi
if [ "$(id -u)" != 0 ]; then
	skip 'only root sees what the calls of an undumpable process hold'
	done_testing
fi
if ! strace -qq -o "$tmp/trace" true 2>"$err"; then
	skip "no strace: $(head -n 1 "$err")"
	done_testing
fi

# traced OPTION...: $rc, and $tmp/trace
traced() {
	OPENAI_API_KEY=$key OPENAI_BASE_URL=$url strace -f -qq -yy -s 1000000 \
		-o "$tmp/trace" "$BIN/chatgpt-batch" -C "$ws" "$@" \
		>"$out" 2>"$err"
	rc=$?
}

# The calls that have the key in them, but for those that take it in.
calls() {
	grep -E 'Zq7rXk9p|Lw3vTn5y|Bc8dFg2h' "$tmp/trace" |
		grep -vE '^[0-9]+ +(<\.\.\. )?(read|pread64|recvfrom)[( ]'
}

# Some answers, an error that echoes the key, and one that is tried again.
ask() {
	fresh
	prompts 1 2 'a text to be found'
	prompt 3 "[[sim: 400 message=\"Incorrect API key: $secret\"]]"
	prompt 4 '[[sim: 500 x1 retry-after=0.01]]'
}
prompts_seen() {
	[ "$(grep -c 'a text to be found' "$tmp/trace")" -ge 2 ]
}

start_sim --key $secret
loopback="<TCP:\[127\.0\.0\.1:[0-9]+->127\.0\.0\.1:${base##*:}\]>"
ask
traced --attempts 2
is 'HTTP: exit status' $rc 1
is 'HTTP: five requests' "$(stat requests)" 5
ok 'HTTP: the trace has what is read and sent' prompts_seen
is 'HTTP: as many calls have the key' "$(calls | wc -l)" 5
is 'HTTP: all of them send to loopback' \
	"$(calls | grep -cE "^[0-9]+ +sendto\([0-9]+$loopback")" 5
printf '%s\n' $secret >"$tmp/key"
chmod 600 "$tmp/key"
key=
ask
traced --attempts 2 --key-file "$tmp/key"
is 'a key file: exit status' $rc 1
is 'a key file: as many calls have the key' "$(calls | wc -l)" 5
is 'a key file: all of them send to loopback' \
	"$(calls | grep -cE "^[0-9]+ +sendto\([0-9]+$loopback")" 5

key=$secret
"$root/tools/test-ca" "$tmp/tls" 2>"$err" || cat "$err"
start_sim --key $secret --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"
export CURL_CA_BUNDLE="$tmp/tls/ca.pem"
ask
traced --attempts 2
is 'HTTPS: exit status' $rc 1
is 'HTTPS: five requests' "$(stat requests)" 5
ok 'HTTPS: the trace has what is read' prompts_seen
is 'HTTPS: no call has the key' "$(calls)" ''

done_testing
