/*
 * encode.c: one walk over a record, by its schema.
 *
 * First its keys are looked at, and the values of fields are kept on the stack; then the fields are
 * looked at in their order. So what is wrong is found in that order, too.
 */
#include "encode.h"

#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "client_type.h"
#include "lines.h"
#include "request_type.h"
#include "writer.h"

static void write_known(struct walk *walk, const struct schema *schema, const struct level *at,
                        const struct value *value);
static void write_items(struct walk *walk, const struct schema *schema, const struct level *outer,
                        const struct value *value);

static void put_date(struct walk *walk, const char *date) {
    put_character(&walk->out, '"');
    put(&walk->out, date, DATE_SIZE);
    put_character(&walk->out, '"');
}

/* Puts the key of a field, behind a comma unless it is the first. */
static void put_key(struct output *out, const struct field *field) {
    bool is_first = out->text[out->size - 1] == '{';
    put(out, field->key + is_first, field->key_size - is_first);
}

static void write_given(struct walk *walk, struct record *record, const struct field *field,
                        const struct value *value) {
    char date[DATE_SIZE];
    if (field->of)
        write_known(walk, field->of, &record->level, value);
    else if (field->each)
        write_items(walk, field->each, &record->level, value);
    else if (field->is_date && date_of(value, date))
        put_date(walk, date);
    else
        write_value(walk, &record->level, value);
}

static void fill_in(struct walk *walk, const struct record *record, const struct field *field) {
    struct output *out = &walk->out;
    char date[DATE_SIZE];
    put_key(out, field);
    switch (field->filling) {
    case NOTHING:
        break;
    case CLOCK:
        date_of_seconds((double)time(NULL), date);
        put_date(walk, date);
        walk->from_clock = true;
        break;
    case ANOTHER:
        output_reserve(out, record->source_size);
        put(out, out->text + record->source, record->source_size);
        break;
    case LINE:
        put_line(walk, field);
        break;
    case WORD:
        put_quoted(out, field->word, strlen(field->word));
        break;
    }
}

/* Checks a field and writes it. */
static void write_field(struct walk *walk, struct record *record, int number) {
    const struct field *field = look_at(record, number);
    bool checks = walk->checks, is_given = record->given & set_of(number);
    if (checks && record->misspelt & set_of(number)) {
        refuse_misspelt(walk, record, number);
        walk->checks = false;
    }
    if (is_given) {
        struct value value;
        value_read(&value, walk->L, record->slots[number]);
        if (checks && walk->lines && number == record->schema->unique)
            meet_line(walk, record, &value);
        walk->checks = walk->checks && check_value(walk, record, field, &value);
        put_key(&walk->out, field);
        size_t start = walk->out.size;
        write_given(walk, record, field, &value);
        if (number == record->schema->source) {
            record->source = start;
            record->source_size = walk->out.size - start;
        }
    } else if (walk->checks && field->required) {
        refuse_missing(walk, record);
    } else if (field->filling != NOTHING && is_good(walk)) {
        fill_in(walk, record, field);
    }
    walk->checks = checks;
}

/* Writes what no field has. */
static void write_strangers(struct walk *walk, struct record *record) {
    lua_State *L = walk->L;
    struct value value;
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, record->level.table)) {
        if (is_strange_name(L, record, key)) {
            if (walk->out.text[walk->out.size - 1] != '{')
                put_character(&walk->out, ',');
            look_at_key(record, key);
            write_key(walk, record->level.outer, key);
            value_read(&value, L, key + 1);
            write_value(walk, &record->level, &value);
        }
        lua_pop(L, 1);
    }
}

static void write_fields(struct walk *walk, struct record *record) {
    field_set left = record->given | record->misspelt | record->schema->expected;
    put_character(&walk->out, '{');
    for (; left; left &= left - 1)
        write_field(walk, record, first_of(left));
    if (record->strangers && walk->writes)
        write_strangers(walk, record);
    put_character(&walk->out, '}');
}

/* Whether a table is looked into for what JSON can't hold. */
static bool is_written(struct walk *walk, enum shape shape) {
    return count_value(walk) && walk->writes && shape != NEITHER &&
           walk->unwritable < MOST_PROBLEMS;
}

/* The table at a place on the stack, which lies under what is looked at in `outer`. */
static void write_record(struct walk *walk, const struct schema *schema, const struct level *outer,
                         int table) {
    lua_State *L = walk->L;
    bool checks = walk->checks, writes = walk->writes;
    int top = lua_gettop(L);
    struct record record;
    meet(L, &record, schema, outer, table);
    if (record.twice)
        refuse_twice(walk, &record);
    if (checks && are_numbers(&record.keys)) {
        add_problem(walk, WRONG, outer, 0, "must be a table of named fields, not a list");
        walk->checks = false;
    }
    enum shape shape = find_shape(walk, &record.level, &record.keys, UNMARKED);
    walk->writes = is_written(walk, shape);
    if (shape == LIST)
        write_table(walk, &record.level);
    else
        write_fields(walk, &record);
    walk->checks = checks;
    walk->writes = writes;
    lua_settop(L, top);
}

/* A value that is a record of the schema, or should be. */
static void write_known(struct walk *walk, const struct schema *schema, const struct level *at,
                        const struct value *value) {
    if (value->type == LUA_TTABLE) {
        write_record(walk, schema, at, value->place);
        return;
    }
    if (walk->checks)
        add_problem(walk, WRONG, at, value->place, "must be a table such as { %s = ... }, not %%s",
                    schema->fields[0].name);
    write_value(walk, at, value);
}

/*
 * Lists of records.
 */

/* Writes the value on top, which has the key below it. */
static void write_item(struct walk *walk, const struct schema *schema, struct level *level) {
    struct value value;
    level->key = lua_gettop(walk->L) - 1;
    value_read(&value, walk->L, level->key + 1);
    write_known(walk, schema, level, &value);
}

/* Writes the item that the key on top has, which is popped. */
static void write_line(struct walk *walk, const struct schema *schema, struct level *level) {
    lua_State *L = walk->L;
    if (walk->lines)
        walk->lines->place = (double)lua_tonumber(L, -1);
    lua_pushvalue(L, -1);
    lua_rawget(L, level->table);
    write_item(walk, schema, level);
    lua_pop(L, 2);
}

/* A place of a list, and where its key is kept. */
struct place {
    double number;
    int kept;
};

static int by_number(const void *a, const void *b) {
    double left = ((const struct place *)a)->number, right = ((const struct place *)b)->number;
    return (left > right) - (left < right);
}

/* The items of a list with holes, in order. Keys are kept as they are: a double may not hold them.
 */
static void write_places(struct walk *walk, const struct schema *schema, struct level *level,
                         int count) {
    lua_State *L = walk->L;
    struct place *places = new_userdata(L, (size_t)count * sizeof *places + 1);
    lua_newtable(L);
    int kept = lua_gettop(L), key = kept + 1, found = 0;
    lua_pushnil(L);
    while (lua_next(L, level->table)) {
        struct keys one = {0};
        count_key(L, &one, key);
        if (one.places && found < count) {
            places[found] = (struct place){one.longest, found + 1};
            lua_pushvalue(L, key);
            lua_rawseti(L, kept, ++found);
        }
        lua_pop(L, 1);
    }
    qsort(places, (size_t)found, sizeof *places, by_number);
    for (int i = 0; i < found; i++) {
        lua_rawgeti(L, kept, places[i].kept);
        write_line(walk, schema, level);
    }
    lua_pop(L, 2);
}

/* What should be a list, and has names. */
static void write_named(struct walk *walk, const struct schema *schema, struct level *level) {
    lua_State *L = walk->L;
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, level->table)) {
        if (lua_type(L, key) == LUA_TSTRING)
            write_key(walk, level->outer, key);
        write_item(walk, schema, level);
        lua_pop(L, 1);
    }
}

/* Whether what is in the table is to be checked. */
static bool check_list(struct walk *walk, const struct level *outer, const struct keys *keys) {
    if (are_numbers(keys))
        return true;
    bool is_empty = keys->names == 0 && keys->numbers == 0 && keys->others == 0;
    add_problem(walk, WRONG, outer, 0, "%s",
                is_empty ? "must hold at least one item"
                         : "must be a list, not a table of named fields");
    return false;
}

static void write_all(struct walk *walk, const struct schema *schema, struct level *level,
                      const struct keys *keys, enum shape shape) {
    lua_State *L = walk->L;
    put_character(&walk->out, '[');
    if (shape == LIST)
        for (int place = 1; place <= keys->places; place++) {
            if (place > 1)
                put_character(&walk->out, ',');
            lua_pushinteger(L, place);
            write_line(walk, schema, level);
        }
    else if (walk->checks)
        write_places(walk, schema, level, keys->places);
    else
        write_named(walk, schema, level);
    put_character(&walk->out, ']');
}

/* The table at a place on the stack, which lies under what is looked at in `outer`. */
static void write_list_of(struct walk *walk, const struct schema *schema, const struct level *outer,
                          int table) {
    lua_State *L = walk->L;
    bool checks = walk->checks, writes = walk->writes;
    struct level level = level_below(outer, table, true);
    struct lines *around = walk->lines, lines;
    struct keys keys;
    luaL_checkstack(L, LUA_MINSTACK, "no room for a list");
    count_keys(L, &keys, table);
    walk->checks = checks && check_list(walk, outer, &keys);
    enum shape shape = find_shape(walk, &level, &keys, find_mark(L, table));
    walk->writes = is_written(walk, shape);
    walk->lines = NULL;
    lua_pushnil(L);
    if (walk->checks && schema->unique >= 0) {
        lines = (struct lines){.table = table, .count = keys.places, .others = lua_gettop(L)};
        walk->lines = &lines;
    }
    write_all(walk, schema, &level, &keys, shape);
    refuse_repeated(L);
    lua_pop(L, 1);
    walk->checks = checks;
    walk->writes = writes;
    walk->lines = around;
}

/* A value that is a list, each of whose items is a record of the schema, or should be. */
static void write_items(struct walk *walk, const struct schema *schema, const struct level *outer,
                        const struct value *value) {
    if (value->type == LUA_TTABLE) {
        write_list_of(walk, schema, outer, value->place);
        return;
    }
    if (walk->checks)
        add_problem(walk, WRONG, outer, value->place, "must be a list, not %%s");
    write_value(walk, outer, value);
}

/* Pushes what the record is known by, which is the schema's first field; NULL when it is no text.
 */
static const char *push_reference(lua_State *L, const struct schema *schema) {
    lua_rawgeti(L, lua_upvalueindex(NAMES), schema->fields[0].name_place);
    lua_rawget(L, GIVEN);
    if (lua_isnil(L, -1)) {
        lua_pushstring(L, schema->fields[0].short_name);
        lua_rawget(L, GIVEN);
    }
    return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
}

/* The text goes to the core as it lies here: a string of Lua's would be looked at only once. */
static int send(lua_State *L, const struct walk *walk, const struct schema *schema) {
    struct spreetail_request request;
    request_type_read(L, REQUEST, &request);
    request.body = walk->out.text;
    request.body_size = walk->out.size;
    request.reference = push_reference(L, schema);
    request.from_clock = walk->from_clock;
    return client_type_start(L, CLIENT, OPTIONS, &request);
}

static int encode(lua_State *L) {
    const struct schema *schema = lua_touserdata(L, lua_upvalueindex(SCHEMA));
    struct walk walk;
    luaL_checktype(L, GIVEN, LUA_TTABLE);
    lua_settop(L, OPTIONS);
    walk_begin(&walk, L);
    write_record(&walk, schema, NULL, GIVEN);
    if (is_good(&walk) && !lua_isnil(L, CLIENT))
        return send(L, &walk, schema);
    if (is_good(&walk)) {
        lua_pushlstring(L, walk.out.text, walk.out.size);
        lua_pushboolean(L, walk.from_clock);
        return 2;
    }
    lua_pushnil(L);
    lua_pushvalue(L, TWICE);
    lua_pushvalue(L, WRONG);
    lua_pushvalue(L, UNWRITABLE);
    return 4;
}

int record_encoder(lua_State *L) {
    return push_function(L, encode);
}
