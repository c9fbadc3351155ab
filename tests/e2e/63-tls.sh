#!/bin/sh
# HTTPS: whom to trust, and that nobody else gets a byte.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"
"$root/tools/test-ca" "$tmp/tls" 2>"$err" || cat "$err"
"$root/tools/test-ca" "$tmp/other" 2>"$err" || cat "$err"
start_sim --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"

prompts 1 3 'secretly'
SSL_CERT_FILE=$tmp/tls/ca.pem batch
is 'SSL_CERT_FILE: exit status' $rc 0
is 'SSL_CERT_FILE: answered' "$(stat billed)" 3
ok 'SSL_CERT_FILE: the ledger is exact' exact
SSL_CERT_DIR=$tmp/tls/ca batch -B
is 'SSL_CERT_DIR: exit status' $rc 0
is 'SSL_CERT_DIR: answered' "$(stat billed)" 6
localhost=$(echo "$url" | sed 's/127\.0\.0\.1/localhost/')
OPENAI_BASE_URL=$localhost SSL_CERT_FILE=$tmp/tls/ca.pem \
	batch -B --base-url "$localhost"
is 'by name: exit status' $rc 0
ok 'the ledger is exact' exact

# ---- not trusted ----
# refused NAME: nothing was received, and nothing is charged
refused() {
	is "$1: exit status" $rc 1
	is "$1: nothing was received" "$(stat requests)" 0
	like "$1: first line" "$(answer 1)" \
		'^chatgpt-batch error: not safe after 1 attempt$'
	like "$1: said" "$(answer 1)" '[Cc]ertificate|SSL'
	is "$1: nothing is charged" "$(ledger tokens_within_day)" 0
	is "$1: no request is counted" "$(ledger requests_within_min)" 0
	ok "$1: nothing is left over" clean
}
fresh
prompts 1 2 'secretly'
batch
refused "the system's authorities"
fresh
prompts 1 2 'secretly'
SSL_CERT_FILE=$tmp/other/ca.pem batch
refused 'another authority'
fresh
prompts 1 2 'secretly'
SSL_CERT_DIR=$tmp/other/ca batch
refused "another authority's directory"
fresh
prompt 1 'secretly'
SSL_CERT_FILE=$tmp/none.pem batch
ok 'no such file: exit status' test $rc -ne 0
is 'no such file: nothing was received' "$(stat requests)" 0
fresh
prompt 1 'secretly'
: >"$tmp/empty.pem"
SSL_CERT_FILE=$tmp/empty.pem batch
ok 'an empty file: exit status' test $rc -ne 0
is 'an empty file: nothing was received' "$(stat requests)" 0
fresh
prompt 1 'secretly'
port=$(echo "$base" | sed 's/.*://')
SSL_CERT_FILE=$tmp/tls/ca.pem \
	batch --attempts 1 --base-url "https://[::ffff:127.0.0.1]:$port/v1"
is 'another name than the certificate has: exit status' $rc 1
is 'another name: nothing was received' "$(stat requests)" 0
[ ! -e /proc/net/if_inet6 ] ||
	is 'another name: first line' "$(first 1)" \
		'chatgpt-batch error: not safe after 1 attempt'

# ---- no HTTPS at the other end, and no HTTP ----
fresh
prompt 1 'secretly'
SSL_CERT_FILE=$tmp/tls/ca.pem batch --attempts 2 \
	--base-url "$(echo "$url" | sed 's/^https/http/')"
is 'http to an https server: exit status' $rc 1
is 'http to an https server: nothing was received' "$(stat requests)" 0
kill $sim
start_sim
fresh
prompt 1 'secretly'
batch --attempts 2 --base-url "$(echo "$url" | sed 's/^http/https/')"
is 'https to an http server: exit status' $rc 1
is 'https to an http server: nothing was received' "$(stat requests)" 0
is 'https to an http server: nothing is charged' \
	"$(ledger tokens_within_day)" 0

# ---- who connects and never says a word ----
start_sim --stall
fresh_url=$url
url=
fresh
url=$fresh_url
prompt 1 'anybody?'
batch --connect-timeout 200ms --attempts 1 --timeout 500ms
is 'silence: exit status' $rc 1
like 'silence: first line' "$(answer 1)" '^chatgpt-batch error: timeout'
fresh_url=$(echo "$url" | sed 's/^http/https/')
rm -r "$ws/outputs" "$ws/usage.md"
SSL_CERT_FILE=$tmp/tls/ca.pem batch --connect-timeout 200ms --attempts 1 \
	--base-url "$fresh_url"
is 'silence in the handshake: exit status' $rc 1
is 'silence in the handshake: nothing is charged' \
	"$(ledger tokens_within_day)" 0

done_testing
