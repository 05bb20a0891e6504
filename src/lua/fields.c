/* fields.c: the fields of a table that our own Lua side hands over. */
#include "fields.h"

#include <string.h>

const char *check_text_field(lua_State *L, int index, const char *name) {
    size_t size;
    lua_getfield(L, index, name);
    if (lua_isnil(L, -1))
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s must be a string, not %s", name, luaL_typename(L, -1));
    const char *text = lua_tolstring(L, -1, &size);
    if (strlen(text) != size)
        luaL_error(L, "%s must not hold a NUL character", name);
    return text;
}

double check_number_field(lua_State *L, int index, const char *name, double otherwise) {
    lua_getfield(L, index, name);
    double value = otherwise;
    if (lua_type(L, -1) == LUA_TNUMBER)
        value = lua_tonumber(L, -1);
    else if (!lua_isnil(L, -1))
        luaL_error(L, "%s must be a number, not %s", name, luaL_typename(L, -1));
    lua_pop(L, 1);
    return value;
}

bool check_flag_field(lua_State *L, int index, const char *name) {
    lua_getfield(L, index, name);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}
