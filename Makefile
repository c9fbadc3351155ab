# chatgpt-batch
#
#   make                 bin/chatgpt-batch and bin/openai-sim
#   make check           unit tests and end-to-end tests (no network, no key)
#   make demo            the sample prompts, answered by the local simulator
#   make bench           benchmarks (see bench/README.md)
#   make lint            warnings, format, static analysis, layering
#   make format          clang-format, in place
#   make install         into $(DESTDIR)$(PREFIX)
#   make clean
#
# Knobs: CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR;
# SAN=address,undefined builds and checks an instrumented twin in build/.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
SAN ?=
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

CLIENT_LIBS := -lcurl -lcjson -lbsd
SIM_LIBS := -lmicrohttpd -lcjson -lbsd -lpthread
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)

TOK_SRC := $(wildcard src/tokenizer/*.c)
CLIENT_SRC := $(filter-out src/main.c,$(wildcard src/*.c))
SIM_SRC := $(filter-out sim/main.c,$(wildcard sim/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
HELPER_SRC := $(wildcard tests/e2e/*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))
HELPER_BIN := $(patsubst tests/e2e/%.c,$(B)/tests/%,$(HELPER_SRC))
E2E := $(wildcard tests/e2e/[0-9]*.sh)

all: $(BIN)/chatgpt-batch $(BIN)/openai-sim usage.md

include src/tokenizer/rules.mk

# A change of compiler or flags rebuilds: the stamp's text is the command.
$(B)/command: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(COMPILE) / $(LINK))' | \
		cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(COMPILE) / $(LINK))' >$@

$(B)/obj/%.o: %.c $(B)/command | $(TOK_GENERATED)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(B)/libbpetok.a: $(call obj,$(TOK_SRC)) $(TOK_OBJ)
$(B)/libclient.a: $(call obj,$(CLIENT_SRC))
$(B)/libsim.a: $(call obj,$(SIM_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BIN)/chatgpt-batch: $(call obj,src/main.c) $(B)/libclient.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CLIENT_LIBS)

$(BIN)/openai-sim: $(call obj,sim/main.c) $(B)/libsim.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(SIM_LIBS)

$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $(B)/libclient.a \
		$(B)/libsim.a $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(CHECK_LIBS) $(CLIENT_LIBS) $(SIM_LIBS) $(TEST_LIBS)

$(HELPER_BIN): $(B)/tests/%: $(B)/obj/tests/e2e/%.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $^

# The ledger is state, not source: a clone starts with a fresh one.
usage.md:
	@tools/new-ledger >$@

check: all $(UNIT_BIN) $(HELPER_BIN)
	@BIN='$(abspath $(BIN))' HELPERS='$(abspath $(B)/tests)' SAN='$(SAN)' \
		tests/run $(UNIT_BIN) $(E2E)

clean:
	rm -rf build bin

FORCE:
.PHONY: all check check-long demo bench lint format install clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
