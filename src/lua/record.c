/*
 * record.c: one walk over a record, by its schema.
 *
 * First its keys are looked at, and the values of fields are kept on the stack; then the fields are
 * looked at in their order. So what is wrong is found in that order, too.
 */
#include "record.h"

#include <stdlib.h>
#include <time.h>

#include "digits.h"
#include "keys.h"
#include "schema.h"
#include "writer.h"

/* A table that a schema knows. */
struct record {
    struct level level;
    const struct schema *schema;
    int slots[MOST_FIELDS];     /* where on the stack the values of fields lie, */
    field_set given;            /* which of them are there, */
    field_set twice;            /* in both spellings, */
    field_set misspelt;         /* or under a key that must mean them */
    struct keys keys;           /* in the API's spelling */
    int strangers;              /* keys that no field has */
    size_t source, source_size; /* where what another field is filled in with was written */
};

enum { FEW = 64 };

/* The items of a list, as lines: no two have the same number. */
struct lines {
    int table, count;
    double first[FEW]; /* the first place of each number below that; 0: none has it */
    int others;   /* where on the stack a table has that of what else is given as one, or nil */
    double place; /* that is looked at */
    int last;     /* that was given out */
    bool all_are_seen; /* also those behind the place */
};

/*
 * Keys.
 */

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
        int number = schema_find_letters(record->schema, lua_tostring(L, key));
        if (number >= 0)
            record->misspelt |= set_of(number);
    }
    count_key(L, &record->keys, key);
    record->strangers++;
    lua_pop(L, 1);
}

/* Begins with the table at a place on the stack: looks at its keys, and leaves values on the stack.
 */
static void meet(lua_State *L, struct record *record, const struct schema *schema,
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

/* Looks at a field. */
static const struct field *look_at(struct record *record, int number) {
    const struct field *field = &record->schema->fields[number];
    record->level.name = field->name;
    return field;
}

/* Looks at the key on the stack. */
static void look_at_key(struct record *record, int key) {
    record->level.name = NULL;
    record->level.key = key;
}

static void refuse_twice(struct walk *walk, struct record *record) {
    for (field_set left = record->twice; left; left &= left - 1) {
        const struct field *field = look_at(record, first_of(left));
        add_problem(walk, TWICE, &record->level, 0, "is given twice, as '%s' and as '%s'",
                    field->name, field->short_name);
    }
}

/* Whether the key on the stack is a name that no field has. */
static bool is_strange_name(lua_State *L, const struct record *record, int key) {
    return lua_type(L, key) == LUA_TSTRING && schema_find(record->schema, lua_tostring(L, key)) < 0;
}

/*
 * What is wrong with a field.
 */

/* Pushes the key that a field which it is not was meant by. */
static void push_misspelt(lua_State *L, const struct record *record, int number) {
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, record->level.table)) {
        lua_pop(L, 1);
        if (is_strange_name(L, record, key) &&
            schema_find_letters(record->schema, lua_tostring(L, key)) == number)
            return;
    }
    lua_pushnil(L);
}

static void refuse_misspelt(struct walk *walk, struct record *record, int number) {
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

static void refuse_missing(struct walk *walk, struct record *record) {
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

/* Checks a value by itself; returns whether what is in it is to be checked, too. */
static bool check_value(struct walk *walk, const struct record *record, const struct field *field,
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

/*
 * Lines.
 */

/* The number that a text is, if it is one of a few as they are given out; 0: it is none. */
static int few(const char *text, size_t size) {
    int number = 0;
    for (size_t i = 0; i < size && number < FEW; i++) {
        if (text[i] < (i ? '0' : '1') || text[i] > '9')
            return 0;
        number = 10 * number + text[i] - '0';
    }
    return number < FEW ? number : 0;
}

/* The first place of the number on top, if it has one; else 0. */
static double first_of_others(lua_State *L, const struct lines *lines) {
    if (lua_isnil(L, lines->others))
        return 0;
    lua_pushvalue(L, -1);
    lua_rawget(L, lines->others);
    double first = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
    return first;
}

/* The first place of a number, the string at that place on the stack: `place`, where it is new. */
static double meet_number(lua_State *L, struct lines *lines, const struct value *value,
                          double place) {
    int number = few(value->text, value->size);
    if (number) {
        double *first = &lines->first[number];
        return *first != 0 ? *first : (*first = place);
    }
    lua_pushvalue(L, value->place);
    double first = first_of_others(L, lines);
    lua_pop(L, 1);
    if (first != 0)
        return first;
    if (lua_isnil(L, lines->others)) {
        lua_newtable(L);
        lua_replace(L, lines->others);
    }
    lua_pushvalue(L, value->place);
    lua_pushnumber(L, (lua_Number)place);
    lua_rawset(L, lines->others);
    return place;
}

/* Takes the record for a line that has the number: it has to be new. */
static void meet_line(struct walk *walk, const struct record *record, const struct value *value) {
    if (value->type != LUA_TSTRING || value->size == 0)
        return;
    double place = walk->lines->place, first = meet_number(walk->L, walk->lines, value, place);
    if (first != place)
        add_problem(walk, REPEATED, &record->level, value->place,
                    "is %%s, as in item %.0f: each item needs its own", first);
}

/* Pushes what the table on top has as the field: nil, where it is given in neither spelling. */
static void push_given(lua_State *L, const struct field *field) {
    lua_rawgeti(L, lua_upvalueindex(NAMES), field->name_place);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    lua_pushstring(L, field->short_name);
    lua_rawget(L, -2);
}

/* Meets the numbers of the lines behind the one that is looked at. */
static void look_ahead(lua_State *L, struct lines *lines, const struct field *field) {
    for (int place = (int)lines->place + 1; place <= lines->count; place++) {
        struct value value = {.type = LUA_TNIL};
        lua_rawgeti(L, lines->table, place);
        int item = lua_gettop(L);
        if (lua_istable(L, item)) {
            push_given(L, field);
            value_read(&value, L, lua_gettop(L));
        }
        if (value.type == LUA_TSTRING)
            meet_number(L, lines, &value, place);
        lua_settop(L, item - 1);
    }
    lines->all_are_seen = true;
}

static bool is_taken(lua_State *L, const struct lines *lines, const char *digits, size_t size) {
    if (lines->last < FEW)
        return lines->first[lines->last] != 0;
    lua_pushlstring(L, digits, size);
    bool is_taken = first_of_others(L, lines) != 0;
    lua_pop(L, 1);
    return is_taken;
}

/* Puts the next number that no line has. */
static void put_line(struct walk *walk, const struct field *field) {
    struct lines *lines = walk->lines;
    char digits[MOST_DIGITS];
    size_t size;
    if (!lines->all_are_seen)
        look_ahead(walk->L, lines, field);
    do {
        size = digits_of_whole(++lines->last, digits);
    } while (is_taken(walk->L, lines, digits, size));
    put_quoted(&walk->out, digits, size);
}

/*
 * Writing.
 */

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

/* Lines that have a number of others are told of behind all else that is wrong with lines. */
static void refuse_repeated(lua_State *L) {
    if (lua_isnil(L, REPEATED))
        return;
    if (lua_isnil(L, WRONG)) {
        lua_newtable(L);
        lua_replace(L, WRONG);
    }
    int count = (int)lua_rawlen(L, WRONG);
    for (int i = 1; i <= (int)lua_rawlen(L, REPEATED); i++) {
        lua_rawgeti(L, REPEATED, i);
        lua_rawseti(L, WRONG, count + i);
    }
    lua_pushnil(L);
    lua_replace(L, REPEATED);
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

static int encode(lua_State *L) {
    const struct schema *schema = lua_touserdata(L, lua_upvalueindex(SCHEMA));
    struct walk walk;
    luaL_checktype(L, GIVEN, LUA_TTABLE);
    lua_settop(L, GIVEN);
    walk_begin(&walk, L);
    write_record(&walk, schema, NULL, GIVEN);
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

/*
 * Spelling.
 */

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

/* A function of the schema, with what it needs. */
static int push_function(lua_State *L, lua_CFunction function) {
    schema_check(L, 1);
    lua_pushvalue(L, lua_upvalueindex(MARKS));
    lua_pushvalue(L, lua_upvalueindex(NAMES));
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, function, SCHEMA);
    return 1;
}

int record_encoder(lua_State *L) {
    return push_function(L, encode);
}

int record_speller(lua_State *L) {
    return push_function(L, spell);
}
