/*
 * headers.c: the headers of an answer as a table, made when somebody looks at it.
 *
 * Hardly anybody does. Until then a response has them as one string, which lies beside it, under it
 * in a table with weak keys; its metatable makes the field of that. `pairs` finds the field as well
 * where Lua asks the metatable (5.2 and later); `next` does not.
 */
#include "headers.h"

#include <string.h>

/* The name of the metatable; its first item is the table of strings. */
#define TYPE "spreetail.response"

/*
 * The table.
 */

/* Adds the string on top of the stack to what the table below has under that name: the first is
 * kept as it is, several as a list. */
static void add_value(lua_State *L, const char *name) {
    lua_getfield(L, -2, name);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_setfield(L, -2, name);
        return;
    }
    if (!lua_istable(L, -1)) {
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
        lua_pushvalue(L, -1);
        lua_setfield(L, -4, name);
    }
    lua_insert(L, -2);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
}

/* The strings of the list on top of the stack as one. */
static void push_joined(lua_State *L) {
    int list = lua_gettop(L), size = (int)lua_rawlen(L, list);
    luaL_Buffer joined;
    luaL_buffinit(L, &joined);
    for (int i = 1; i <= size; i++) {
        if (i > 1)
            luaL_addstring(&joined, ", ");
        lua_rawgeti(L, list, i);
        luaL_addvalue(&joined);
    }
    luaL_pushresult(&joined);
}

/* Headers by their lower-case names; what came more than once is joined, as RFC 9110 allows. */
static void push_headers(lua_State *L, const char *headers, size_t size) {
    size_t at = 0;
    lua_createtable(L, 0, 8);
    while (at < size) {
        const char *name = headers + at, *value = name + strlen(name) + 1;
        at += strlen(name) + 1 + strlen(value) + 1;
        lua_pushstring(L, value);
        add_value(L, name);
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_istable(L, -1))
            continue;
        push_joined(L);
        lua_pushvalue(L, -3);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
}

/*
 * When it is made.
 */

/* Of the response at 1, whose own field it is from now on; pushes nothing. */
static void make_headers(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_getmetatable(L, TYPE);
    lua_rawgeti(L, -1, 1);
    lua_pushvalue(L, 1);
    lua_rawget(L, -2);
    size_t size;
    const char *headers = lua_tolstring(L, -1, &size);
    if (headers) {
        lua_pushliteral(L, "headers");
        push_headers(L, headers, size);
        lua_rawset(L, 1);
        lua_pushvalue(L, 1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_settop(L, 1);
}

/* __index(response, key) */
static int get_field(lua_State *L) {
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "headers") != 0)
        return 0;
    make_headers(L);
    lua_pushliteral(L, "headers");
    lua_rawget(L, 1);
    return 1;
}

static int next_field(lua_State *L) {
    lua_settop(L, 2);
    if (lua_next(L, 1))
        return 2;
    lua_pushnil(L);
    return 1;
}

/* __pairs(response) */
static int each_field(lua_State *L) {
    make_headers(L);
    lua_pushcfunction(L, next_field);
    lua_insert(L, 1);
    lua_pushnil(L);
    return 3;
}

void headers_set(lua_State *L, const char *headers, size_t size) {
    luaL_getmetatable(L, TYPE);
    lua_rawgeti(L, -1, 1);
    lua_pushvalue(L, -3);
    lua_pushlstring(L, headers ? headers : "", size);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_setmetatable(L, -2);
}

void headers_register(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"__index", get_field}, {"__pairs", each_field}, {NULL, NULL}};
    luaL_newmetatable(L, TYPE);
    luaL_setfuncs(L, functions, 0);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 1);
}
