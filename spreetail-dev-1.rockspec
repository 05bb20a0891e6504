rockspec_format = "3.0"
package = "spreetail"
version = "dev-1"

-- For `luarocks make` in a checkout. A release names its archive here.
source = { url = "file://." }

description = {
    summary = "Client for the Spreetail Channel Integration API",
    detailed = [[
        Orders, cancellations, stock and deliveries through the Spreetail Channel Integration API,
        for plain scripts, OpenResty and programs that embed Lua. A native core on libcurl does
        logins, retries and time-outs, and never blocks unless asked to.
    ]],
    license = "MIT",
}

supported_platforms = { "linux" }

dependencies = {
    "lua >= 5.1, < 5.5",
    "lua-cjson >= 2.1.0",
    "argparse >= 0.7", -- for the command; the library does without
}

-- Nothing is looked for here: headers lie where LuaRocks doesn't look, in Debian's directories for each
-- architecture. The Makefile asks pkg-config, and says what is missing. Naming them gives people the
-- usual variables: luarocks make CURL_DIR=/opt/curl
external_dependencies = { CURL = {}, JANSSON = {}, CRYPTO = {} }

-- Not "builtin": that one can't pass the linker's -z nodelete, which the module needs.
build = {
    type = "make",
    build_variables = {
        CC = "$(CC)",
        CFLAGS = "$(CFLAGS)",
        WERROR = "", -- a newer compiler's warning is no reason not to install
        LUA_INCDIR = "$(LUA_INCDIR)",
        CURL_INCDIR = "$(CURL_INCDIR)",
        CURL_LIBDIR = "$(CURL_LIBDIR)",
        JANSSON_INCDIR = "$(JANSSON_INCDIR)",
        JANSSON_LIBDIR = "$(JANSSON_LIBDIR)",
        CRYPTO_INCDIR = "$(CRYPTO_INCDIR)",
        CRYPTO_LIBDIR = "$(CRYPTO_LIBDIR)",
    },
    install_variables = {
        LUA_INCDIR = "$(LUA_INCDIR)",
        INST_LUADIR = "$(LUADIR)",
        INST_LIBDIR = "$(LIBDIR)",
        INST_DATADIR = "$(PREFIX)",
        INST_BINDIR = "$(BINDIR)",
    },
}
