#!/bin/sh
# Measure the tokenizer: made-up text, then text of this machine, then the
# whole program from its start:
#	bench/tokenizer.sh PROGRAM COLD COUNT [--vs] [FILE]...
# PROGRAM and COLD are bench/tokenizer.c and bench/cold.c built; COUNT is the
# command that counts a file.
# --vs also runs npm's tiktoken where node finds it.
set -eu

program=$1 cold=$2 count=$3
shift 3
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

for n in 2000 1200000; do
	head -c "$n" "$1" >"$tmp/text"
	echo "a whole process, $n bytes:"
	# shellcheck disable=SC2086 # COUNT is words
	"$cold" $count "$tmp/text"
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
