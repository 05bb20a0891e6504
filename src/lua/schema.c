#include "schema.h"

#include <ctype.h>
#include <string.h>

#include "walk.h"

#define SCHEMA_TYPE "spreetail.schema"

/* Whether two names are the same but for what is misspelt most often: capitals and underscores. */
static bool have_same_letters(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

int schema_find_letters(const struct schema *schema, lua_State *L, int key) {
    size_t size;
    const char *text = lua_tolstring(L, key, &size);
    if (strlen(text) != size)
        return -1;
    for (field_set left = schema->mistaken; left; left &= left - 1) {
        int field = first_of(left);
        if (have_same_letters(schema->fields[field].name, text))
            return field;
    }
    return -1;
}

/*
 * Making one: the table of fields lies at 1, the schema at 2, and a field's table on top while it
 * is read.
 */

enum { FIELDS = 1, MADE, FIELD };

/* Keeps the value on top for ever, and pops it; returns its place in NAMES. */
static int keep(lua_State *L) {
    int place = (int)lua_rawlen(L, lua_upvalueindex(NAMES)) + 1;
    lua_rawseti(L, lua_upvalueindex(NAMES), place);
    return place;
}

/* Keeps the string that the field has under that name. */
static const char *keep_text(lua_State *L, const char *name) {
    lua_getfield(L, FIELD, name);
    const char *text = lua_tostring(L, -1);
    keep(L);
    return text;
}

static bool has(lua_State *L, const char *name) {
    lua_getfield(L, FIELD, name);
    bool has = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return has;
}

/* Makes a spelling of the field known: a text that is kept. */
static void add_spelling(lua_State *L, struct schema *schema, const char *text, int field) {
    size_t size = strlen(text);
    char copy[MOST_LEVELS];
    if (size >= sizeof copy)
        luaL_error(L, "the name %s is too long", text);
    memcpy(copy, text, size);
    lua_pushlstring(L, copy, size);
    if (lua_tostring(L, -1) != text)
        luaL_error(L, "this Lua has several strings of the text %s", text);
    lua_pop(L, 1);
    unsigned place = spelling_place(schema, text);
    while (schema->spellings[place].text && schema->spellings[place].text != text)
        place = (place + 1) & schema->mask;
    schema->spellings[place] = (struct spelling){text, field};
}

static const struct schema *read_schema(lua_State *L, const char *name) {
    const struct schema *schema = NULL;
    lua_getfield(L, FIELD, name);
    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, "compiled");
        schema = schema_check(L, -1);
        keep(L);
    }
    lua_pop(L, 1);
    return schema;
}

static void read_names(lua_State *L, struct schema *schema, int number) {
    struct field *field = &schema->fields[number];
    lua_rawgeti(L, FIELD, 1);
    field->name = luaL_checkstring(L, -1);
    field->name_place = keep(L);
    field->short_name = keep_text(L, "short");
    field->key = lua_pushfstring(L, ",\"%s\":", field->name);
    field->key_size = strlen(field->key);
    keep(L);
    add_spelling(L, schema, field->name, number);
    add_spelling(L, schema, field->short_name, number);
}

/* What it is filled in with. */
static void read_filling(lua_State *L, struct schema *schema, struct field *field) {
    static const char *const words[] = {"nothing", "clock", "another", "line", "word", NULL};
    lua_getfield(L, FIELD, "filled");
    field->filling = (enum filling)luaL_checkoption(L, -1, "nothing", words);
    lua_pop(L, 1);
    if (field->filling == WORD)
        field->word = keep_text(L, "word");
    if (field->filling != ANOTHER)
        return;
    const char *source = keep_text(L, "source");
    for (int i = 0; i < field - schema->fields; i++)
        if (strcmp(schema->fields[i].name, source) == 0)
            schema->source = i;
}

static void read_field(lua_State *L, struct schema *schema, int number, bool inferred) {
    struct field *field = &schema->fields[number];
    read_names(L, schema, number);
    lua_rawgeti(L, FIELD, 2);
    if (lua_type(L, -1) == LUA_TSTRING)
        field->rule = rule_find(L, lua_tostring(L, -1));
    lua_pop(L, 1);
    read_filling(L, schema, field);
    field->required = has(L, "required");
    field->dropped = has(L, "dropped");
    field->is_date = has(L, "date");
    field->of = read_schema(L, "of");
    field->each = read_schema(L, "each");
    if (has(L, "unique"))
        schema->unique = number;
    if (field->required || field->filling != NOTHING)
        schema->expected |= set_of(number);
    if (!inferred && (field->rule || field->required || field->filling != NOTHING))
        schema->mistaken |= set_of(number);
}

/* An empty one for so many fields, kept. */
static struct schema *push_empty(lua_State *L, int count) {
    unsigned places = 8;
    while (places < 4 * (unsigned)count)
        places *= 2;
    size_t size = sizeof(struct schema) + (size_t)count * sizeof(struct field);
    struct schema *schema = new_userdata(L, size + places * sizeof(struct spelling));
    memset(schema, 0, size + places * sizeof(struct spelling));
    schema->spellings = (struct spelling *)((char *)schema + size);
    schema->mask = places - 1;
    schema->count = count;
    schema->unique = schema->source = -1;
    set_metatable(L, SCHEMA_TYPE);
    lua_pushvalue(L, -1);
    keep(L);
    return schema;
}

int schema_new(lua_State *L) {
    luaL_checktype(L, FIELDS, LUA_TTABLE);
    lua_settop(L, FIELDS);
    int count = (int)lua_rawlen(L, FIELDS);
    if (count > MOST_FIELDS)
        return luaL_error(L, "more than %d fields", MOST_FIELDS);
    luaL_newmetatable(L, SCHEMA_TYPE);
    lua_pop(L, 1);
    struct schema *schema = push_empty(L, count);
    lua_getfield(L, FIELDS, "inferred");
    bool inferred = lua_toboolean(L, -1);
    lua_settop(L, MADE);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, FIELDS, i + 1);
        read_field(L, schema, i, inferred);
        lua_settop(L, MADE);
    }
    return 1;
}

const struct schema *schema_check(lua_State *L, int index) {
    return luaL_checkudata(L, index, SCHEMA_TYPE);
}
