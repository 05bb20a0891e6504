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
}

external_dependencies = {
    CURL = { header = "curl/curl.h", library = "curl" },
    JANSSON = { header = "jansson.h", library = "jansson" },
    CRYPTO = { header = "openssl/evp.h", library = "crypto" },
}

-- Not "builtin": that one can't pass the linker's -z nodelete, which the module needs.
build = {
    type = "make",
    build_variables = {
        CC = "$(CC)",
        CFLAGS = "$(CFLAGS)",
        WERROR = "", -- a newer compiler's warning is no reason not to install
        LUA_INCDIR = "$(LUA_INCDIR)",
        CURL_CFLAGS = "-I$(CURL_INCDIR)",
        CURL_LIBS = "-L$(CURL_LIBDIR) -lcurl",
        JANSSON_CFLAGS = "-I$(JANSSON_INCDIR)",
        JANSSON_LIBS = "-L$(JANSSON_LIBDIR) -ljansson",
        CRYPTO_CFLAGS = "-I$(CRYPTO_INCDIR)",
        CRYPTO_LIBS = "-L$(CRYPTO_LIBDIR) -lssl -lcrypto",
    },
    install_variables = {
        LUA_INCDIR = "$(LUA_INCDIR)",
        INST_LUADIR = "$(LUADIR)",
        INST_LIBDIR = "$(LIBDIR)",
    },
}
