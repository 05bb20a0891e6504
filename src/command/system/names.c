#include "names.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#define MOST_DIGITS 0x1p53 /* numbers below have all of theirs in a double */

/* How many quotes in a text have a colon behind them, blanks between them apart: those that end a
 * name, and perhaps others, within strings. */
static lua_Integer count_in_text(const char *text, size_t size) {
    lua_Integer count = 0;
    const char *end = text + size;
    while ((text = memchr(text, '"', (size_t)(end - text)))) {
        text++;
        while (text < end && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n'))
            text++;
        count += text < end && *text == ':';
    }
    return count;
}

/* Adds the names in the table on top of the stack. False: it may not be what was written. */
static bool add_names(lua_State *L, lua_Integer *count) {
    luaL_checkstack(L, 4, "JSON is too deep");
    bool is_empty = true;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        is_empty = false;
        *count += lua_type(L, -2) == LUA_TSTRING;
        bool is_exact = true;
        if (lua_istable(L, -1)) {
            is_exact = add_names(L, count);
        } else if (lua_type(L, -1) == LUA_TNUMBER) {
            double number = lua_tonumber(L, -1);
            is_exact = number > -MOST_DIGITS && number < MOST_DIGITS;
        }
        if (!is_exact) {
            lua_pop(L, 2);
            return false;
        }
        lua_pop(L, 1);
    }
    return !is_empty;
}

/*
 * has_all_names(text, value): whether the table that lua-cjson has made of a JSON text is all that
 * is in it. False also where that can't be told: a name that an object has twice is in the text
 * once more than in the table, an empty table may have been a list, and large numbers lose digits.
 */
int has_all_names(lua_State *L) {
    size_t size = 0;
    lua_Integer count = 0;
    const char *text = luaL_checklstring(L, 1, &size);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushboolean(L, add_names(L, &count) && count == count_in_text(text, size));
    return 1;
}
