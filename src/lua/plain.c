/*
 * plain.c: whether lua-cjson writes a value exactly as it is.
 *
 * Which it does with nearly all values, so this one look is all that they cost. Of the others
 * json.lua finds out what is wrong, and where; in doubt the answer here is no. Its limits are those
 * here, and json_spec.lua holds both against them.
 */
#include "plain.h"

#include <string.h>

#include "../core/spreetail.h"
#include "list.h"

enum {
    MOST_LEVELS = 100,
    MOST_VALUES = 1000000 /* tables that refer to each other in many ways would keep us for ever */
};

static bool is_plain_text(lua_State *L, int index, bool is_key) {
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    return spreetail_is_utf8(text, size) && !(is_key && memchr(text, '\0', size));
}

/* Within the 14 digits that lua-cjson writes, two decimals of a fraction included. Not a number is
 * neither. */
static bool is_plain_number(lua_Number number) {
    if (number > -1e12 && number < 1e12)
        return true;
    return number > -1e14 && number < 1e14 && number == (lua_Number)(int64_t)number;
}

static bool is_plain_table(lua_State *L, int levels, int *values);

/* Of the value on top of the stack, which it leaves there, with more above it when it says no. */
static bool is_plain_value(lua_State *L, int levels, int *values) {
    if (--*values < 0)
        return false;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        return true;
    case LUA_TNUMBER:
        return is_plain_number(lua_tonumber(L, -1));
    case LUA_TSTRING:
        return is_plain_text(L, -1, false);
    case LUA_TLIGHTUSERDATA:
        return lua_touserdata(L, -1) == NULL; /* the null of lua-cjson */
    case LUA_TTABLE:
        return is_plain_table(L, levels, values);
    default:
        return false;
    }
}

static bool is_plain_table(lua_State *L, int levels, int *values) {
    if (levels == 0 || !lua_checkstack(L, 4))
        return false;
    bool marked = false; /* as a list */
    if (lua_getmetatable(L, -1)) {
        luaL_getmetatable(L, LIST_TYPE);
        marked = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
        if (!marked)
            return false;
    }
    size_t named = 0, listed = 0;
    lua_Number longest = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            if (!is_plain_text(L, -2, true))
                return false;
            named++;
        } else if (lua_type(L, -2) == LUA_TNUMBER) {
            lua_Number key = lua_tonumber(L, -2);
            if (key < 1 || key > MOST_VALUES || key != (int)key)
                return false;
            longest = key > longest ? key : longest;
            listed++;
        } else {
            return false;
        }
        if (!is_plain_value(L, levels - 1, values))
            return false;
        lua_pop(L, 1);
    }
    if (named > 0)
        return !marked && listed == 0;
    return longest == (lua_Number)listed && !(marked && listed == 0);
}

/* is_plain(value) */
int is_plain(lua_State *L) {
    int values = MOST_VALUES;
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    lua_pushboolean(L, is_plain_value(L, MOST_LEVELS, &values));
    return 1;
}
