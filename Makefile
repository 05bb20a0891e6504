# spreetail: build, test and install. `make help` lists the targets.
#
# What people may want to set, on the command line or in the environment:
#   LUA      one of 5.1, 5.2, 5.3, 5.4, luajit (default: all that are installed; the newest where only one makes sense)
#   PREFIX   where `make install` puts things (default: /usr/local), below DESTDIR if that is set
#   BUILD    where things are built (default: build); give each compiler or sanitizer its own
#   SECONDS, JOBS   how long `make fuzz` runs each target (0: only what is kept), and how many at a time (default: 60, 2)
#   SANITIZE sanitizers for the whole build, for example address,undefined
#   CC, CFLAGS, LDFLAGS, HARDENING, WERROR; PKG_CONFIG, or without it the directories LUA_INCDIR, and
#            *_INCDIR and *_LIBDIR of CURL, JANSSON and CRYPTO, or their *_CFLAGS and *_LIBS

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
BUILD ?= build
CFLAGS ?= -O2 -g
WERROR ?= -Werror
PKG_CONFIG ?= pkg-config
VERSION := $(shell sed -n 's/^\#define SPREETAIL_VERSION "\(.*\)"/\1/p' src/core/spreetail.h)

# ---- Which Lua ------------------------------------------------------------------------------

# LuaRocks knows the directory of the headers and not their version, so we read it there.
ifdef LUA_INCDIR
$(if $(shell test -e '$(LUA_INCDIR)/lua.h' && echo yes),,$(error LUA_INCDIR=$(LUA_INCDIR): there is no lua.h in that directory))
LUA := $(if $(wildcard $(LUA_INCDIR)/luajit.h),luajit,$(shell \
	sed -n 's/^\#define LUA_VERSION_NUM[^0-9]*\([0-9]\)0\([0-9]\)/\1.\2/p' '$(LUA_INCDIR)/lua.h'))
endif

# The name under which pkg-config knows a Lua; distributions differ.
lua_package = $(firstword $(foreach name,$(if $(filter luajit,$1),luajit,lua$1 lua-$1 lua$(subst .,,$1)),\
	$(shell $(PKG_CONFIG) --exists $(name) 2>/dev/null && echo $(name))))

KNOWN := luajit 5.1 5.2 5.3 5.4
ifdef LUA
LUAS := $(LUA)
$(if $(filter-out $(KNOWN),$(LUAS)),$(error LUA=$(LUA): choose from $(KNOWN)))
else
# None installed: 5.4, for the sake of the error that says what to install.
LUAS := $(or $(strip $(foreach lua,$(KNOWN),$(if $(call lua_package,$(lua)),$(lua)))),5.4)
endif
ONE_LUA := $(lastword $(LUAS))

lua_name = $(if $(filter luajit,$1),luajit,lua$1)
# LuaJIT loads what is installed for 5.1.
lua_directory = $(if $(filter luajit,$1),5.1,$1)

lua_debian_package = $(if $(filter luajit,$1),libluajit2-5.1-dev,$(if $(filter 5.1,$1),liblua5.1-0-dev,liblua$1-dev))
lua_libs = $(shell $(PKG_CONFIG) --libs $(call lua_package,$1))
lua_missing = $(error $(call lua_name,$1): $(if $(shell $(PKG_CONFIG) --version 2>/dev/null),no headers found; \
	install the development files of that Lua (Debian: $(call lua_debian_package,$1)),no $(PKG_CONFIG) to ask where \
	its headers are; install that (Debian: pkg-config)), or name the directory of lua.h with LUA_INCDIR)
lua_cflags = $(if $(LUA_INCDIR),-I'$(LUA_INCDIR)',$(shell $(PKG_CONFIG) --cflags \
	$(or $(call lua_package,$1),$(call lua_missing,$1))))

# ---- Flags ----------------------------------------------------------------------------------

# A library is taken from where NAME_INCDIR and NAME_LIBDIR say, as LuaRocks does, if its header lies there;
# else from where pkg-config says; else we try without: dev/check-libraries then names what is missing.
comma := ,
is_named = $(and $($1_INCDIR),$(wildcard $($1_INCDIR)/$2))
cflags_of = $(if $(call is_named,$1,$2),-I$($1_INCDIR),$(shell $(PKG_CONFIG) --cflags $3 2>/dev/null))
libs_of = $(if $(call is_named,$1,$2),$(foreach dir,$($1_LIBDIR),-L$(dir) -Wl$(comma)-rpath$(comma)$(dir)) $4,\
	$(shell $(PKG_CONFIG) --libs $3 2>/dev/null || echo $4))
CURL_CFLAGS ?= $(call cflags_of,CURL,curl/curl.h,libcurl)
CURL_LIBS ?= $(call libs_of,CURL,curl/curl.h,libcurl,-lcurl)
JANSSON_CFLAGS ?= $(call cflags_of,JANSSON,jansson.h,jansson)
JANSSON_LIBS ?= $(call libs_of,JANSSON,jansson.h,jansson,-ljansson)
CRYPTO_CFLAGS ?= $(call cflags_of,CRYPTO,openssl/evp.h,openssl)
CRYPTO_LIBS ?= $(call libs_of,CRYPTO,openssl/evp.h,openssl,-lssl -lcrypto)
CMOCKA_LIBS ?= $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null || echo -lcmocka)

ifdef SANITIZE
# Fortified functions hide accesses from the sanitizers.
HARDENING ?= -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LINK_HARDENING ?= -fsanitize=$(SANITIZE)
else
HARDENING ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
LINK_HARDENING ?= -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla $(WERROR)
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -Isrc/core $(WARNINGS) $(CFLAGS) $(HARDENING) \
	-fPIC -fvisibility=hidden -pthread -MMD -MP $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(CPPFLAGS)
# nodelete: libcurl may leave a thread behind that must not outlive our code. liblua is never
# linked: the program that loads us brings its own.
LINK_MODULE = $(CC) -shared -pthread -Wl,-z,nodelete $(CFLAGS) $(LINK_HARDENING) $(LDFLAGS)
LINK_PROGRAM = $(CC) -pthread $(CFLAGS) $(LINK_HARDENING) $(LDFLAGS)
CORE_LIBS = $(CURL_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)

# ---- The module -----------------------------------------------------------------------------

CORE_OBJECTS := $(patsubst src/core/%.c,$(BUILD)/core/%.o,$(wildcard src/core/*.c))
module = $(BUILD)/$(call lua_name,$1)/spreetail/core.so
# What the command needs beside it: of the system, and what `spreetail doctor` looks through, with a core of its
# own.
system_module = $(BUILD)/$(call lua_name,$1)/spreetail/command/system.so
probe_module = $(BUILD)/$(call lua_name,$1)/spreetail/command/probe.so
modules = $(call module,$1) $(call system_module,$1) $(call probe_module,$1)
LIBRARIES := $(BUILD)/libraries-checked

.PHONY: all
all: $(foreach lua,$(LUAS),$(call modules,$(lua))) ## Build the modules for every Lua installed, or for LUA

$(LIBRARIES): dev/check-libraries
	@mkdir -p $(@D)
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' CURL_CFLAGS="$(CURL_CFLAGS)" CURL_LIBS="$(CURL_LIBS)" \
	JANSSON_CFLAGS="$(JANSSON_CFLAGS)" JANSSON_LIBS="$(JANSSON_LIBS)" \
	CRYPTO_CFLAGS="$(CRYPTO_CFLAGS)" CRYPTO_LIBS="$(CRYPTO_LIBS)" dev/check-libraries
	@touch $@

$(BUILD)/core/%.o: src/core/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

define rules_for_lua
$(BUILD)/$(lua_name)/glue/%.o: src/lua/%.c Makefile | $(LIBRARIES)
	@mkdir -p $$(@D)
	$$(COMPILE) $$(call lua_cflags,$1) -c -o $$@ $$<

$(module): $(CORE_OBJECTS) $(patsubst src/lua/%.c,$(BUILD)/$(lua_name)/glue/%.o,$(wildcard src/lua/*.c))
	@mkdir -p $$(@D)
	$$(LINK_MODULE) -o $$@ $$^ $$(CORE_LIBS)

$(BUILD)/$(lua_name)/system/%.o: src/command/system/%.c Makefile | $(LIBRARIES)
	@mkdir -p $$(@D)
	$$(COMPILE) $$(call lua_cflags,$1) -c -o $$@ $$<

$(system_module): $(patsubst src/command/system/%.c,$(BUILD)/$(lua_name)/system/%.o,$(wildcard src/command/system/*.c))
	@mkdir -p $$(@D)
	$$(LINK_MODULE) -o $$@ $$^

$(BUILD)/$(lua_name)/probe/%.o: src/command/probe/%.c Makefile | $(LIBRARIES)
	@mkdir -p $$(@D)
	$$(COMPILE) $$(call lua_cflags,$1) -c -o $$@ $$<

$(probe_module): $(CORE_OBJECTS) $(patsubst src/command/probe/%.c,$(BUILD)/$(lua_name)/probe/%.o,$(wildcard src/command/probe/*.c)) \
		$(BUILD)/$(lua_name)/glue/fields.o
	@mkdir -p $$(@D)
	$$(LINK_MODULE) -o $$@ $$^ $$(CORE_LIBS)

$(BUILD)/$(lua_name)/allocation: spec/lua/allocation/main.c Makefile
	@mkdir -p $$(@D)
	$$(LINK_PROGRAM) -std=c11 -D_GNU_SOURCE $$(WARNINGS) $$(call lua_cflags,$1) -Wl,-E -o $$@ $$< \
	$$(call lua_libs,$1) -ldl
endef
$(foreach lua,$(LUAS),$(eval $(call rules_for_lua,$(lua))))

# ---- Static libraries -----------------------------------------------------------------------

# Everything in one object each, in which only our own names are seen from outside. The command is a program
# of its own, and not inside.
STATIC := $(BUILD)/$(call lua_name,$(ONE_LUA))
ONLY_OURS = objcopy -w --keep-global-symbol='spreetail_*' --keep-global-symbol='luaopen_spreetail*'
LUA_FILES := $(shell cd lua && find spreetail -path spreetail/command -prune -o -name '*.lua' -print | sort)

.PHONY: static
static: $(STATIC)/libspreetail.a $(BUILD)/libspreetail-core.a $(STATIC)/spreetail.pc ## Build libspreetail.a for LUA, with the Lua files inside, and libspreetail-core.a without any Lua

$(BUILD)/libspreetail-core.a: $(CORE_OBJECTS)
	$(LD) -r -o $(@:.a=.o) $^
	$(ONLY_OURS) $(@:.a=.o)
	rm -f $@ && $(AR) rcs $@ $(@:.a=.o)

# spreetail/loop/luv.lua -> EMBED(spreetail_loop_luv, "spreetail.loop.luv", "lua/spreetail/loop/luv.lua")
$(BUILD)/embedded_files.h: Makefile $(LUA_FILES:%=lua/%)
	@mkdir -p $(@D)
	for file in $(LUA_FILES); do \
	module=$$(echo "$$file" | sed 's|/init\.lua$$||; s|\.lua$$||; s|/|.|g'); \
	echo "EMBED($$(echo "$$module" | tr . _), \"$$module\", \"lua/$$file\")"; done > $@

$(STATIC)/embed.o: src/embed/embed.c $(BUILD)/embedded_files.h
	@mkdir -p $(@D)
	$(COMPILE) -I$(BUILD) $(call lua_cflags,$(ONE_LUA)) -c -o $@ $<

$(STATIC)/libspreetail.a: $(STATIC)/embed.o $(CORE_OBJECTS) \
		$(patsubst src/lua/%.c,$(STATIC)/glue/%.o,$(wildcard src/lua/*.c))
	$(LD) -r -o $(@:.a=.o) $^
	$(ONLY_OURS) $(@:.a=.o)
	rm -f $@ && $(AR) rcs $@ $(@:.a=.o)

# For use from where it was built; programs add their own Lua and lua-cjson.
$(STATIC)/spreetail.pc: Makefile $(STATIC)/libspreetail.a
	@mkdir -p $(@D)
	printf '%s\n' 'Name: spreetail' 'Description: Client for the Spreetail Channel Integration API' \
	'Version: $(VERSION)' 'Cflags: -I$(realpath src/core) -I$(realpath src/embed) $(JANSSON_CFLAGS)' \
	'Libs: $(realpath $(STATIC)/libspreetail.a) $(CORE_LIBS) -pthread' > $@

# ---- The core as a shared library -----------------------------------------------------------

# For programs in C. Raise SOVERSION when one that was built before could not run with it any more: a function
# has gone or changed, or a struct in spreetail.h has another field, be it at its end: programs make them.
SOVERSION := 0
SHARED := $(BUILD)/libspreetail-core.so.$(VERSION)

.PHONY: shared
shared: $(SHARED) ## Build libspreetail-core.so, for programs in C

# spreetail.h marks nothing as exported: the list of what is seen from outside does that.
$(BUILD)/shared/%.o: src/core/%.c Makefile | $(LIBRARIES)
	@mkdir -p $(@D)
	$(COMPILE) -fvisibility=default -fno-semantic-interposition -c -o $@ $<

$(SHARED): $(CORE_OBJECTS:$(BUILD)/core/%=$(BUILD)/shared/%) src/core/spreetail.map
	$(LINK_MODULE) -Wl,-soname,libspreetail-core.so.$(SOVERSION) -Wl,--version-script=src/core/spreetail.map -Wl,-z,defs \
	-o $@ $(filter %.o,$^) $(CORE_LIBS)

# ---- Trying it ------------------------------------------------------------------------------

# A path in single quotes for the shell, whatever it contains.
quoted = '$(subst ','\'',$1)'
BUILD_ROOT = $(if $(filter /%,$(BUILD)),$(BUILD),$(CURDIR)/$(BUILD))

.PHONY: env
env: ## Print shell commands that put this tree on Lua's paths: eval "$(make -s env LUA=5.4)"
	@printf 'export LUA_PATH=%s; export LUA_CPATH=%s\n' \
	$(call quoted,$(call quoted,$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;)) \
	$(call quoted,$(call quoted,$(BUILD_ROOT)/$(call lua_name,$(ONE_LUA))/?.so;;))

WITH_LUA_54 = eval "$$($(MAKE) -s --no-print-directory env LUA=5.4)" &&

.PHONY: demo
demo: ## Install what is missing, build, and create an order in the sandbox
	dev/setup demo
	@echo "Building for Lua 5.4"
	@$(MAKE) -s --no-print-directory LUA=5.4
	$(WITH_LUA_54) sandbox/run lua5.4 examples/create_order.lua

.PHONY: sandbox
sandbox: ## Run the sandbox, with a page for a browser, until Ctrl-C (SANDBOX_PORT=12340: there)
	dev/setup demo
	@sandbox/run $(SANDBOX_PORT:%=--port %)

.PHONY: bench
bench: ## Measure what an order costs, beside a bare C program and others' clients
	dev/setup bench
	@$(MAKE) --no-print-directory -s LUA=5.4 all $(BUILD)/bench/bare_curl
	@$(MAKE) --no-print-directory -s LUA=luajit
	@mkdir -p bench/results
	$(WITH_LUA_54) sandbox/run --server bench/server bench/run $(ROWS)
ifndef ROWS
	$(WITH_LUA_54) sandbox/run --server bench/server bench/nginx_delay
	bench/draw
endif

$(BUILD)/bench/bare_curl: bench/bare_curl.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 $(shell pkg-config --cflags libcurl) -o $@ $< $(shell pkg-config --libs libcurl)

.PHONY: guard
guard: $(BUILD)/bench/bare_curl ## Count the instructions of an order, and hold them against what is kept
	@$(MAKE) --no-print-directory -s LUA=5.4
	$(WITH_LUA_54) sandbox/run --server bench/server bench/guard
	$(WITH_LUA_54) sandbox/run --server bench/server bench/import

# What tests, and what packs.
include spec/testing.mk packaging/packaging.mk

# ---- Installing -----------------------------------------------------------------------------

INST_LUADIR ?= $(PREFIX)/share/lua/$(call lua_directory,$(ONE_LUA))
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(call lua_directory,$(ONE_LUA))
INST_DATADIR ?= $(PREFIX)/share
INST_BINDIR ?= $(PREFIX)/bin
LUADIR = $(call quoted,$(DESTDIR)$(INST_LUADIR))
LIBDIR = $(call quoted,$(DESTDIR)$(INST_LIBDIR))
DATADIR = $(call quoted,$(DESTDIR)$(INST_DATADIR))
BINDIR = $(call quoted,$(DESTDIR)$(INST_BINDIR))
# Types for editors; not on Lua's path.
STUBS = $(DATADIR)/spreetail/$(call lua_directory,$(ONE_LUA))/spreetail.d.lua
EACH_LUA_FILE = (cd lua && find spreetail -name '*.lua') | while read -r file
# For `spreetail sandbox`; its page included, should it have one.
EACH_SANDBOX_FILE = find sandbox -type f | while read -r file
mode_of = $$(if [ -x "$$file" ]; then echo 755; else echo 644; fi)

.PHONY: install
install: $(call modules,$(ONE_LUA)) ## Install for LUA (default: the newest installed) below PREFIX
	install -D -m 755 $(call module,$(ONE_LUA)) $(LIBDIR)/spreetail/core.so
	install -D -m 755 $(call system_module,$(ONE_LUA)) $(LIBDIR)/spreetail/command/system.so
	install -D -m 755 $(call probe_module,$(ONE_LUA)) $(LIBDIR)/spreetail/command/probe.so
	$(EACH_LUA_FILE); do install -D -m 644 "lua/$$file" $(LUADIR)/"$$file" || exit; done
	install -D -m 644 lua-stubs/spreetail.d.lua $(STUBS)
	install -D -m 755 bin/spreetail $(BINDIR)/spreetail
	$(EACH_SANDBOX_FILE); do install -D -m $(mode_of) "$$file" $(DATADIR)/spreetail/"$$file" || exit; done

.PHONY: uninstall
uninstall: ## Remove what `make install` with the same settings has put there
	rm -f $(foreach name,core command/system command/probe,$(LIBDIR)/spreetail/$(name).so) $(STUBS) $(BINDIR)/spreetail
	$(EACH_LUA_FILE); do rm -f $(LUADIR)/"$$file" || exit; done
	$(EACH_SANDBOX_FILE); do rm -f $(DATADIR)/spreetail/"$$file" || exit; done
	for dir in $(LIBDIR)/spreetail $(LUADIR)/spreetail $(DATADIR)/spreetail; do \
	if [ -d "$$dir" ]; then find "$$dir" -depth -type d -empty -delete; fi; done

# ---- The command's manual and completion ------------------------------------------------------

# Made by the command itself, so that Lua and lua-argparse are needed, too.
RUN_LUA = eval "$$($(MAKE) -s --no-print-directory env LUA=$(ONE_LUA))" && $(call lua_name,$(ONE_LUA))
RUN_COMMAND = $(RUN_LUA) lua/spreetail/command/main.lua
COMMAND_FILES := $(wildcard lua/spreetail/command/*.lua lua/spreetail/command/*/*.lua)
MANUAL := $(BUILD)/man
COMPLETION := $(BUILD)/completion

.PHONY: man
man: $(MANUAL)/spreetail.1 ## Make the pages of the manual in build/man
$(MANUAL)/spreetail.1: dev/manual $(COMMAND_FILES) $(call modules,$(ONE_LUA))
	@mkdir -p $(MANUAL)
	$(RUN_LUA) dev/manual $(MANUAL)

.PHONY: completion
completion: $(COMPLETION)/spreetail.fish ## Make what has shells complete the command in build/completion
$(COMPLETION)/spreetail.fish: $(COMMAND_FILES) $(call modules,$(ONE_LUA))
	@mkdir -p $(COMPLETION)
	$(RUN_COMMAND) completion bash > $(COMPLETION)/spreetail
	$(RUN_COMMAND) completion zsh > $(COMPLETION)/_spreetail
	$(RUN_COMMAND) completion fish > $@

# Debian's zsh looks in vendor-completions.
INST_ZSHDIR ?= $(INST_DATADIR)/zsh/site-functions
ZSHDIR = $(call quoted,$(DESTDIR)$(INST_ZSHDIR))

.PHONY: install-manual
install-manual: man completion ## Install the command's manual, and its completion for bash, zsh and fish
	install -d $(DATADIR)/man/man1
	install -m 644 $(MANUAL)/*.1 $(DATADIR)/man/man1
	install -D -m 644 $(COMPLETION)/spreetail $(DATADIR)/bash-completion/completions/spreetail
	install -D -m 644 $(COMPLETION)/_spreetail $(ZSHDIR)/_spreetail
	install -D -m 644 $(COMPLETION)/spreetail.fish $(DATADIR)/fish/vendor_completions.d/spreetail.fish

.PHONY: uninstall-manual
uninstall-manual: ## Remove what `make install-manual` with the same settings has put there
	rm -f $(DATADIR)/man/man1/spreetail.1 $(DATADIR)/man/man1/spreetail-*.1 $(ZSHDIR)/_spreetail \
	$(DATADIR)/bash-completion/completions/spreetail $(DATADIR)/fish/vendor_completions.d/spreetail.fish

# ---- Installing the core ----------------------------------------------------------------------

INST_CORE_LIBDIR ?= $(PREFIX)/lib
INST_CORE_INCDIR ?= $(PREFIX)/include
CORE_LIBDIR = $(call quoted,$(DESTDIR)$(INST_CORE_LIBDIR))
CORE_INCDIR = $(call quoted,$(DESTDIR)$(INST_CORE_INCDIR))
PC_DIR = $(INST_CORE_LIBDIR)/pkgconfig
CORE_PC = $(call quoted,$(DESTDIR)$(PC_DIR)/spreetail-core.pc)
# A path as seen from the .pc, so that all of it can be moved.
from_pc = $${pcfiledir}/$(shell realpath -ms --relative-to=$(call quoted,$(PC_DIR)) $(call quoted,$1))
SHARED_NAMES := libspreetail-core.so libspreetail-core.so.$(SOVERSION)

.PHONY: install-core
install-core: $(SHARED) $(BUILD)/libspreetail-core.a ## Install the core for programs in C below PREFIX
	install -D -m 644 src/core/spreetail.h $(CORE_INCDIR)/spreetail.h
	install -D -m 644 $(BUILD)/libspreetail-core.a $(CORE_LIBDIR)/libspreetail-core.a
	install -m 755 $(SHARED) $(CORE_LIBDIR)
	for name in $(SHARED_NAMES); do ln -sf $(notdir $(SHARED)) $(CORE_LIBDIR)/$$name || exit; done
	install -d $(CORE_LIBDIR)/pkgconfig
	printf '%s\n' 'prefix=$(call from_pc,$(PREFIX))' 'libdir=$(call from_pc,$(INST_CORE_LIBDIR))' \
	'includedir=$(call from_pc,$(INST_CORE_INCDIR))' '' \
	'Name: spreetail-core' 'Description: Client for the Spreetail Channel Integration API, for programs in C' \
	'Version: $(VERSION)' 'Requires: jansson' 'Requires.private: libcurl openssl' \
	'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lspreetail-core' 'Libs.private: -pthread' > $(CORE_PC)

.PHONY: uninstall-core
uninstall-core: ## Remove what `make install-core` with the same settings has put there
	rm -f $(CORE_INCDIR)/spreetail.h $(CORE_LIBDIR)/libspreetail-core.a $(CORE_LIBDIR)/$(notdir $(SHARED)) $(CORE_PC)
	for name in $(SHARED_NAMES); do rm -f $(CORE_LIBDIR)/$$name || exit; done

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf '$(BUILD)'

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-14s %s\n", $$1, $$2 }'

-include $(wildcard $(BUILD)/core/*.d $(BUILD)/*/*.d $(foreach part,glue system probe,$(BUILD)/*/$(part)/*.d) \
	$(BUILD)/core-tests/*.d $(BUILD)/faults/*.d \
	$(BUILD)/fuzz/parts/*.d $(BUILD)/fuzz/parts/*/*.d)
