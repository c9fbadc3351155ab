#!/bin/sh
# Measure the tokenizer: text of this machine, or FILEs, and made-up text,
# then the whole program from its start:
#	bench/tokenizer.sh PROGRAM COLD COUNT [--vs] [FILE]...
# PROGRAM and COLD are bench/tokenizer.c and bench/cold.c built; COUNT is the
# command that counts a file.  The first FILE is taken for prose.
# --vs has others do the same, where they are installed: quicktok ($QUICKTOK,
# $QUICKTOK_DATA), tiktoken and gpt-tokenizer where node finds them, tiktoken
# where python3 does.
set -eu
export LC_ALL=C

program=$1 cold=$2 count=$3
shift 3
vs=
[ "${1-}" = --vs ] && vs=1 && shift
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Of the files that find would find, in order of their names, BYTES bytes.
some() {
	bytes=$1
	shift
	find "$@" -type f -print0 2>/dev/null | sort -z |
		xargs -0r zcat -f 2>/dev/null | head -c "$bytes"
}

# Licences, manuals and documentation.
prose() {
	some 1000000 /usr/share/common-licenses
	some 2000000 /usr/share/perl /usr/lib/*/perl -name '*.pod'
	some 6000000 /usr/share/info -name '*.gz'
	some 8000000 /usr/share/doc \
		\( -name '*.md' -o -name '*.txt' -o -name '*.rst' \)
}

code() {
	some 2000000 /usr/include -name '*.h' -size -64k
	some 2000000 /usr/lib/python3 /usr/lib/python3.* -name '*.py'
	some 2000000 /usr/share/perl /usr/share/perl5 -name '*.pm'
	some 2000000 /usr/share/nodejs /usr/lib/node_modules -name '*.js'
}

# What programs say in other languages: the translations in their catalogues,
# without the English originals (see "The Format of GNU MO Files" in gettext's
# manual).
multilingual() {
	for language in ar de es fr hi ja ko ru zh_CN; do
		find "/usr/share/locale/$language/LC_MESSAGES" -name '*.mo' \
			-print0 2>/dev/null | sort -z |
			xargs -0r perl -0777 -ne "$translations" 2>/dev/null |
			head -c 900000 | valid
	done
}
# shellcheck disable=SC2016 # Perl
translations='
	my $l = unpack("L<", $_) == 0x950412de ? "L<" : "L>";
	my ($n, undef, $at) = unpack "x8${l}3", $_;
	my @text;
	for my $i (0 .. $n - 1) {
		my ($len, $from) = unpack "${l}2", substr $_, $at + 8 * $i, 8;
		push @text, substr $_, $from, $len;
	}
	next if $text[0] !~ /utf-8/i;
	print tr/\0/\n/r, "\n" for @text[1 .. $#text];'

# Only what is UTF-8: files may have anything, and end in half a character.
valid() {
	iconv -c -f UTF-8 -t UTF-8 2>/dev/null || :
}

# PEER ENCODING [FILE]...: what the peer takes for the files.
under=
peer() {
	peer=$1
	shift
	case $peer in
	npm:*) $under node "$here/peers.js" "${peer#npm:}" "$@" ;;
	pypi:*) $under python3 "$here/peers.py" "$here/../data/encodings" "$@" ;;
	esac
}

# COMMAND [ARG]...: what it takes to count $tmp/text, all told.
whole() {
	printf '%-20s%8d bytes: ' "$1" "$(wc -c <"$tmp/text")"
	shift
	"$cold" "$@" "$tmp/text"
}

if [ $# -eq 0 ]; then
	prose | head -c 8000000 | valid >"$tmp/prose"
	code | valid >"$tmp/code"
	multilingual >"$tmp/multilingual"
	for text in prose code multilingual; do
		if [ "$(wc -c <"$tmp/$text")" -ge 1000000 ]; then
			set -- "$@" "$tmp/$text"
		else
			echo "$text: not 1 MB of it on this machine: left out"
		fi
	done
fi
[ $# -gt 0 ] || exit 1

: >"$tmp/peers"
found=
for p in ${vs:+npm:tiktoken npm:gpt-tokenizer pypi:tiktoken}; do
	if ! peer "$p" o200k_base 2>/dev/null; then
		echo "$p: not found"
		continue
	fi
	found="$found $p"
	for encoding in r50k_base p50k_base cl100k_base o200k_base; do
		peer "$p" "$encoding" "$@" >>"$tmp/peers"
	done
done
"$program" ${vs:+-q} -p "$tmp/peers" "$@"

# COUNT is words.
# shellcheck disable=SC2086
{
	echo
	echo 'A whole process that counts, o200k_base:'
	for n in 2000 1200000 1000000; do
		head -c "$n" "$1" >"$tmp/text"
		whole "${1##*/}" $count
	done
	head -c 1000000 /dev/zero | tr '\0' a >"$tmp/text"
	whole 'one letter' $count
}
[ -n "$vs" ] || exit 0
head -c 2000 "$1" >"$tmp/text"
if "$program" -c "$tmp/text" >"$tmp/log"; then
	whole quicktok "$program" -c
fi
for p in $found; do
	printf '%-20s%8d bytes: ' "$p" 2000
	under=$cold peer "$p" o200k_base "$tmp/text"
done
