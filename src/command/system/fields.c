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

/* The field in quotes at `at`, with all behind `close` up to `last` being too much. */
static void push_quoted(lua_State *L, struct record *record, size_t at, size_t close, size_t last,
                        bool doubled) {
    const char *text = record->text + at + 1;
    if (close == record->size)
        note(record, at, "unclosed");
    else if (last > close + 1)
        note(record, close + 1, "behind");
    if (doubled)
        push_undoubled(L, text, close - at - 1);
    else
        lua_pushlstring(L, text, close - at - 1);
}

static void push_unquoted(lua_State *L, struct record *record, size_t at, size_t last) {
    const char *text = record->text + at, *quote = memchr(text, '"', last - at);
    if (quote)
        note(record, (size_t)(quote - record->text), "within");
    lua_pushlstring(L, text, last - at);
}

/* Pushes the field that begins at record->at, and goes on to the next. False: the text may go on,
 * and the field with it; then nothing is pushed. */
static bool push_field(lua_State *L, struct record *record) {
    size_t at = record->at, close = at, behind = at;
    bool doubled = false, is_quoted = at < record->size && record->text[at] == '"';
    if (is_quoted) {
        close = find_close(record, at + 1, &doubled);
        behind = close < record->size ? close + 1 : close;
    }
    size_t stop = find_stop(record, behind), last = stop;
    if (stop == record->size && !record->complete)
        return false;
    if (is_line_end(record, stop) && last > behind && record->text[last - 1] == '\r')
        last--;
    record->at = stop + 1;
    if (is_quoted)
        push_quoted(L, record, at, close, last, doubled);
    else
        push_unquoted(L, record, at, last);
    return true;
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

/*
 * fields(text, at, delimiter, complete, fields, starts): reads the record that begins at `at` into
 * the list `fields`, and where each field begins into `starts`, if that is given. `complete`:
 * nothing comes behind the text. Returns how many fields there are, where the next record begins,
 * how many lines end in this one, and, when it is not well formed, where and why ("unclosed",
 * "behind", "within"); nil when the text may go on, and the record with it.
 */
int read_fields(lua_State *L) {
    struct record record = {0};
    record.text = luaL_checklstring(L, 1, &record.size);
    lua_Integer from = luaL_checkinteger(L, 2);
    record.delimiter = *luaL_checkstring(L, 3);
    record.complete = lua_toboolean(L, 4);
    luaL_checktype(L, 5, LUA_TTABLE);
    luaL_argcheck(L, from >= 1 && (size_t)from <= record.size + 1, 2, "outside of the text");
    bool has_starts = lua_istable(L, 6);
    record.at = (size_t)from - 1;
    int count = 0;
    bool is_last = false;
    while (!is_last) {
        size_t at = record.at;
        if (!push_field(L, &record)) {
            lua_pushnil(L);
            return 1;
        }
        lua_rawseti(L, 5, ++count);
        if (has_starts) {
            lua_pushinteger(L, (lua_Integer)at + 1);
            lua_rawseti(L, 6, count);
        }
        is_last = is_line_end(&record, record.at - 1);
    }
    return push_result(L, &record, (size_t)from - 1, count);
}
