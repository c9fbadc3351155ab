# prompts.mk - answers as make's targets.  In a workspace's Makefile:
#
#	include /usr/local/share/chatgpt-batch/prompts.mk
#
#	make -j8 answers		all that are missing or older than their prompt
#	make outputs/7_output.txt	one
#
# One invocation a prompt; all share the ledger, so no limit is exceeded however
# many make starts.  A failed prompt's report is older than the prompt, so make
# tries it again.  Variables: CHATGPT_BATCH, CHATGPT_BATCH_FLAGS.

CHATGPT_BATCH ?= chatgpt-batch
CHATGPT_BATCH_FLAGS ?=

ANSWERS := $(patsubst prompts/%_prompt.txt,outputs/%_output.txt,\
	$(wildcard prompts/[1-9]_prompt.txt prompts/[1-9][0-9]_prompt.txt \
		prompts/100_prompt.txt))

answers: $(ANSWERS)
.PHONY: answers

# make -B means again, even what is up to date.
CHATGPT_BATCH_AGAIN = $(if $(findstring B,$(firstword -$(MAKEFLAGS))),-B)

outputs/%_output.txt: prompts/%_prompt.txt
	@$(CHATGPT_BATCH) -q $(CHATGPT_BATCH_AGAIN) $(CHATGPT_BATCH_FLAGS) $*

# What is there is kept, also when make or the invocation is interrupted.
.PRECIOUS: outputs/%_output.txt
