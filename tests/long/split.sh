#!/bin/sh
# 1,000 prompts with --split: the windows are full, and never too full.
#
# The simulator enforces the same limits itself, in fixed windows that begin with
# the first request, and must never have to say 429.  Its windows are shorter by
# what a request may take from its reservation to there on a busy machine: what
# comes first may come late, and then its window would end late, too.
# shellcheck disable=SC2119,SC2317 # functions for ok
limit=900
. "$(dirname "$0")/../e2e/lib.sh"
window=8
way=2

# windows: of the journal, one a line: requests, input tokens, answers' tokens,
# and the milliseconds from its first request to the next one's
windows() {
	journal | sed 's/.*"received_ms":\([0-9.]*\).*"prompt_tokens":\([0-9]*\).*"completion_tokens":\([0-9]*\).*/\1 \2 \3/' |
		sort -n | awk -v w=$(((window - way) * 1000)) '
		n && $1 - start >= w { print n, i, o, $1 - start; n = 0 }
		!n { start = $1; n = i = o = 0 }
		{ n++; i += $2; o += $3 }
		END { print n, i, o, 0 }'
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

# thousand NAME COLUMN LIMIT OPTIONS...: a run whose limit is LIMIT
thousand() {
	name=$1 column=$2 most=$3
	shift 3
	fresh
	prompts 1 1000 'one of a thousand prompts, and this is number'
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
	sed "s/^/# $name: requests, input, output, ms to the next: /" "$tmp/windows"
	# shellcheck disable=SC2046 # two words
	set -- $(used "$column" "$most")
	echo "# $name: $2 windows, the emptiest full one used to $1 %"
	ok "$name: at least 95 % of each full window is used" test "$1" -ge 95
	ok "$name: there are several windows" test "$2" -ge 7
	is "$name: no window has more" "$(over "$column" "$most")" ''
	awk -v w=$((window * 1000)) -v name="$name" '
		$4 { sum += $4 - w; n++ }
		END {
			lag = sum / n / 1000
			printf "# %s: a window of %g s comes every %.2f s: %.1f %% of the time; one of 60 s then %.1f %%\n", name, w / 1000, w / 1000 + lag, 100 * w / (w + 1000 * lag), 6000 / (60 + lag)
		}' "$tmp/windows"
}

start_sim --latency 100 --rpm 130 --window $((window - way))
thousand 'requests' 1 130 --limit-minute-requests 130
kill "$sim"

# Answers count when they come; what is on the way by then is not recalled.
start_sim --latency 3000 --answer-tokens 5 --tpm 2400 --window $((window - way))
thousand 'tokens' 2 2400 --limit-minute-tokens 2400
kill "$sim"

# A batch's limit cuts the windows into batches.
start_sim --latency 100 --answer-tokens 1 --rpm 130 --window $((window - way))
thousand 'requests, in small batches' 1 130 --limit-minute-requests 130 \
	--limit-batch-tokens 400
done_testing
