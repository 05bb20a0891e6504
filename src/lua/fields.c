/* fields.c: what our own Lua side hands over, and the fields of its tables. */
#include "fields.h"

#include <string.h>

const char *check_text(lua_State *L, int index, const char *name) {
    size_t size;
    if (lua_isnil(L, index))
        return NULL;
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "%s must be a string, not %s", name, luaL_typename(L, index));
    const char *text = lua_tolstring(L, index, &size);
    if (strlen(text) != size)
        luaL_error(L, "%s must not hold a NUL character", name);
    return text;
}

const char *check_text_field(lua_State *L, int index, const char *name) {
    lua_getfield(L, index, name);
    return check_text(L, -1, name);
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
