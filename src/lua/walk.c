#include "walk.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

void walk_begin(struct walk *walk, lua_State *L) {
    lua_settop(L, ROOM);
    luaL_checkstack(L, LUA_MINSTACK, "no room to write JSON");
    walk->L = L;
    output_begin(&walk->out, L, ROOM);
    walk->checks = walk->writes = true;
    walk->problems = walk->unwritable = walk->values = 0;
    walk->from_clock = false;
    walk->lines = NULL;
}

static void show_number(lua_State *L, int key, char shown[SHOWN_KEY]) {
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, key)) {
        snprintf(shown, SHOWN_KEY, "%lld", (long long)lua_tointeger(L, key));
        return;
    }
#endif
    double number = (double)lua_tonumber(L, key);
    bool has_digits = number > -0x1p63 && number < 0x1p63 && number == (double)(int64_t)number;
    snprintf(shown, SHOWN_KEY, has_digits ? "%.0f" : "%.14g", number);
}

void show_key(lua_State *L, int key, char shown[SHOWN_KEY]) {
    int type = lua_type(L, key);
    if (type == LUA_TNUMBER)
        show_number(L, key, shown);
    else if (type == LUA_TBOOLEAN)
        snprintf(shown, SHOWN_KEY, "%s", lua_toboolean(L, key) ? "true" : "false");
    else
        snprintf(shown, SHOWN_KEY, "of type %s", lua_typename(L, type));
}

/* The path of what is looked at in a level; of the whole when there is no level. */
static void push_path(lua_State *L, const struct level *at) {
    if (!at) {
        lua_pushliteral(L, "");
        return;
    }
    push_path(L, at->outer);
    if (!at->name && lua_type(L, at->key) != LUA_TSTRING) {
        char shown[SHOWN_KEY];
        show_key(L, at->key, shown);
        lua_pushfstring(L, "[%s]", shown);
        lua_concat(L, 2);
        return;
    }
    lua_pushstring(L, lua_rawlen(L, -1) > 0 ? "." : "");
    if (at->name)
        lua_pushstring(L, at->name);
    else
        lua_pushvalue(L, at->key);
    lua_concat(L, 3);
}

static void append(struct walk *walk, int list, const struct level *at, int value,
                   const char *format, va_list arguments) {
    lua_State *L = walk->L;
    char message[256];
    vsnprintf(message, sizeof message, format, arguments);
    luaL_checkstack(L, LUA_MINSTACK, "no room for what is wrong");
    if (lua_isnil(L, list)) {
        lua_newtable(L);
        lua_replace(L, list);
    }
    lua_createtable(L, 0, 3);
    push_path(L, at);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, message);
    lua_setfield(L, -2, "message");
    if (value) {
        lua_pushvalue(L, value);
        lua_setfield(L, -2, "value");
    }
    lua_rawseti(L, list, (int)lua_rawlen(L, list) + 1);
    walk->problems++;
}

void add_problem(struct walk *walk, int list, const struct level *at, int value, const char *format,
                 ...) {
    va_list arguments;
    va_start(arguments, format);
    append(walk, list, at, value, format, arguments);
    va_end(arguments);
}

void add_unwritable(struct walk *walk, const struct level *at, const char *format, ...) {
    if (!walk->writes)
        return;
    va_list arguments;
    va_start(arguments, format);
    append(walk, UNWRITABLE, at, 0, format, arguments);
    va_end(arguments);
    walk->unwritable++;
}
