# The sweeps (sweep.h): one program, and a library that it preloads.  They
# know the registers of x86-64 only, and preloading suits no sanitizer.

ifeq ($(shell uname -m)$(SAN),x86_64)
SWEEP_SRC := $(filter-out tests/sweep/alloc.c,$(wildcard tests/sweep/*.c))
SWEEP_BIN := $(B)/tests/sweep $(B)/tests/sweep_alloc.so
SWEEP := $(wildcard tests/sweep/[0-9]*.sh)
endif

$(B)/tests/sweep: $(call obj,$(SWEEP_SRC))
	@mkdir -p $(@D)
	$(call say,LD      )$(LINK) -o $@ $^ -lbsd

$(B)/tests/sweep_alloc.so: tests/sweep/alloc.c tests/sweep/alloc.h $(B)/command
	@mkdir -p $(@D)
	$(call say,CC      )$(COMPILE) -fPIC -shared -o $@ $<

# A sample with every check; all of it in 10 to 15 minutes.
everything: $(SWEEP_BIN)
E2E += $(SWEEP)

sweep-wide: all $(SWEEP_BIN)
	@[ -z '$(SWEEP)' ] || BIN='$(abspath $(BIN))' \
		HELPERS='$(abspath $(B)/tests)' SWEEP_WIDE=1 TEST_JOBS=1 \
		tests/run --verbose $(SWEEP)

check-long: sweep-wide
.PHONY: sweep-wide

-include $(patsubst %.c,$(B)/obj/%.d,$(SWEEP_SRC))
