#include "lines.h"

#include "digits.h"

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

void meet_line(struct walk *walk, const struct record *record, const struct value *value) {
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

void put_line(struct walk *walk, const struct field *field) {
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

void refuse_repeated(lua_State *L) {
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
