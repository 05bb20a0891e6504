#include "writer.h"

#include <float.h>

#include "keys.h"

bool count_value(struct walk *walk) {
    if (++walk->values <= MOST_VALUES)
        return true;
    if (walk->values == MOST_VALUES + 1)
        add_unwritable(walk, NULL, "holds more than %d values", MOST_VALUES);
    walk->values = MOST_VALUES + 1;
    return false;
}

/*
 * Values that are no tables.
 */

static void write_text(struct walk *walk, const struct level *at, const struct value *value) {
    if (value->plain)
        put_plain(&walk->out, value->text, value->size);
    else if (!put_quoted(&walk->out, value->text, value->size))
        add_unwritable(walk, at, "is not valid UTF-8");
}

void write_key(struct walk *walk, const struct level *outer, int key) {
    size_t size;
    const char *text = lua_tolstring(walk->L, key, &size);
    if (!put_quoted(&walk->out, text, size))
        add_unwritable(walk, outer, "has a key that is not valid UTF-8");
    put_character(&walk->out, ':');
}

static void write_number(struct walk *walk, const struct level *at, const struct value *value) {
    double number = value->number;
    if (value->is_integer)
        put_whole(&walk->out, value->integer);
    else if (number != number)
        add_unwritable(walk, at, "is nan, which JSON has no number for");
    else if (number > DBL_MAX || number < -DBL_MAX)
        add_unwritable(walk, at, "is %sinf, which JSON has no number for", number < 0 ? "-" : "");
    else
        put_number(&walk->out, number);
}

/* What has no value in Lua: null, and an empty list of lua-cjson's. */
static void write_userdata(struct walk *walk, const struct level *at, int value) {
    lua_State *L = walk->L;
    if (!lua_touserdata(L, value)) {
        put(&walk->out, "null", 4);
        return;
    }
    lua_getfield(L, lua_upvalueindex(MARKS), "empty_array");
    bool is_empty_list = lua_rawequal(L, -1, value);
    lua_pop(L, 1);
    if (is_empty_list)
        put(&walk->out, "[]", 2);
    else
        add_unwritable(walk, at, "is a userdata, which JSON has nothing for");
}

/*
 * Tables.
 */

static void write_list(struct walk *walk, struct level *level, int count) {
    lua_State *L = walk->L;
    struct value value;
    level->key = lua_gettop(L) + 1;
    put_character(&walk->out, '[');
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            put_character(&walk->out, ',');
        lua_pushinteger(L, i);
        lua_rawgeti(L, level->table, i);
        value_read(&value, L, level->key + 1);
        write_value(walk, level, &value);
        lua_pop(L, 2);
    }
    put_character(&walk->out, ']');
}

static void write_object(struct walk *walk, struct level *level) {
    lua_State *L = walk->L;
    struct value value;
    bool is_first = true;
    level->key = lua_gettop(L) + 1;
    put_character(&walk->out, '{');
    lua_pushnil(L);
    while (lua_next(L, level->table)) {
        if (!is_first)
            put_character(&walk->out, ',');
        is_first = false;
        write_key(walk, level->outer, level->key);
        value_read(&value, L, level->key + 1);
        write_value(walk, level, &value);
        lua_pop(L, 1);
    }
    put_character(&walk->out, '}');
}

static bool contains_itself(lua_State *L, const struct level *level) {
    for (const struct level *around = level->outer; around; around = around->outer)
        if (!around->is_record && lua_rawequal(L, around->table, level->table))
            return true;
    return false;
}

void write_table(struct walk *walk, struct level *level) {
    lua_State *L = walk->L;
    luaL_checkstack(L, LUA_MINSTACK, "no room to write JSON");
    if (!level->is_record && contains_itself(L, level)) {
        add_unwritable(walk, level->outer, "contains itself");
        return;
    }
    if (level->depth > MOST_LEVELS) {
        add_unwritable(walk, level->outer, "is nested more than %d levels deep", MOST_LEVELS);
        return;
    }
    if (!walk->writes || walk->unwritable >= MOST_PROBLEMS)
        return;
    struct keys keys;
    count_keys(L, &keys, level->table);
    enum mark mark = level->is_record ? UNMARKED : find_mark(L, level->table);
    enum shape shape = find_shape(walk, level, &keys, mark);
    if (shape == LIST)
        write_list(walk, level, keys.places);
    else if (shape == OBJECT)
        write_object(walk, level);
}

void write_value(struct walk *walk, const struct level *at, const struct value *value) {
    lua_State *L = walk->L;
    if (!count_value(walk))
        return;
    if (value->type == LUA_TSTRING) {
        write_text(walk, at, value);
    } else if (value->type == LUA_TNUMBER) {
        write_number(walk, at, value);
    } else if (value->type == LUA_TTABLE) {
        struct level level = level_below(at, value->place, false);
        write_table(walk, &level);
    } else if (value->type == LUA_TBOOLEAN) {
        bool is_true = lua_toboolean(L, value->place);
        put(&walk->out, is_true ? "true" : "false", is_true ? 4 : 5);
    } else if (value->type == LUA_TLIGHTUSERDATA) {
        write_userdata(walk, at, value->place);
    } else {
        add_unwritable(walk, at, "is a %s, which JSON has nothing for",
                       lua_typename(L, value->type));
    }
}

int write_json(lua_State *L) {
    luaL_checkany(L, GIVEN);
    struct walk walk;
    struct value value;
    lua_settop(L, GIVEN);
    walk_begin(&walk, L);
    value_read(&value, L, GIVEN);
    write_value(&walk, NULL, &value);
    if (!is_good(&walk)) {
        lua_pushnil(L);
        lua_pushvalue(L, UNWRITABLE);
        return 2;
    }
    lua_pushlstring(L, walk.out.text, walk.out.size);
    return 1;
}
