#include "check.h"

/* Pushes the key that a field which it is not was meant by. */
static void push_misspelt(lua_State *L, const struct record *record, int number) {
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, record->level.table)) {
        lua_pop(L, 1);
        if (is_strange_name(L, record, key) &&
            schema_find_letters(record->schema, L, key) == number)
            return;
    }
    lua_pushnil(L);
}

void refuse_misspelt(struct walk *walk, struct record *record, int number) {
    lua_State *L = walk->L;
    const struct field *field = look_at(record, number);
    bool is_short = strcmp(field->name, field->short_name) == 0;
    push_misspelt(L, record, number);
    add_problem(walk, WRONG, &record->level, lua_gettop(L), "is given as %%s: write %s%s%s",
                field->name, is_short ? "" : " or ", is_short ? "" : field->short_name);
    lua_pop(L, 1);
}

/* The problem that was added last gets a list of the names that no field has. */
static void add_strangers(struct walk *walk, const struct record *record) {
    lua_State *L = walk->L;
    lua_rawgeti(L, WRONG, (int)lua_rawlen(L, WRONG));
    lua_newtable(L);
    int names = lua_gettop(L), key = names + 1, count = 0;
    lua_pushnil(L);
    while (lua_next(L, record->level.table)) {
        lua_pop(L, 1);
        if (is_strange_name(L, record, key)) {
            lua_pushvalue(L, key);
            lua_rawseti(L, names, ++count);
        }
    }
    lua_setfield(L, -2, "strangers");
    lua_pop(L, 1);
}

void refuse_missing(struct walk *walk, struct record *record) {
    add_problem(walk, WRONG, &record->level, 0, "is required");
    add_strangers(walk, record);
}

static bool is_empty_table(lua_State *L, int table) {
    lua_pushnil(L);
    bool is_empty = !lua_next(L, table);
    lua_pop(L, is_empty ? 0 : 2);
    return is_empty;
}

/* "empty" or "null" for what stands there and says nothing, else NULL. */
static const char *nothing_in(lua_State *L, const struct field *field, const struct value *value) {
    if (value->type == LUA_TSTRING)
        return value->size == 0 ? "empty" : NULL;
    if (value->type == LUA_TLIGHTUSERDATA)
        return lua_touserdata(L, value->place) ? NULL : "null";
    bool is_empty = field->of && value->type == LUA_TTABLE && is_empty_table(L, value->place);
    return is_empty ? "empty" : NULL;
}

static void refuse_nothing(struct walk *walk, const struct record *record,
                           const struct field *field, const char *nothing) {
    if (field->required)
        add_problem(walk, WRONG, &record->level, 0, "is required, and %s here", nothing);
    else if (field->filling != NOTHING)
        add_problem(walk, WRONG, &record->level, 0,
                    "is %s: give it, or leave it out and it is filled in", nothing);
}

bool check_value(struct walk *walk, const struct record *record, const struct field *field,
                 const struct value *value) {
    const char *nothing = nothing_in(walk->L, field, value);
    if (nothing) {
        refuse_nothing(walk, record, field, nothing);
        return false;
    }
    const char *words = field->rule ? rule_breach(field->rule, value) : NULL;
    if (words)
        add_problem(walk, WRONG, &record->level, value->place, "%s", words);
    return true;
}
