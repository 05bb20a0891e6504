# packaging.mk: what is handed out. A part of the Makefile.
#
# All of it comes out of one archive of the sources, so that what is packed is what others can build, too.

DIST := $(BUILD)/dist
ARCHIVE := $(DIST)/spreetail-$(VERSION).tar.gz
ROCK := spreetail-$(VERSION)-1

.PHONY: dist
dist: ## Pack the sources: build/dist/spreetail-VERSION.tar.gz, the same bytes each time
	@mkdir -p '$(DIST)'
	packaging/dist spreetail-$(VERSION) > '$(ARCHIVE)'

.PHONY: rock
rock: dist ## Pack a source rock, for luarocks install, and its rockspec
	packaging/rock $(ROCK) '$(ARCHIVE)'

.PHONY: deb
deb: dist ## Build Debian packages: build/dist/*.deb
	packaging/deb '$(ARCHIVE)'
