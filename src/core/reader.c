#include "reader.h"

#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { MOST_DEPTH = 2048 };

/* About what the values take, in Lua or as jansson's, on a 64-bit system, with what malloc() adds
 * and their places in lists and objects; strings take their bytes as well. */
static const unsigned char taken_by[] = {
    [SPREETAIL_NULL] = 12,    [SPREETAIL_FALSE] = 12,   [SPREETAIL_TRUE] = 12,
    [SPREETAIL_INTEGER] = 44, [SPREETAIL_REAL] = 44,    [SPREETAIL_STRING] = 76,
    [SPREETAIL_LIST] = 148,   [SPREETAIL_OBJECT] = 236,
};

/* Rows of three short members take 15 times their bytes, lists of small numbers 22 times; small
 * answers may be anything. */
static size_t most_memory(size_t size) {
    const size_t times = 16, free_of_charge = (size_t)32 * 1024 * 1024;
    return size < (SIZE_MAX - free_of_charge) / times ? size * times + free_of_charge : SIZE_MAX;
}

void reader_begin(struct reader *reader, char *text, size_t size) {
    *reader = (struct reader){.at = text, .end = text + size, .most = most_memory(size)};
}

static bool fail(struct reader *reader, enum reader_state why) {
    reader->state = why;
    return false;
}

/*
 * The row.
 */

/* A text has a value in eight bytes or more; when it has them closer, the room is doubled. */
static bool grow(struct reader *reader) {
    size_t size = (size_t)(reader->end - reader->at);
    size_t room = reader->room ? reader->room * 2 : size / 8 + 8;
    struct spreetail_value *values = realloc(reader->values, room * sizeof *values);
    if (!values)
        return fail(reader, READER_NO_MEMORY);
    reader->values = values;
    reader->room = room;
    return true;
}

static struct spreetail_value *add(struct reader *reader, enum spreetail_type type, size_t size) {
    if (reader->count == reader->room && !grow(reader))
        return NULL;
    struct spreetail_value *value = &reader->values[reader->count++];
    value->type = type;
    value->size = size;
    reader->taken += taken_by[type];
    return value;
}

static bool add_string(struct reader *reader, const char *text, size_t size) {
    struct spreetail_value *value = add(reader, SPREETAIL_STRING, size);
    if (!value)
        return false;
    value->text = text;
    reader->taken += size;
    return true;
}

/*
 * Strings.
 */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits of an escape; negative: they are none. */
static long read_unit(const char *at) {
    long unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *encode(long code, char *to) {
    if (code < 0x80) {
        *to = (char)code;
        return to + 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; --i > 0; code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3f));
    to[0] = (char)(leads[size] | code);
    return to + size;
}

/* What stands behind "\u": one code point, in one escape or in two. Returns where it ends; NULL: it
 * is none, or half of one. */
static char *read_code(char *at, char **to) {
    long code = read_unit(at);
    if (code < 0)
        return NULL;
    at += 4;
    if (code >= 0xd800 && code < 0xdc00) {
        long low = at[0] == '\\' && at[1] == 'u' ? read_unit(at + 2) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    if (code >= 0xdc00 && code <= 0xdfff)
        return NULL;
    *to = encode(code, *to);
    return at;
}

/* Puts what the escape at the backslash `at` stands for at *to, which is no further on; returns
 * where the escape ends, NULL: it is none. */
static char *read_escape(char *at, char **to) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (at[1] == 'u')
        return read_code(at + 2, to);
    const char *letter = at[1] ? strchr(letters, at[1]) : NULL;
    if (!letter)
        return NULL;
    *(*to)++ = meanings[letter - letters];
    return at + 2;
}

/* From the first character on that is not plain, which is at `at`: finds the quote behind the
 * string, and its end when all escapes are resolved. NULL: it has none. */
static char *resolve(char *at, char **end) {
    char *to = at;
    while (at && *at != '"') {
        if (*at == '\\')
            at = read_escape(at, &to);
        else if ((unsigned char)*at < ' ')
            return NULL;
        else
            *to++ = *at++;
    }
    *end = to;
    return at;
}

static bool is_plain(char c) {
    return (unsigned char)c >= ' ' && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The first character from `at` on that is not plain; eight at a time. */
static char *behind_plain(char *at, const char *end) {
    const uint64_t ones = 0x0101010101010101, high_bits = ones << 7;
    for (; end - at >= 8; at += 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        eight = le64toh(eight);
        uint64_t controls = eight - ones * ' ';
        uint64_t quotes = (eight ^ ones * '"') - ones, backslashes = (eight ^ ones * '\\') - ones;
        uint64_t others = (eight | controls | quotes | backslashes) & high_bits;
        if (others) /* the lowest is one; a borrow may have made those above it */
            return at + (__builtin_ctzll(others) >> 3);
    }
    while (is_plain(*at))
        at++;
    return at;
}

static bool read_string(struct reader *reader) {
    char *start = reader->at + 1, *end = behind_plain(start, reader->end), *quote = end;
    if (*end != '"') {
        quote = resolve(end, &end);
        if (!quote || !spreetail_is_utf8(start, (size_t)(end - start)))
            return fail(reader, READER_BROKEN);
    }
    *end = '\0';
    reader->at = quote + 1;
    return add_string(reader, start, (size_t)(end - start));
}

/*
 * Values.
 */

static bool open_container(struct reader *reader, enum spreetail_type type) {
    struct spreetail_value *container = add(reader, type, 0);
    if (!container)
        return false;
    container->span = reader->open;
    reader->open = reader->count - 1;
    reader->at++;
    reader->place = READER_AT_FIRST;
    return ++reader->depth <= MOST_DEPTH || fail(reader, READER_BROKEN);
}

static bool close_container(struct reader *reader) {
    struct spreetail_value *container = &reader->values[reader->open];
    size_t outer = container->span;
    container->span = reader->count - reader->open;
    reader->open = outer;
    reader->depth--;
    reader->at++;
    reader->place = READER_BEHIND_VALUE;
    return true;
}

/* A number that is too large for one: its digits move to where there was something else, so that
 * there is a place for the NUL behind them. */
static bool add_digits(struct reader *reader, char *text, size_t size) {
    memmove(text - 1, text, size);
    text[size - 1] = '\0';
    return add_string(reader, text - 1, size);
}

static bool read_number(struct reader *reader) {
    char *text = reader->at;
    bool whole;
    json_int_t integer = 0;
    double real = 0;
    size_t size = number_size(text, (size_t)(reader->end - text), &whole);
    if (!size)
        return fail(reader, READER_BROKEN);
    reader->at += size;
    if (!whole && !number_as_real(text, size, &real))
        return fail(reader, READER_NO_MEMORY);
    if (whole ? !number_is_integer(text, size, &integer) : !isfinite(real))
        return add_digits(reader, text, size);
    struct spreetail_value *value = add(reader, whole ? SPREETAIL_INTEGER : SPREETAIL_REAL, 0);
    if (!value)
        return false;
    if (whole)
        value->integer = integer;
    else
        value->real = real;
    return true;
}

static bool read_word(struct reader *reader, const char *word, enum spreetail_type type) {
    size_t size = strlen(word);
    if (strncmp(reader->at, word, size) != 0)
        return fail(reader, READER_BROKEN);
    reader->at += size;
    return add(reader, type, 0) != NULL;
}

static bool read_scalar(struct reader *reader) {
    reader->place = READER_BEHIND_VALUE;
    if (reader->depth == 0)
        return fail(reader, READER_BROKEN);
    switch (*reader->at) {
    case '"':
        return read_string(reader);
    case 't':
        return read_word(reader, "true", SPREETAIL_TRUE);
    case 'f':
        return read_word(reader, "false", SPREETAIL_FALSE);
    case 'n':
        return read_word(reader, "null", SPREETAIL_NULL);
    }
    return read_number(reader);
}

static bool read_value(struct reader *reader) {
    if (reader->depth)
        reader->values[reader->open].size++;
    if (*reader->at == '{')
        return open_container(reader, SPREETAIL_OBJECT);
    if (*reader->at == '[')
        return open_container(reader, SPREETAIL_LIST);
    return read_scalar(reader);
}

/*
 * The text.
 */

static bool is_in_object(const struct reader *reader) {
    return reader->values[reader->open].type == SPREETAIL_OBJECT;
}

/* The first of a list or object, which has just begun; or its end. */
static bool begin_container(struct reader *reader) {
    bool in_object = is_in_object(reader);
    if (*reader->at == (in_object ? '}' : ']'))
        return close_container(reader);
    reader->place = in_object ? READER_AT_KEY : READER_AT_VALUE;
    return true;
}

static bool read_key(struct reader *reader) {
    reader->place = READER_AT_COLON;
    return *reader->at == '"' ? read_string(reader) : fail(reader, READER_BROKEN);
}

static bool read_colon(struct reader *reader) {
    if (*reader->at != ':')
        return fail(reader, READER_BROKEN);
    reader->at++;
    reader->place = READER_AT_VALUE;
    return true;
}

/* A comma, the end of the list or object that the value was in, or that of the text. */
static bool go_on(struct reader *reader) {
    if (reader->depth == 0)
        return fail(reader, reader->at == reader->end ? READER_DONE : READER_BROKEN);
    bool in_object = is_in_object(reader);
    if (*reader->at == (in_object ? '}' : ']'))
        return close_container(reader);
    if (*reader->at != ',')
        return fail(reader, READER_BROKEN);
    reader->at++;
    reader->place = in_object ? READER_AT_KEY : READER_AT_VALUE;
    return true;
}

/* False: the piece ends in it. */
static bool skip_space(struct reader *reader) {
    char c;
    while ((c = *reader->at) == ' ' || c == '\n' || c == '\t' || c == '\r') {
        if (reader->at >= reader->until)
            return false;
        reader->at++;
    }
    return true;
}

/* What comes next, and what usually stands behind that; false: the piece or the text ends. */
static bool read_on(struct reader *reader) {
    switch (reader->place) {
    case READER_AT_FIRST:
        return skip_space(reader) && begin_container(reader);
    case READER_AT_KEY:
        if (!skip_space(reader) || !read_key(reader))
            return false;
        /* fall through */
    case READER_AT_COLON:
        if (!skip_space(reader) || !read_colon(reader))
            return false;
        /* fall through */
    case READER_AT_VALUE:
        return skip_space(reader) && read_value(reader);
    case READER_BEHIND_VALUE:
        return skip_space(reader) && go_on(reader);
    }
    return false;
}

enum reader_state reader_continue(struct reader *reader, size_t bytes) {
    size_t left = (size_t)(reader->end - reader->at);
    reader->until = reader->at + (bytes < left ? bytes : left);
    while (reader->state == READER_GOES_ON && read_on(reader) && reader->at <= reader->until)
        if (reader->taken > reader->most)
            reader->state = READER_TOO_MUCH;
    return reader->state;
}

void reader_clear(struct reader *reader) {
    free(reader->values);
    *reader = (struct reader){0};
}
