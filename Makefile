# chatgpt-batch
#
#   make                 bin/chatgpt-batch and bin/openai-sim
#   make check           unit tests and end-to-end tests (no network, no key)
#   make check-long      the same, and what takes minutes
#   make demo            the sample prompts, answered by the local simulator
#   make fuzz            libFuzzer on what reads foreign text
#   make bench           what a batch costs; bench-tokenizer, bench-admissions
#                        (see bench/README.md)
#   make lint            warnings, format, static analysis, layering
#   make format          clang-format, in place
#   make install         into $(DESTDIR)$(PREFIX)
#   make clean
#
# Knobs: CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR; V=1 shows the commands;
# SAN=address,undefined builds and checks an instrumented twin in build/.
# The packages it takes are installed by tools/setup.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
SAN ?=
V ?=
VERSION := 0.1.0

comma := ,
B := build/$(if $(SAN),san-$(subst $(comma),-,$(SAN)),plain)
BIN := $(if $(SAN),$(B)/bin,bin)
G := build/gen

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
	-Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wcast-qual -Wundef
BASE_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -iquote include -iquote $(G) \
	-DCHATGPT_BATCH_VERSION='"$(VERSION)"'
BASE_CFLAGS := -std=c11 $(WARN) -fno-common -fstack-protector-strong
BASE_LDFLAGS := -Wl,--as-needed
ifneq ($(SAN),)
BASE_CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all
BASE_LDFLAGS += -fsanitize=$(SAN)
endif
COMPILE = $(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS)
LINK = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS)

CLIENT_LIBS := -lcjson -lbsd
SIM_LIBS := -lmicrohttpd -lcjson -lbsd -lpthread
# Asked for when the first test is linked, not at every make.
CHECK_LIBS = $(eval CHECK_LIBS := $$(shell \
	pkg-config --libs check 2>/dev/null || echo -lcheck))$(CHECK_LIBS)

TOK_SRC := $(wildcard src/tokenizer/*.c)
CLIENT_SRC := $(filter-out src/main.c,$(wildcard src/*.c))
SIM_SRC := $(filter-out sim/main.c,$(wildcard sim/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
HELPER_SRC := $(wildcard tests/e2e/*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))
HELPER_BIN := $(patsubst tests/e2e/%.c,$(B)/tests/%,$(HELPER_SRC))
E2E := $(wildcard tests/e2e/[0-9]*.sh)
LONG := $(wildcard tests/long/*.sh)

all: $(BIN)/chatgpt-batch $(BIN)/openai-sim usage.md

include src/tokenizer/rules.mk
-include tests/sweep/rules.mk
include tests/fuzz/rules.mk

# A change of compiler or flags rebuilds: the stamp's text is the command.  GNU
# make 4.3 does not always take the line end off what it reads.
COMMAND := $(COMPILE) / $(LINK)
ifneq ($(strip $(file <$(B)/command)),$(strip $(COMMAND)))
$(B)/command: FORCE
endif
$(B)/command:
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(COMMAND))' >$@

# What has to be installed, tried in one go: what is missing is then said
# once, clearly, and before anything else fails.
HEADERS_build := bsd/libutil.h cjson/cJSON.h curl/curl.h microhttpd.h \
	openssl/ssl.h
HEADERS_tests := check.h pcre2.h
$(B)/%.ok: $(B)/command
	@for h in $(HEADERS_$*); do echo "#include <$$h>"; done | \
		$(COMPILE) -w -DPCRE2_CODE_UNIT_WIDTH=8 -fsyntax-only -x c - || \
		{ $(HINT); }
	@touch $@
$(UNICODE_DATA)/%:
	@echo 'make: there is no $@' >&2; $(HINT)
HINT := echo '*** Something that is needed here is not installed:' \
	'run tools/setup' >&2; exit 1

# What is done, in a word, or with V=1 how.
say = $(if $(V),,@echo '  $(1)$(@:$(CURDIR)/%=%)';)

$(B)/obj/%.o: %.c $(B)/command | $(B)/build.ok $(TOK_GENERATED)
	@mkdir -p $(@D)
	$(call say,CC      )$(COMPILE) -MMD -MP -c -o $@ $<

$(UNIT_BIN:$(B)/tests/%=$(B)/obj/tests/unit/%.o): | $(B)/tests.ok
$(G)/gen-vocab: | $(B)/build.ok

$(B)/libbpetok.a: $(call obj,$(TOK_SRC)) $(TOK_OBJ)
$(B)/libclient.a: $(call obj,$(CLIENT_SRC))
$(B)/libsim.a: $(call obj,$(SIM_SRC))
$(B)/%.a:
	@rm -f $@
	$(call say,AR      )$(AR) rcs $@ $^

$(BIN)/chatgpt-batch: $(call obj,src/main.c) $(B)/libclient.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^ $(CLIENT_LIBS)

$(BIN)/openai-sim: $(call obj,sim/main.c) $(B)/libsim.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^ $(SIM_LIBS)

$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $(B)/libclient.a \
		$(B)/libsim.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^ $(CHECK_LIBS) $(CLIENT_LIBS) \
		$(SIM_LIBS) $(TEST_LIBS)

$(HELPER_BIN): $(B)/tests/%: $(B)/obj/tests/e2e/%.o
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^

# The ledger is state, not source: a clone starts with a fresh one.
usage.md:
	@tools/new-ledger >$@

# Everything that can be compiled, for those who only want to know if it can.
everything: all $(UNIT_BIN) $(HELPER_BIN)

check: everything
	@BIN='$(abspath $(BIN))' HELPERS='$(abspath $(B)/tests)' SAN='$(SAN)' \
		tests/run $(UNIT_BIN) $(E2E)

check-long: check
	@BIN='$(abspath $(BIN))' HELPERS='$(abspath $(B)/tests)' SAN='$(SAN)' \
		TEST_JOBS=1 tests/run --verbose $(LONG)

demo: all
	@BIN='$(BIN)' tools/demo

bench: all
	@BIN='$(abspath $(BIN))' CC='$(CC)' bench/run

$(B)/bench/admissions: $(call obj,bench/admissions.c) $(B)/libclient.a \
		$(B)/libbpetok.a
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^ $(CLIENT_LIBS)
bench-admissions: $(B)/bench/admissions
	$<

lint:
	@CC='$(CC)' tools/lint

format:
	clang-format -i $(wildcard src/*.[ch] src/tokenizer/*.[ch] include/*.h \
		sim/*.[ch] tests/unit/*.[ch] tests/e2e/*.c tests/fuzz/*.c \
		tools/*.c bench/*.c)

BINDIR := $(DESTDIR)$(PREFIX)/bin
SHARE := $(DESTDIR)$(PREFIX)/share
# The simulator is for development and stays here.
install: all
	install -d $(BINDIR) $(SHARE)/man/man1 $(SHARE)/doc/chatgpt-batch \
		$(SHARE)/bash-completion/completions \
		$(SHARE)/zsh/site-functions $(SHARE)/chatgpt-batch
	install $(BIN)/chatgpt-batch $(BINDIR)/
	install -m 644 man/chatgpt-batch.1 $(SHARE)/man/man1/
	install -m 644 LICENSE share/*.example \
		$(SHARE)/doc/chatgpt-batch/
	install -m 644 share/prompts.mk $(SHARE)/chatgpt-batch/
	install -m 644 data/encodings/LICENSE \
		$(SHARE)/doc/chatgpt-batch/LICENSE.vocabularies
	install -m 644 share/completions/chatgpt-batch.bash \
		$(SHARE)/bash-completion/completions/chatgpt-batch
	install -m 644 share/completions/_chatgpt-batch \
		$(SHARE)/zsh/site-functions/

clean:
	rm -rf build bin

FORCE:
.PHONY: all everything check check-long demo bench bench-admissions lint format install clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

-include $(patsubst %.c,$(B)/obj/%.d,$(wildcard src/*.c src/*/*.c sim/*.c \
	tests/*/*.c bench/*.c))
