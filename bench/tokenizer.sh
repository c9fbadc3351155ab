#!/bin/sh
# Measure the tokenizer: made-up text, then text of this machine, then a cold
# start of the whole program:
#	bench/tokenizer.sh PROGRAM COUNT [--vs] [FILE]...
# PROGRAM is bench/tokenizer.c built; COUNT the command that counts a file.
# --vs also runs npm's tiktoken where node finds it.
set -eu

program=$1 count=$2
shift 2
vs=
[ "${1-}" = --vs ] && vs=1 && shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$program" -e o200k_base
if [ $# -eq 0 ]; then
	find /usr/share/common-licenses /usr/share/perl -type f \
		\( -path '*licenses*' -o -name '*.pod' \) -exec cat {} + |
		head -c 8000000 >"$tmp/prose"
	find /usr/include -name '*.h' -size -64k -exec cat {} + |
		head -c 8000000 >"$tmp/code"
	set -- "$tmp/prose" "$tmp/code"
fi
"$program" "$@"

# COUNT is words, the program is Perl's.
# shellcheck disable=SC2086,SC2016
for n in 2000 1200000; do
	head -c "$n" "$1" >"$tmp/text"
	perl -MTime::HiRes=time -e '
		my ($file, @cmd) = @ARGV;
		open(STDOUT, ">", "/dev/null");
		my $best = 1e9;
		for (1 .. 15) {
			my $t = time;
			system(@cmd, $file) == 0 or die "@cmd: $?\n";
			$t = time - $t;
			$best = $t if $t < $best;
		}
		printf STDERR "cold start, %d bytes: %.2f ms\n",
		    -s $file, 1000 * $best;
	' "$tmp/text" $count
done

# shellcheck disable=SC2016 # JavaScript
[ -z "$vs" ] || node -e '
	const t = require("tiktoken"), fs = require("fs");
	for (const e of ["cl100k_base", "o200k_base"]) {
		const k = t.get_encoding(e);
		for (const f of process.argv.slice(1)) {
			const s = fs.readFileSync(f, "utf8");
			const from = process.cpuUsage();
			const n = k.encode_ordinary(s).length;
			const us = process.cpuUsage(from).user;
			console.log(`tiktoken ${e} ${f}: ${n} tokens,`,
			    (Buffer.byteLength(s) / us).toFixed(1), "MB/s");
		}
	}' "$@"
