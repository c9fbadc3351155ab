#!/bin/sh
# 1,000 prompts with --split: the windows are full, and never too full.
#
# The simulator enforces the very same limits itself, over as long a minute, with
# even refill like the real API, and must never have to say 429.
# shellcheck disable=SC2119,SC2317 # functions for ok
limit=900
. "$(dirname "$0")/../e2e/lib.sh"
window=8

# windows: of the journal, one a line: requests, input tokens, answers' tokens,
# both together, and the milliseconds from its first request to the next one's.
# On the way from its reservation a request can be overtaken, by less than half
# a second.
windows() {
	journal | sed 's/.*"received_ms":\([0-9.]*\).*"prompt_tokens":\([0-9]*\).*"completion_tokens":\([0-9]*\).*/\1 \2 \3/' |
		sort -n | awk -v w=$((window * 1000 - 500)) '
		n && $1 - start >= w { print n, i, o, i + o, $1 - start; n = 0 }
		!n { start = $1; n = i = o = 0 }
		{ n++; i += $2; o += $3 }
		END { print n, i, o, i + o, 0 }'
}

# used COLUMN LIMIT: the least, in percent, that a window but the last has of
# it, and how many windows there are
used() {
	awk -v c="$1" -v limit="$2" '
		{ rows[NR] = $c }
		END {
			least = limit
			for (k = 1; k < NR; k++)
				if (rows[k] < least)
					least = rows[k]
			print int(100 * least / limit), NR
		}' "$tmp/windows"
}

# over COLUMN LIMIT: the windows that have more of it
over() {
	awk -v c="$1" -v limit="$2" '$c > limit' "$tmp/windows"
}

# thousand NAME TEXT COLUMN LIMIT OPTIONS...: a run whose limit is LIMIT
thousand() {
	name=$1 text=$2 column=$3 most=$4
	shift 4
	fresh
	prompts 1 1000 "$text"
	batch --range 1-1000 --split --window ${window}s "$@"
	is "$name: exit status" "$rc" 0
	is "$name: each is answered once" \
		"$(stat billed) $(find "$ws/outputs" -name '*_output.txt' | wc -l)" \
		'1000 1000'
	is "$name: the simulator never says 429" "$(journal | grep -c "\"status\":429")" 0
	is "$name: every request is an answer" "$(stat requests)" 1000
	is "$name: the day is exact" "$(ledger tokens_within_day)" \
		"$(stat billed_total_tokens)"
	ok "$name: nothing is left over" clean
	windows >"$tmp/windows"
	sed "s/^/# $name: requests, input, output, both, ms to the next: /" "$tmp/windows"
	# shellcheck disable=SC2046 # two words
	set -- $(used "$column" "$most")
	echo "# $name: $2 windows, the emptiest full one used to $1 %"
	ok "$name: at least 95 % of each full window is used" test "$1" -ge 95
	ok "$name: there are several windows" test "$2" -ge 7
	is "$name: no window has more" "$(over "$column" "$most")" ''
	awk -v w=$((window * 1000)) -v name="$name" '
		$5 { sum += $5 - w; n++ }
		END {
			lag = sum / n / 1000
			printf "# %s: a window of %g s comes every %.2f s: %.1f %% of the time; one of 60 s then %.1f %%\n", name, w / 1000, w / 1000 + lag, 100 * w / (w + 1000 * lag), 6000 / (60 + lag)
		}' "$tmp/windows"
}

start_sim --latency 100 --rpm 130 --minute $window
thousand 'requests' 'number' 1 130 --limit-minute-requests 130
kill "$sim"

# What an answer brings is not known when its prompt is admitted: these bring
# little, and find room in what no further prompt fits in.
start_sim --latency 100 --answer-tokens 1 --tpm 24200 --minute $window
thousand 'tokens' "$(printf 'word %.0s' $(seq 395)), number" 4 24200 \
	--limit-minute-tokens 24200
kill "$sim"

# A batch's limit cuts the windows into batches.
start_sim --latency 100 --answer-tokens 1 --rpm 130 --minute $window
thousand 'requests, in small batches' 'number' 1 130 \
	--limit-minute-requests 130 --limit-batch-tokens 400
done_testing
