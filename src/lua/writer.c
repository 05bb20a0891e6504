/*
 * writer.c: one walk over a Lua value that writes it as JSON as long as all is well, and after the
 * first problem only looks for others.
 *
 * Tables are read raw. The text lies in the writer while it is short, then in a userdata, so that a
 * Lua error may strike anywhere. Paths are made for problems only, out of the keys on the stack.
 */
#include "writer.h"

#include <float.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../core/spreetail.h"
#include "list.h"

enum {
    MOST_LEVELS = 100, /* nothing in the API is nested deeper */
    /* Tables that refer to each other in many ways would keep us for ever. */
    MOST_PROBLEMS = 1000,
    MOST_VALUES = 5000000
};

/* Where things are on the stack. */
enum { VALUE = 1, LIST_METATABLE, PROBLEMS, ROOM };

struct writer {
    lua_State *L;
    char *text;
    size_t size, capacity;
    int problems; /* how many there are */
    int values;   /* how many were looked at */
    char beginning[2048];
};

/* A table that is being written. Above it on the stack lies the key of what is written of it. */
struct level {
    const struct level *outer; /* NULL: none */
    int table;                 /* its place on the stack */
    int depth;
};

/*
 * Problems.
 */

/* The path of what lies under the current key of a level; of the whole when there is no level. */
static void push_path(lua_State *L, const struct level *at) {
    if (!at) {
        lua_pushliteral(L, "");
        return;
    }
    push_path(L, at->outer);
    if (lua_type(L, at->table + 1) == LUA_TNUMBER) {
        char place[32];
        snprintf(place, sizeof place, "[%.0f]", (double)lua_tonumber(L, at->table + 1));
        lua_pushstring(L, place);
        lua_concat(L, 2);
    } else {
        bool has_outer = lua_rawlen(L, -1) > 0;
        lua_pushstring(L, has_outer ? "." : "");
        lua_pushvalue(L, at->table + 1);
        lua_concat(L, 3);
    }
}

__attribute__((format(printf, 3, 4))) static void
add_problem(struct writer *writer, const struct level *at, const char *format, ...) {
    lua_State *L = writer->L;
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    lua_createtable(L, 0, 2);
    push_path(L, at);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, message);
    lua_setfield(L, -2, "message");
    lua_rawseti(L, PROBLEMS, ++writer->problems);
}

/*
 * Text.
 */

/* Room for so many more bytes. */
static char *reserve(struct writer *writer, size_t size) {
    if (writer->capacity - writer->size < size) {
        size_t capacity = 2 * (writer->size + size);
        char *text = new_userdata(writer->L, capacity);
        memcpy(text, writer->text, writer->size);
        lua_replace(writer->L, ROOM);
        writer->text = text;
        writer->capacity = capacity;
    }
    return writer->text + writer->size;
}

static void put(struct writer *writer, const char *bytes, size_t size) {
    memcpy(reserve(writer, size), bytes, size);
    writer->size += size;
}

static void put_character(struct writer *writer, char character) {
    *reserve(writer, 1) = character;
    writer->size++;
}

/* What stands behind a backslash; 'u': four digits do; 0: it needs none. */
static char escape(unsigned char character) {
    static const char control[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
    if (character < 32)
        return control[character];
    if (character == '"' || character == '\\' || character == '/')
        return (char)character;
    return character == 127 ? 'u' : 0;
}

static void put_quoted(struct writer *writer, const char *text, size_t size) {
    static const char digits[] = "0123456789abcdef";
    char *out = reserve(writer, 6 * size + 2), *start = out;
    *out++ = '"';
    for (size_t i = 0; i < size; i++) {
        unsigned char character = (unsigned char)text[i];
        char escaped = escape(character);
        if (escaped) {
            *out++ = '\\';
            *out++ = escaped;
        }
        if (escaped == 'u') {
            *out++ = '0';
            *out++ = '0';
            *out++ = digits[character >> 4];
            *out++ = digits[character & 15];
        } else if (!escaped) {
            *out++ = (char)character;
        }
    }
    *out++ = '"';
    writer->size += (size_t)(out - start);
}

/*
 * Values that are no tables.
 */

/* Beyond 2^53 all numbers are. */
static bool is_whole(double number) {
    return number <= DBL_MAX && number >= -DBL_MAX &&
           (number >= 0x1p53 || number <= -0x1p53 || number == (double)(int64_t)number);
}

static void write_text(struct writer *writer, const struct level *at) {
    size_t size;
    const char *text = lua_tolstring(writer->L, -1, &size);
    if (!spreetail_is_utf8(text, size))
        add_problem(writer, at, "is not valid UTF-8");
    else if (!writer->problems)
        put_quoted(writer, text, size);
}

/* The key below the value on top. Its problems are those of the table, which lies in `outer`. */
static void write_key(struct writer *writer, const struct level *outer) {
    size_t size;
    const char *key = lua_tolstring(writer->L, -2, &size);
    if (!spreetail_is_utf8(key, size))
        add_problem(writer, outer, "has a key that is not valid UTF-8");
    else if (!writer->problems)
        put_quoted(writer, key, size);
}

static void put_number(struct writer *writer, double number) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.14g", number);
    const char *point = localeconv()->decimal_point;
    char *decimals = strcmp(point, ".") == 0 ? NULL : strstr(digits, point);
    if (decimals) {
        size_t size = strlen(point);
        *decimals = '.';
        memmove(decimals + 1, decimals + size, strlen(decimals + size) + 1);
    }
    put(writer, digits, strlen(digits));
}

static void refuse_whole(struct writer *writer, const struct level *at, double number) {
    const char *format = "is %s, a number of 15 digits or more, which can't be written exactly: "
                         "give it as a string";
    char digits[32];
    snprintf(digits, sizeof digits, number < 1e18 && number > -1e18 ? "%.0f" : "%.15g", number);
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(writer->L, -1))
        snprintf(digits, sizeof digits, "%lld", (long long)lua_tointeger(writer->L, -1));
#endif
    add_problem(writer, at, format, digits);
}

/* Exact are the 14 digits that are written: two decimals of a fraction are to be among them. */
static void write_number(struct writer *writer, const struct level *at) {
    double number = (double)lua_tonumber(writer->L, -1);
    double size = number < 0 ? -number : number;
    if (number != number)
        add_problem(writer, at, "is nan, which JSON has no number for");
    else if (size > DBL_MAX)
        add_problem(writer, at, "is %sinf, which JSON has no number for", number < 0 ? "-" : "");
    else if (size >= 1e12 && !is_whole(number))
        add_problem(writer, at,
                    "is %.17g, a number with decimals behind 13 digits or more, which can't be "
                    "written exactly: give it as a string",
                    number);
    else if (size >= 1e14)
        refuse_whole(writer, at, number);
    else if (!writer->problems)
        put_number(writer, number);
}

/*
 * Tables.
 */

static bool is_marked_as_list(lua_State *L, int table) {
    if (!lua_getmetatable(L, table))
        return false;
    bool marked = lua_rawequal(L, -1, LIST_METATABLE);
    lua_pop(L, 1);
    return marked;
}

enum shape { OBJECT, LIST, NEITHER };

/* The key on top, above the value's place. */
static void refuse_key(struct writer *writer, const struct level *outer, int key) {
    lua_State *L = writer->L;
    char shown[32] = "";
    if (lua_type(L, key) == LUA_TBOOLEAN)
        snprintf(shown, sizeof shown, "%s", lua_toboolean(L, key) ? "true" : "false");
    else if (lua_type(L, key) == LUA_TNUMBER)
        snprintf(shown, sizeof shown, "%.14g", (double)lua_tonumber(L, key));
    else
        snprintf(shown, sizeof shown, "of type %s", luaL_typename(L, key));
    add_problem(writer, outer, "has a key (%s) that is neither a name nor 1, 2, 3, ...", shown);
}

/* The first place of a list that is not taken becomes the key of the level. */
static void refuse_hole(struct writer *writer, const struct level *level) {
    lua_State *L = writer->L;
    for (int place = 1;; place++) {
        lua_pushinteger(L, place);
        lua_rawgeti(L, level->table, place);
        bool is_hole = lua_isnil(L, -1);
        lua_pop(L, 1);
        if (is_hole)
            add_problem(writer, level,
                        "is missing: a list must not have holes (spreetail.null holds a place)");
        lua_pop(L, 1);
        if (is_hole)
            return;
    }
}

/* What the table of the level is, and how many keys it has. */
static enum shape find_shape(struct writer *writer, const struct level *level, int *count) {
    lua_State *L = writer->L;
    int named = 0, listed = 0;
    double longest = 0;
    lua_pushnil(L);
    while (lua_next(L, level->table)) {
        lua_pop(L, 1);
        double key = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
        if (lua_type(L, -1) == LUA_TSTRING) {
            named++;
        } else if (key >= 1 && is_whole(key)) {
            listed++;
            longest = key > longest ? key : longest;
        } else {
            refuse_key(writer, level->outer, lua_gettop(L));
            lua_pop(L, 1);
            return NEITHER;
        }
    }
    bool marked = is_marked_as_list(L, level->table);
    *count = named + listed;
    if (named > 0 && (listed > 0 || marked)) {
        add_problem(writer, level->outer, "mixes list items with named fields");
        return NEITHER;
    }
    if (longest > listed) {
        refuse_hole(writer, level);
        return NEITHER;
    }
    return marked || listed > 0 ? LIST : OBJECT;
}

static void write_value(struct writer *writer, const struct level *at);

static void write_list(struct writer *writer, const struct level *level, int count) {
    lua_State *L = writer->L;
    put_character(writer, '[');
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            put_character(writer, ',');
        lua_pushinteger(L, i);
        lua_rawgeti(L, level->table, i);
        write_value(writer, level);
        lua_pop(L, 2);
    }
    put_character(writer, ']');
}

static void write_object(struct writer *writer, const struct level *level) {
    lua_State *L = writer->L;
    bool is_first = true;
    put_character(writer, '{');
    lua_pushnil(L);
    while (lua_next(L, level->table)) {
        if (!is_first)
            put_character(writer, ',');
        is_first = false;
        write_key(writer, level->outer);
        put_character(writer, ':');
        write_value(writer, level);
        lua_pop(L, 1);
    }
    put_character(writer, '}');
}

/* The table on top of the stack. */
static void write_table(struct writer *writer, const struct level *outer) {
    lua_State *L = writer->L;
    struct level level = {outer, lua_gettop(L), outer ? outer->depth + 1 : 1};
    for (const struct level *around = outer; around; around = around->outer)
        if (lua_rawequal(L, around->table, level.table)) {
            add_problem(writer, outer, "contains itself");
            return;
        }
    if (level.depth > MOST_LEVELS) {
        add_problem(writer, outer, "is nested more than %d levels deep", MOST_LEVELS);
        return;
    }
    if (writer->problems >= MOST_PROBLEMS)
        return;
    int count;
    enum shape shape = find_shape(writer, &level, &count);
    if (shape == LIST)
        write_list(writer, &level, count);
    else if (shape == OBJECT)
        write_object(writer, &level);
}

/* The value on top of the stack, which lies under the current key of the level. */
static void write_value(struct writer *writer, const struct level *at) {
    lua_State *L = writer->L;
    int type = lua_type(L, -1);
    if (++writer->values > MOST_VALUES) {
        if (writer->values == MOST_VALUES + 1)
            add_problem(writer, NULL, "holds more than %d values", MOST_VALUES);
        writer->values = MOST_VALUES + 1;
    } else if (type == LUA_TSTRING) {
        write_text(writer, at);
    } else if (type == LUA_TNUMBER) {
        write_number(writer, at);
    } else if (type == LUA_TTABLE) {
        write_table(writer, at);
    } else if (type == LUA_TBOOLEAN) {
        const char *word = lua_toboolean(L, -1) ? "true" : "false";
        put(writer, word, strlen(word));
    } else if (type == LUA_TLIGHTUSERDATA && !lua_touserdata(L, -1)) {
        put(writer, "null", 4);
    } else {
        add_problem(writer, at, "is a %s, which JSON has nothing for", lua_typename(L, type));
    }
}

int write_json(lua_State *L) {
    luaL_checkany(L, VALUE);
    lua_settop(L, VALUE);
    luaL_getmetatable(L, LIST_TYPE);
    lua_newtable(L); /* PROBLEMS */
    lua_pushnil(L);  /* ROOM */
    luaL_checkstack(L, 2 * MOST_LEVELS + 20, "no room to write JSON");
    lua_pushvalue(L, VALUE);

    struct writer writer;
    writer.L = L;
    writer.text = writer.beginning;
    writer.capacity = sizeof writer.beginning;
    writer.size = 0;
    writer.problems = writer.values = 0;
    write_value(&writer, NULL);
    if (writer.problems) {
        lua_pushnil(L);
        lua_pushvalue(L, PROBLEMS);
        return 2;
    }
    lua_pushlstring(L, writer.text, writer.size);
    return 1;
}
