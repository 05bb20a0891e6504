#include "keys.h"

#include <float.h>
#include <stdint.h>
#include <stdio.h>

/* Beyond 2^53 all numbers are. */
static bool is_whole(double number) {
    return number <= DBL_MAX && number >= -DBL_MAX &&
           (number >= 0x1p53 || number <= -0x1p53 || number == (double)(int64_t)number);
}

void count_key(lua_State *L, struct keys *keys, int key) {
    int type = lua_type(L, key);
    if (type == LUA_TSTRING) {
        keys->names++;
        return;
    }
    double number = type == LUA_TNUMBER ? (double)lua_tonumber(L, key) : 0;
    if (number >= 1 && is_whole(number)) {
        keys->places++;
        keys->longest = number > keys->longest ? number : keys->longest;
    } else if (!*keys->odd) {
        show_key(L, key, keys->odd);
    }
    if (type == LUA_TNUMBER)
        keys->numbers++;
    else
        keys->others++;
}

void count_keys(lua_State *L, struct keys *keys, int table) {
    *keys = (struct keys){0};
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        count_key(L, keys, key);
        lua_pop(L, 1);
    }
}

/* Whether the value on top is the mark of that name; a mark that is not installed is nil, and none.
 */
static bool is_mark(lua_State *L, const char *name) {
    lua_getfield(L, lua_upvalueindex(MARKS), name);
    bool is = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    return is;
}

enum mark find_mark(lua_State *L, int table) {
    if (!lua_getmetatable(L, table))
        return UNMARKED;
    bool marked = is_mark(L, "list") || is_mark(L, "array_mt");
    bool marked_empty = !marked && is_mark(L, "empty_array_mt");
    lua_pop(L, 1);
    return marked ? MARKED : marked_empty ? MARKED_EMPTY : UNMARKED;
}

/* The first place of a list that is not taken. */
static void refuse_hole(struct walk *walk, struct level *level) {
    lua_State *L = walk->L;
    for (int place = 1;; place++) {
        lua_rawgeti(L, level->table, place);
        bool is_hole = lua_isnil(L, -1);
        lua_pop(L, 1);
        if (!is_hole)
            continue;
        lua_pushinteger(L, place);
        level->name = NULL;
        level->key = lua_gettop(L);
        add_unwritable(walk, level,
                       "is missing: a list must not have holes (spreetail.null holds a place)");
        lua_pop(L, 1);
        return;
    }
}

enum shape find_shape(struct walk *walk, struct level *level, const struct keys *keys,
                      enum mark mark) {
    if (*keys->odd) {
        add_unwritable(walk, level->outer, "has a key (%s) that is neither a name nor 1, 2, 3, ...",
                       keys->odd);
        return NEITHER;
    }
    if (keys->names > 0 && (keys->places > 0 || mark == MARKED)) {
        add_unwritable(walk, level->outer, "mixes list items with named fields");
        return NEITHER;
    }
    if (keys->longest > keys->places) {
        refuse_hole(walk, level);
        return NEITHER;
    }
    return keys->places > 0 || (mark != UNMARKED && keys->names == 0) ? LIST : OBJECT;
}
