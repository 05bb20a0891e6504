/*
 * embed.c: luaopen_spreetail() for programs that have no files: the Lua side lies inside them.
 *
 * The Makefile names the files, as lines EMBED(symbol, "module", "path"); the assembler puts them
 * in place.
 */
#include "../lua/compat.h"
#include "luaopen_spreetail.h"

int luaopen_spreetail_core(lua_State *L);

#define EMBED(symbol, module, path)                                                                \
    __asm__(".pushsection .rodata\n"                                                               \
            "embedded_" #symbol ":\n"                                                              \
            ".incbin \"" path "\"\n"                                                               \
            "embedded_" #symbol "_end:\n"                                                          \
            ".popsection\n");                                                                      \
    extern const char embedded_##symbol[] __attribute__((visibility("hidden")));                   \
    extern const char embedded_##symbol##_end[] __attribute__((visibility("hidden")));
#include "embedded_files.h"
#undef EMBED

static const struct {
    const char *module, *name; /* `name` as in error messages */
    const char *start, *end;
} files[] = {
#define EMBED(symbol, module, path) {module, "@" path, embedded_##symbol, embedded_##symbol##_end},
#include "embedded_files.h"
#undef EMBED
};

/* Makes require() find our modules, and returns the first of them. lua-cjson is the program's to
 * bring: package.preload.cjson = luaopen_cjson. */
int luaopen_spreetail(lua_State *L) {
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size = (size_t)(files[i].end - files[i].start);
        if (luaL_loadbuffer(L, files[i].start, size, files[i].name) != 0)
            return lua_error(L);
        lua_setfield(L, -2, files[i].module);
    }
    lua_pushcfunction(L, luaopen_spreetail_core);
    lua_setfield(L, -2, "spreetail.core");
    lua_getfield(L, -1, "spreetail");
    lua_pushliteral(L, "spreetail");
    lua_call(L, 1, 1);
    return 1;
}
