#include "spell.h"

#include "record.h"
#include "value.h"

static void spell_record(struct walk *walk, const struct schema *schema, const struct level *outer,
                         int table);

/* Pushes the date that a value is, or else itself. */
static void spell_date(lua_State *L, int place) {
    struct value value;
    char date[DATE_SIZE];
    value_read(&value, L, place);
    if (date_of(&value, date))
        lua_pushlstring(L, date, DATE_SIZE);
    else
        lua_pushvalue(L, place);
}

/* Pushes a copy of a list of records. */
static void spell_items(struct walk *walk, const struct schema *schema, const struct level *outer,
                        int table) {
    lua_State *L = walk->L;
    struct level level = level_below(outer, table, true);
    luaL_checkstack(L, LUA_MINSTACK, "no room for a list");
    lua_createtable(L, (int)lua_rawlen(L, table), 0);
    int copy = lua_gettop(L);
    if (find_mark(L, table) != UNMARKED) {
        lua_getmetatable(L, table);
        lua_setmetatable(L, copy);
    }
    level.key = copy + 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pushvalue(L, level.key);
        if (lua_type(L, level.key + 1) == LUA_TTABLE)
            spell_record(walk, schema, &level, level.key + 1);
        else
            lua_pushvalue(L, level.key + 1);
        lua_rawset(L, copy);
        lua_pop(L, 1);
    }
}

/* Pushes what lies in the slot of a field, as the record has it. */
static void spell_value(struct walk *walk, const struct record *record, const struct field *field,
                        int slot) {
    lua_State *L = walk->L;
    bool is_table = (field->of || field->each) && lua_type(L, slot) == LUA_TTABLE;
    if (is_table && field->of) {
        spell_record(walk, field->of, &record->level, slot);
    } else if (is_table) {
        spell_items(walk, field->each, &record->level, slot);
    } else if (field->is_date) {
        spell_date(L, slot);
    } else {
        lua_pushvalue(L, slot);
    }
}

/* Copies what no field has. */
static void copy_strangers(lua_State *L, const struct record *record, int copy) {
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, record->level.table)) {
        if (lua_type(L, key) != LUA_TSTRING || is_strange_name(L, record, key)) {
            lua_pushvalue(L, key);
            lua_pushvalue(L, key + 1);
            lua_rawset(L, copy);
        }
        lua_pop(L, 1);
    }
}

/* Pushes a copy of the record at a place on the stack in the API's keys. What is in tables that no
 * schema knows is not copied. */
static void spell_record(struct walk *walk, const struct schema *schema, const struct level *outer,
                         int table) {
    lua_State *L = walk->L;
    struct record record;
    int top = lua_gettop(L);
    meet(L, &record, schema, outer, table);
    if (record.twice)
        refuse_twice(walk, &record);
    lua_createtable(L, 0, record.keys.names);
    int copy = lua_gettop(L);
    for (field_set left = record.given; left; left &= left - 1) {
        int number = first_of(left);
        const struct field *field = look_at(&record, number);
        lua_rawgeti(L, lua_upvalueindex(NAMES), field->name_place);
        spell_value(walk, &record, field, record.slots[number]);
        lua_rawset(L, copy);
    }
    if (record.strangers)
        copy_strangers(L, &record, copy);
    lua_pushvalue(L, copy);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

static int spell(lua_State *L) {
    const struct schema *schema = lua_touserdata(L, lua_upvalueindex(SCHEMA));
    struct walk walk;
    luaL_checktype(L, GIVEN, LUA_TTABLE);
    lua_settop(L, GIVEN);
    walk_begin(&walk, L);
    spell_record(&walk, schema, NULL, GIVEN);
    if (is_good(&walk))
        return 1;
    lua_pushnil(L);
    lua_pushvalue(L, TWICE);
    return 2;
}

int record_speller(lua_State *L) {
    return push_function(L, spell);
}
