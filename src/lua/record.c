#include "record.h"

/* The value of the field is on top, above its key: they stay, unless it is dropped, below the key
 * from which the next one is found. Returns where that lies. */
static int meet_field(lua_State *L, struct record *record, int number, int key) {
    if (record->schema->fields[number].dropped) {
        lua_pop(L, 1);
        return key;
    }
    if (record->given & set_of(number))
        record->twice |= set_of(number);
    else
        record->keys.names++;
    record->given |= set_of(number);
    record->slots[number] = key + 1;
    lua_pushvalue(L, key);
    return key + 2;
}

static void meet_stranger(lua_State *L, struct record *record, int key) {
    if (lua_type(L, key) == LUA_TSTRING) {
        int number = schema_find_letters(record->schema, L, key);
        if (number >= 0)
            record->misspelt |= set_of(number);
    }
    count_key(L, &record->keys, key);
    record->strangers++;
    lua_pop(L, 1);
}

void meet(lua_State *L, struct record *record, const struct schema *schema,
          const struct level *outer, int table) {
    record->level = level_below(outer, table, true);
    record->schema = schema;
    record->given = record->twice = record->misspelt = 0;
    record->keys = (struct keys){0};
    record->strangers = 0;
    /* A key and a value for each field, in either spelling. */
    luaL_checkstack(L, 4 * schema->count + LUA_MINSTACK, "no room for a record");
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        int number = -1;
        if (lua_type(L, key) == LUA_TSTRING)
            number = schema_find(schema, lua_tostring(L, key));
        if (number >= 0)
            key = meet_field(L, record, number, key);
        else
            meet_stranger(L, record, key);
    }
}

void refuse_twice(struct walk *walk, struct record *record) {
    for (field_set left = record->twice; left; left &= left - 1) {
        const struct field *field = look_at(record, first_of(left));
        add_problem(walk, TWICE, &record->level, 0, "is given twice, as '%s' and as '%s'",
                    field->name, field->short_name);
    }
}

bool is_strange_name(lua_State *L, const struct record *record, int key) {
    return lua_type(L, key) == LUA_TSTRING && schema_find(record->schema, lua_tostring(L, key)) < 0;
}

int push_function(lua_State *L, lua_CFunction function) {
    schema_check(L, 1);
    lua_pushvalue(L, lua_upvalueindex(MARKS));
    lua_pushvalue(L, lua_upvalueindex(NAMES));
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, function, SCHEMA);
    return 1;
}
