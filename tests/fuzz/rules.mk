# Fuzzers, one a file here, for clang's libFuzzer; included by the Makefile.
# Each runs for FUZZ_TIME seconds, and keeps what it has found out in
# build/gen/fuzz/.

FUZZ_TIME ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,fuzz-%,$(wildcard tests/fuzz/*.c))
FUZZ_SAN := address,undefined
FUZZ_B := build/fuzz
FUZZ_LIBS := $(FUZZ_B)/libclient.a $(FUZZ_B)/libbpetok.a

fuzz: $(FUZZERS)

fuzz-libs:
	@$(MAKE) -s CC=clang SAN=$(FUZZ_SAN),fuzzer-no-link B=$(FUZZ_B) \
		$(FUZZ_LIBS)

$(FUZZERS): fuzz-%: fuzz-libs
	@mkdir -p $(G)/fuzz/$*
	clang -g -O1 -std=c11 -fsanitize=fuzzer,$(FUZZ_SAN) $(BASE_CPPFLAGS) \
		-o $(G)/fuzz/fuzz-$* tests/fuzz/$*.c $(FUZZ_LIBS) $(CLIENT_LIBS)
	$(G)/fuzz/fuzz-$* -max_total_time=$(FUZZ_TIME) -max_len=4096 \
		-print_final_stats=1 $(G)/fuzz/$*

.PHONY: fuzz fuzz-libs $(FUZZERS)
