# Completion of chatgpt-batch for bash; tests/unit/test_docs.c compares the
# options with the program's.

_chatgpt_batch_prompts() # directory
{
	local file

	for file in "$1"/prompts/*_prompt.txt; do
		file=${file##*/}
		file=${file%_prompt.txt}
		[[ $file =~ ^[1-9][0-9]*$ ]] && echo "$file"
	done
}

_chatgpt_batch()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev='' dir=. command='' word i
	local commands=(run plan count status help version)
	local everywhere=(-h --help -V --version
	)
	local run=(--range -B --always -n --dry-run -k --keep-going --exec
		--system --max-output-tokens --temperature --param
		--base-url --api --key-file --organization --project
		--insecure-http --connect-timeout --idle-timeout --timeout
		--answer-max --attempts --retries-unknown --accept --split
		--max-wait --no-wait --log
	)
	local run_status=(-C --directory --ledger --limit-batch-tokens
		--limit-minute-tokens --limit-minute-requests
		--limit-day-tokens --window --json -q --quiet -v --verbose
		--color
	)
	local run_count=(-j --jobs -m --model -e --encoding
	)
	local count=(--ids --chat
	)

	COMPREPLY=()
	((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD - 1]}
	# "--option=value" comes as three words.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case ${COMP_WORDS[i - 1]} in
		-C | --directory) dir=${word/#\~/$HOME} ;;
		esac
		[[ -z $command && " ${commands[*]} " == *" $word "* ]] &&
			command=$word
	done

	case $prev in
	-C | --directory)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--ledger | --key-file | --system | --log)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-e | --encoding)
		mapfile -t COMPREPLY < <(compgen -W 'r50k_base p50k_base
			p50k_edit cl100k_base o200k_base o200k_harmony' \
			-- "$cur")
		return
		;;
	--accept)
		mapfile -t COMPREPLY < <(compgen -W 'length content_filter
			refusal tool_calls empty other' -- "$cur")
		return
		;;
	--api)
		mapfile -t COMPREPLY < <(compgen -W 'chat responses' -- "$cur")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' \
			-- "$cur")
		return
		;;
	--exec)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
		;;
	-j | --jobs | -m | --model | --range | --max-output-tokens | \
		--temperature | --param | --base-url | --organization | \
		--project | --connect-timeout | --idle-timeout | --timeout | \
		--answer-max | --attempts | --retries-unknown | --limit-* | \
		--window | --max-wait)
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		case $command in
		count) word="${everywhere[*]} ${run_count[*]} ${count[*]}" ;;
		status) word="${everywhere[*]} ${run_status[*]}" ;;
		help | version) word="${everywhere[*]}" ;;
		*) word="${everywhere[*]} ${run[*]} ${run_status[*]}
			${run_count[*]}" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
		return
	fi
	case $command in
	'')
		word="${commands[*]} $(_chatgpt_batch_prompts "$dir")"
		;;
	run | plan) word=$(_chatgpt_batch_prompts "$dir") ;;
	help) word="${commands[*]}" ;;
	count)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	*) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -F _chatgpt_batch chatgpt-batch
