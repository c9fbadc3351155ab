#!/bin/sh
# The ids of npm's tiktoken, where node finds it (NODE_PATH), are those of count.
limit=900
. "$(dirname "$0")/../e2e/lib.sh"
texts=${TOK_TEXTS:-4000}
seed=${TOK_SEED:-1}

third() {
	node "$root/tests/long/tiktoken.js" "$@"
}

# same ENCODING FILE...
same() {
	encoding=$1
	shift
	"$BIN/chatgpt-batch" count --ids -e "$encoding" "$@" >"$tmp/ids" &&
		third compare "$encoding" "$@" <"$tmp/ids" >"$tmp/said"
	same_rc=$?
	sed "s/^/# $encoding: /" "$tmp/said"
	return $same_rc
}

if ! third encodings >"$tmp/encodings" 2>/dev/null; then
	skip 'node does not find the package tiktoken'
	done_testing
fi
mkdir "$tmp/texts"
third make "$texts" "$seed" "$tmp/texts"
head -c 100000 /dev/urandom >"$tmp/random"
head -c 20000 /dev/zero | tr '\0' a >"$tmp/run"
cat "$root"/src/*.c >"$tmp/sources"
cat "$root"/tests/unit/tok_*.[ch] "$root"/tests/long/*.js >"$tmp/vectors"

while read -r encoding; do
	ok "$encoding: $texts random texts from $seed on" \
		same "$encoding" "$tmp/texts"/*
	ok "$encoding: files of the project, and random bytes" \
		same "$encoding" "$root/README.md" "$root"/man/*.1 \
		"$root/LICENSE" "$tmp/sources" "$tmp/vectors" "$tmp/random" \
		"$tmp/run"
done <"$tmp/encodings"
done_testing
