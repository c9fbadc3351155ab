#!/bin/sh
# Children shut themselves in; what a run needs goes on working.  That nothing
# else does is test_sandbox's to show.
# shellcheck disable=SC2119,SC2317 # functions for ok; batch without arguments
. "$(dirname "$0")/lib.sh"

# of PID NAME: what /proc says of a process
of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

start_sim
prompts 1 2 'held [[sim: hold]]'
start_batch
ok 'two are held' sim_wait held=2
seccomp=$(of $$ Seccomp)
for p in $(children $pid); do
	is 'a child gains no privileges' "$(of "$p" NoNewPrivs)" 1
	if [ -z "$seccomp" ]; then
		skip 'a child has a filter: there is no seccomp here'
	else
		is 'a child has a filter' "$(of "$p" Seccomp)" 2
	fi
done
is 'the parent is as it was' "$(of $pid Seccomp)" "$seccomp"
release
finish $pid
is 'exit status' $rc 0
ok 'the ledger is exact' exact

# ---- an earlier answer, an error, no room in $TMPDIR ----
fresh
prompt 1 'one'
batch
prompt 1 'one, again [[sim: 400]]'
touch "$ws/prompts/1_prompt.txt"
# Valgrind itself wants one.
if [ "${SAN:-}" = valgrind ]; then batch; else TMPDIR=/nowhere batch; fi
is 'an error: exit status' $rc 1
ok 'an error: the earlier answer is kept' test -s "$(answer 1)~"
ok 'an error: nothing is left over' clean

# ---- directories that are links ----
fresh
mkdir "$tmp/elsewhere" "$ws/lockfiles"
ln -s "$tmp/elsewhere" "$ws/outputs"
prompts 1 2 'linked'
batch
is 'outputs/ is a link: exit status' $rc 0
ok 'outputs/ is a link: answered' test -s "$tmp/elsewhere/2_output.txt"

# ---- a worker of --exec is the user's own ----
fresh
prompt 1 'one'
batch --exec "sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status;
	echo \$\$ >'$tmp/written'"
is 'a worker: exit status' $rc 0
is 'a worker is not shut in' "$(first 1)" "$(of $$ NoNewPrivs)"
ok 'a worker writes where it likes' test -s "$tmp/written"

# ---- certificates, wherever they are ----
"$root/tools/test-ca" "$tmp/tls" 2>"$err" || cat "$err"
start_sim --tls "$tmp/tls/server.pem" "$tmp/tls/server.key"
mkdir "$tmp/links"
for f in "$tmp"/tls/ca/*; do
	ln -s "$f" "$tmp/links/${f##*/}"
done
fresh
prompt 1 'secretly'
SSL_CERT_DIR=$tmp/links batch
is 'a directory of links: exit status' $rc 0
SSL_CERT_DIR=/nowhere:$tmp/links batch -B
is 'the second of two directories: exit status' $rc 0
CURL_CA_BUNDLE=$tmp/tls/ca.pem batch -B
is 'a bundle: exit status' $rc 0
SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt SSL_CERT_DIR=$tmp/links batch -B
is 'a bundle and a directory: exit status' $rc 0
SSL_CERT_FILE=$tmp/tls/server.pem SSL_CERT_DIR=$tmp/links batch -B
is 'one of no use, and a directory: exit status' $rc 0

done_testing
