# testing.mk: what tests, checks and fuzzes. A part of the Makefile, for those who work on this.

# ---- Testing --------------------------------------------------------------------------------

.PHONY: test
test: ## Install what is missing and run every test
	dev/setup test
	@spec/run all

.PHONY: check
check: ## The quick part of the tests, under a minute
	@spec/run quick

.PHONY: nightly
nightly: ## Every test, and those that take long: fuzzing, 100,000 orders, a million orders
	dev/setup test
	@spec/run nightly

.PHONY: soak
soak: ## ORDERS=100000 through a bad network, another one each time (SEED=)
	@$(MAKE) --no-print-directory LUA=5.4
	$(WITH_LUA_54) ORDERS=$(or $(ORDERS),100000) SEED=$(or $(SEED),random) sandbox/run spec/proof/bad_network

.PHONY: core-tests
CORE_TESTS := $(patsubst spec/core/%.c,$(BUILD)/core-tests/%,$(wildcard spec/core/*_test.c))
core-tests: $(CORE_TESTS) ## Build the C tests of the core

CORE_TEST_OBJECTS := $(patsubst spec/core/%.c,$(BUILD)/core-tests/%.o,$(wildcard spec/core/*.c))
$(CORE_TEST_OBJECTS): $(BUILD)/core-tests/%.o: spec/core/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE) -Ispec/core -c -o $@ $<

CORE_TEST_HELPERS := $(filter-out %_test.o,$(CORE_TEST_OBJECTS))
$(CORE_TESTS): %: %.o $(CORE_TEST_HELPERS) $(CORE_OBJECTS)
	$(LINK_PROGRAM) -o $@ $^ $(CMOCKA_LIBS) $(CORE_LIBS)
$(BUILD)/core-tests/allocation_test: LINK_HARDENING += $(foreach name,malloc calloc realloc strdup strndup mmap,-Wl,--wrap=$(name))

.PHONY: allocation
allocation: $(foreach lua,$(LUAS),$(BUILD)/$(call lua_name,$(lua))/allocation) faults ## Build what lets memory run out

.PHONY: faults
faults: $(patsubst spec/faults/%.c,$(BUILD)/faults/%.so,$(wildcard spec/faults/*.c)) ## Build the fault libraries for LD_PRELOAD

$(BUILD)/faults/%.so: spec/faults/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARNINGS) $(CFLAGS) -fPIC -shared -pthread -MMD -MP -o $@ $< -ldl

# Programs with a Lua inside: 5.4 linked statically, as games do, and LuaJIT.
.PHONY: hosts
hosts: $(BUILD)/hosts/lua5.4 $(BUILD)/hosts/luajit ## Build the C programs that load the module

$(BUILD)/hosts/lua5.4: HOST_LIBS = -l:liblua5.4.a -lm -ldl
$(BUILD)/hosts/luajit: HOST_LIBS = $(call lua_libs,luajit)
$(BUILD)/hosts/%: spec/hosts/embedded/host.c Makefile
	@mkdir -p $(@D)
	$(LINK_PROGRAM) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(call lua_cflags,$(patsubst lua5.%,5.%,$*)) -Wl,-E -o $@ $< \
	$(HOST_LIBS)

# ---- Fuzzing --------------------------------------------------------------------------------

# libFuzzer is clang's alone. The targets are the files of spec/fuzz that no header belongs to.
SECONDS ?= 60
JOBS ?= 2
FUZZ_TARGETS := $(filter-out $(basename $(notdir $(wildcard spec/fuzz/*.h))),\
	$(basename $(notdir $(wildcard spec/fuzz/*.c))))
FUZZ_PARTS := $(addprefix $(BUILD)/fuzz/parts/,memory.o session.o fake.o \
	$(patsubst src/%.c,%.o,$(wildcard src/core/*.c src/lua/*.c)))
# What spec/fuzz/memory.c stands in for.
FUZZ_WRAPS := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup strndup mmap munmap madvise mlock)

.PHONY: fuzz-targets
fuzz-targets: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%) ## Build the fuzz targets

.PHONY: fuzz
fuzz: fuzz-targets ## Run each fuzz target for SECONDS, JOBS at a time
	@spec/fuzz/run '$(BUILD)/fuzz' '$(SECONDS)' '$(JOBS)' $(FUZZ_TARGETS)

$(BUILD)/fuzz/%: CC = clang
$(BUILD)/fuzz/%: HARDENING = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
$(BUILD)/fuzz/%: LINK_HARDENING = -fsanitize=fuzzer,address,undefined

COMPILE_FUZZED = $(COMPILE) -Ispec/core $(call lua_cflags,5.4) -c -o $@ $<

$(BUILD)/fuzz/parts/%.o: spec/fuzz/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE_FUZZED)

$(BUILD)/fuzz/parts/%.o: spec/core/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE_FUZZED)

$(BUILD)/fuzz/parts/%.o: src/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE_FUZZED)

.SECONDARY: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/parts/%.o)
$(FUZZ_TARGETS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/parts/%.o $(FUZZ_PARTS)
	$(LINK_PROGRAM) $(FUZZ_WRAPS) -o $@ $^ \
	$(call lua_libs,5.4) $(CORE_LIBS)

# ---- The files' form ------------------------------------------------------------------------

C_FILES = find src spec examples bench -name '*.[ch]'

.PHONY: format
format: ## Format the C files
	$(C_FILES) -exec clang-format -i {} +

.PHONY: lint
lint: ## Check formatting and look for mistakes in Lua files
	$(C_FILES) -exec clang-format --dry-run -Werror {} +
	{ find lua spec examples sandbox bench docs -name '*.lua'; \
	  grep -rlE --exclude='*.lua' '^#!.*lua' spec sandbox dev bench bin; } | xargs -d '\n' luacheck -q

.PHONY: reference
reference: ## Make docs/reference.md and the types for editors out of docs/reference.lua
	dev/reference

.PHONY: messages
messages: ## Make docs/messages.md by provoking every message, and docs/command-errors.md
	@$(MAKE) --no-print-directory -s LUA=5.4
	$(WITH_LUA_54) sandbox/run lua5.4 spec/docs/write_messages.lua
