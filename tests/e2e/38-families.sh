#!/bin/sh
# A name with two addresses, of which the first, of IPv6, is dead: nobody there
# answers a knock, or it is refused.  Needs root and a mount namespace, for an
# /etc/hosts of its own.
# shellcheck disable=SC2119,SC2317 # functions for ok
. "$(dirname "$0")/lib.sh"

printf '::1 both.test\n127.0.0.1 both.test\n' >"$tmp/hosts"
# with_hosts COMMAND...: it, where the name has these addresses
with_hosts() {
	unshare -m sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' \
		"$tmp/hosts" "$@"
}
with_hosts getent ahosts both.test >"$out" 2>"$err"
if ! head -n 1 "$out" | grep -q '^::1 '; then
	echo "1..0 # SKIP no name with ::1 first: $(head -n 1 "$err")"
	exit 0
fi
start_sim
port=${base##*:}

# run NAME: a run of two prompts
run() {
	fresh
	prompts 1 2 'one of two'
	OPENAI_API_KEY=$key with_hosts "$BIN/chatgpt-batch" -C "$ws" \
		--base-url "http://both.test:$port/v1" --insecure-http \
		--connect-timeout 20s --attempts 1 >"$out" 2>"$err"
	is "$1: exit status" $? 0
	is "$1: both are answered" "$(stat billed)" 2
	ok "$1: the ledger is exact" exact
}

run 'refused'

# A listener whose queue is full drops whatever comes.
mkfifo "$tmp/full" "$tmp/end"
perl -MSocket=:all -MFcntl -e '
	my ($port, $full, $end) = @ARGV;
	my $addr = pack_sockaddr_in6($port, inet_pton(AF_INET6, "::1"));
	socket(my $l, AF_INET6, SOCK_STREAM, 0) or die "socket: $!";
	bind($l, $addr) && listen($l, 0) or die "listen: $!";
	my @fillers = map {
		socket(my $s, AF_INET6, SOCK_STREAM, 0) or die "socket: $!";
		fcntl($s, F_SETFL, O_NONBLOCK);
		connect($s, $addr);
		$s
	} 1 .. 16;
	open(my $out, ">", $full); close($out);
	open(my $in, "<", $end); <$in>;' "$port" "$tmp/full" "$tmp/end" &
started="$started $!"
read -r _ <"$tmp/full"
run 'silent'
echo >"$tmp/end"
done_testing
