#include "fields.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

struct record {
    const char *text;
    size_t size; /* of the text; the record may go on behind it, unless it is complete */
    bool complete;
    char delimiter;
    size_t at; /* where the next field begins */
    size_t wrong;
    const char *why; /* NULL: nothing is */
};

static void note(struct record *record, size_t at, const char *why) {
    if (!record->why) {
        record->wrong = at;
        record->why = why;
    }
}

static bool is_line_end(const struct record *record, size_t at) {
    return at == record->size || record->text[at] == '\n';
}

/* The quote that closes a field, which goes on at `at`; the text's size when none does. */
static size_t find_close(const struct record *record, size_t at, bool *doubled) {
    const char *end = record->text + record->size, *quote = record->text + at;
    while ((quote = memchr(quote, '"', (size_t)(end - quote)))) {
        if (quote + 1 == end || quote[1] != '"')
            return (size_t)(quote - record->text);
        *doubled = true;
        quote += 2;
    }
    return record->size;
}

/* Pushes a text, of every two quotes one. */
static void push_undoubled(lua_State *L, const char *text, size_t size) {
    luaL_Buffer buffer;
    const char *end = text + size, *quote;
    luaL_buffinit(L, &buffer);
    while ((quote = memchr(text, '"', (size_t)(end - text)))) {
        luaL_addlstring(&buffer, text, (size_t)(quote + 1 - text));
        text = quote + 1 < end && quote[1] == '"' ? quote + 2 : quote + 1;
    }
    luaL_addlstring(&buffer, text, (size_t)(end - text));
    luaL_pushresult(&buffer);
}

/* Where the field that goes on at `at` stops: at a delimiter, or where the line ends. */
static size_t find_stop(const struct record *record, size_t at) {
    while (!is_line_end(record, at) && record->text[at] != record->delimiter)
        at++;
    return at;
}

/* Where in the text a field is. */
struct field {
    size_t at, close, last; /* its beginning, the quote that closes it, and where it ends */
    bool is_quoted, doubled;
};

static void note_wrong(struct record *record, const struct field *field) {
    const char *text = record->text;
    if (field->is_quoted && field->close == record->size) {
        note(record, field->at, "unclosed");
    } else if (field->is_quoted && field->last > field->close + 1) {
        note(record, field->close + 1, "behind");
    } else if (!field->is_quoted) {
        const char *quote = memchr(text + field->at, '"', field->last - field->at);
        if (quote)
            note(record, (size_t)(quote - text), "within");
    }
}

/* Finds the field that begins at record->at, and goes on to the next. False: the text may go on,
 * and the field with it. */
static bool next_field(struct record *record, struct field *field) {
    size_t at = record->at, behind = at;
    *field = (struct field){.at = at, .is_quoted = at < record->size && record->text[at] == '"'};
    if (field->is_quoted) {
        field->close = find_close(record, at + 1, &field->doubled);
        behind = field->close < record->size ? field->close + 1 : field->close;
    }
    size_t stop = find_stop(record, behind);
    if (stop == record->size && !record->complete)
        return false;
    bool has_return = is_line_end(record, stop) && stop > behind && record->text[stop - 1] == '\r';
    field->last = has_return ? stop - 1 : stop;
    record->at = stop + 1;
    note_wrong(record, field);
    return true;
}

/* Pushes what a field holds; of one in quotes what is within them. */
static void push_field(lua_State *L, const struct record *record, const struct field *field) {
    const char *text = record->text + field->at;
    if (!field->is_quoted)
        lua_pushlstring(L, text, field->last - field->at);
    else if (field->doubled)
        push_undoubled(L, text + 1, field->close - field->at - 1);
    else
        lua_pushlstring(L, text + 1, field->close - field->at - 1);
}

/* How many lines end in a text. */
static lua_Integer count_lines(const char *text, size_t size) {
    lua_Integer count = 0;
    const char *end = text + size;
    while ((text = memchr(text, '\n', (size_t)(end - text)))) {
        count++;
        text++;
    }
    return count;
}

static int push_result(lua_State *L, const struct record *record, size_t from, int count) {
    size_t behind = record->at < record->size ? record->at : record->size;
    lua_pushinteger(L, count);
    lua_pushinteger(L, (lua_Integer)behind + 1);
    lua_pushinteger(L, count_lines(record->text + from, behind - from));
    if (!record->why)
        return 3;
    lua_pushinteger(L, (lua_Integer)record->wrong + 1);
    lua_pushstring(L, record->why);
    return 5;
}

/* The record of the arguments text, at, delimiter, complete. */
static struct record check_record(lua_State *L) {
    struct record record = {0};
    record.text = luaL_checklstring(L, 1, &record.size);
    lua_Integer from = luaL_checkinteger(L, 2);
    luaL_argcheck(L, from >= 1 && (size_t)from <= record.size + 1, 2, "outside of the text");
    record.delimiter = *luaL_checkstring(L, 3);
    record.complete = lua_toboolean(L, 4);
    record.at = (size_t)from - 1;
    return record;
}

/*
 * fields(text, at, delimiter, complete, fields, starts): reads the record that begins at `at` into
 * the list `fields`, and where each field begins into `starts`, if that is given. `complete`:
 * nothing comes behind the text. Returns how many fields there are, where the next record begins,
 * how many lines end in this one, and, when it is not well formed, where and why ("unclosed",
 * "behind", "within"); nil when the text may go on, and the record with it.
 */
int read_fields(lua_State *L) {
    struct record record = check_record(L);
    luaL_checktype(L, 5, LUA_TTABLE);
    bool has_starts = lua_istable(L, 6), is_last = false;
    size_t from = record.at;
    int count = 0;
    while (!is_last) {
        struct field field;
        if (!next_field(&record, &field)) {
            lua_pushnil(L);
            return 1;
        }
        push_field(L, &record, &field);
        lua_rawseti(L, 5, ++count);
        if (has_starts) {
            lua_pushinteger(L, (lua_Integer)field.at + 1);
            lua_rawseti(L, 6, count);
        }
        is_last = is_line_end(&record, record.at - 1);
    }
    return push_result(L, &record, from, count);
}

/*
 * field(text, at, delimiter, complete, index): of the record that begins at `at`, where the next
 * one begins, and its field of that number, nil when it has fewer; nil when the text may go on, and
 * the record with it.
 */
int read_field(lua_State *L) {
    struct record record = check_record(L);
    lua_Integer index = luaL_checkinteger(L, 5), count = 0;
    struct field field, wanted = {0};
    do {
        if (!next_field(&record, &field)) {
            lua_pushnil(L);
            return 1;
        }
        if (++count == index)
            wanted = field;
    } while (!is_line_end(&record, record.at - 1));
    lua_pushinteger(L, (lua_Integer)(record.at < record.size ? record.at : record.size) + 1);
    if (count < index)
        return 1;
    push_field(L, &record, &wanted);
    return 2;
}
