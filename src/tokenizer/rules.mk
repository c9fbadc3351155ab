# How the vocabularies' images and the Unicode tables are made; included by
# the Makefile.  Nothing generated is committed.

UNICODE_DATA ?= /usr/share/unicode
TOK_VOCABS := p50k_base cl100k_base o200k_base
TOK_IMG := $(TOK_VOCABS:%=$(G)/%.img)
TOK_GENERATED := $(G)/tok_unicode.h

# What is hot is there twice, for any processor and for AVX2: see avx2.h.
TOK_HOT := engine long merge path piece repeat run scan utf8 vocab \
	window
TOK_AVX2 := $(TOK_HOT:%=$(B)/obj/src/tokenizer/%-avx2.o)
TOK_OBJ := $(B)/obj/src/tokenizer/images.o $(TOK_AVX2)
AVX2_FLAGS := $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),-mavx2 -mbmi \
	-mbmi2)
$(TOK_AVX2): $(B)/obj/%-avx2.o: %.c $(B)/command | $(B)/build.ok \
		$(TOK_GENERATED)
	@mkdir -p $(@D)
	$(call say,CC      )$(COMPILE) $(AVX2_FLAGS) \
		-include src/tokenizer/avx2.h -MMD -MP -c -o $@ $<
-include $(TOK_AVX2:.o=.d)
TEST_LIBS += -lpcre2-8

# The generator runs here and now: no SAN, no CFLAGS of the program's.
GEN_VOCAB := $(addprefix tools/gen-,vocab.c image.c words.c trie.c)
$(G)/gen-vocab: $(GEN_VOCAB) tools/gen-vocab.h src/tokenizer/image.h \
		src/tokenizer/words.h
	@mkdir -p $(@D)
	$(CC) -O2 -std=c11 $(WARN) -D_GNU_SOURCE -o $@ $(GEN_VOCAB)

# A vocabulary that is not what OpenAI published stops the build.
# r50k_base's is the beginning of p50k_base's, so it needs no image.
$(G)/vocabularies.ok: data/encodings/SHA256SUMS \
		$(wildcard data/encodings/*.tiktoken)
	@mkdir -p $(@D)
	@cd data/encodings && sha256sum --quiet -c SHA256SUMS || { echo >&2 \
	'data/encodings: a file differs from its published SHA-256'; exit 1; }
	@n=$$(wc -l <data/encodings/r50k_base.tiktoken) && \
		head -n "$$n" data/encodings/p50k_base.tiktoken | \
		cmp - data/encodings/r50k_base.tiktoken
	@touch $@

$(G)/%.img: data/encodings/%.tiktoken $(G)/gen-vocab $(G)/vocabularies.ok
	$(G)/gen-vocab $< $@

$(B)/obj/src/tokenizer/images.o: src/tokenizer/images.S $(TOK_IMG)
	@mkdir -p $(@D)
	$(CC) -c -Wa,-I$(G) -o $@ $<

$(G)/tok_unicode.h: tools/gen-unicode \
		$(UNICODE_DATA)/extracted/DerivedGeneralCategory.txt \
		$(UNICODE_DATA)/PropList.txt
	@mkdir -p $(@D)
	tools/gen-unicode $(UNICODE_DATA) >$@

# What the tokenizer's tests share, and the reference they compare it with.
TOK_TESTS := $(addprefix $(B)/tests/test_tok_,diff scan paths invalid stream)
$(TOK_TESTS): $(call obj,$(addprefix tests/unit/tok_,ref.c suite.c text.c))

# Millions of random texts, and every token and code point, in a process an
# encoding.  TOK_CASES and TOK_SEED may be set.
TOK_ENCODINGS := o200k_base cl100k_base p50k_base r50k_base o200k_harmony \
	p50k_edit
check-long: check-tokenizer-long
check-tokenizer-long: $(TOK_TESTS)
	TOK_CASES=$${TOK_CASES-1000000} TEST_JOBS=$$(nproc) tests/run \
		$(foreach e,$(TOK_ENCODINGS),$(patsubst %,%@$e,$(filter-out %_stream,$(TOK_TESTS))))

# BENCH_FILES: the texts to measure; VS=--vs: other tokenizers too.
$(B)/bench/tokenizer: $(call obj,$(addprefix bench/,tokenizer.c texts.c \
		quicktok.c)) $(B)/libbpetok.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ -lm -ldl
$(B)/bench/cold: $(B)/obj/bench/cold.o
	@mkdir -p $(@D)
	$(LINK) -o $@ $^
bench-tokenizer: $(B)/bench/tokenizer $(B)/bench/cold $(BIN)/chatgpt-batch
	bench/tokenizer.sh $(B)/bench/tokenizer $(B)/bench/cold \
		'$(BIN)/chatgpt-batch count' $(VS) $(BENCH_FILES)

# The library alone, for other programs.
install-tokenizer: $(B)/libbpetok.a
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/include
	install -m 644 $< $(DESTDIR)$(PREFIX)/lib/
	install -m 644 include/tokenizer.h $(DESTDIR)$(PREFIX)/include/
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: bpetok' \
		'Description: byte-pair encoding as tiktoken does it' \
		'Version: $(VERSION)' 'Cflags: -I$${prefix}/include' \
		'Libs: -L$${prefix}/lib -lbpetok' \
		>$(DESTDIR)$(PREFIX)/lib/pkgconfig/bpetok.pc

.PHONY: check-tokenizer-long bench-tokenizer \
	install-tokenizer
