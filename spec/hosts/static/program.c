/*
 * A program with Lua, lua-cjson and spreetail inside, and no Lua file on disk: it runs the script
 * that it is given as an argument. With CJSON_ON_DISK lua-cjson is where Lua looks for it.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

#include "luaopen_spreetail.h"

int luaopen_cjson(lua_State *L);

int main(int argc, char **argv) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
#ifndef CJSON_ON_DISK
    /* Nothing is to be found on disk. */
    if (luaL_dostring(L, "package.path, package.cpath = '', ''"))
        return 1;
    luaL_requiref(L, "cjson", luaopen_cjson, 0);
#endif
    luaL_requiref(L, "spreetail", luaopen_spreetail, 1);
    if (argc != 2 || luaL_dostring(L, argv[1])) {
        fprintf(stderr, "%s\n", argc == 2 ? lua_tostring(L, -1) : "usage: program SCRIPT");
        return 1;
    }
    lua_close(L);
    return 0;
}
