#include "reader.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "spreetail.h"

enum { MOST_DEPTH = 2048 };

/* About what jansson's values take on a 64-bit system, with what malloc() adds. */
enum {
    TAKEN_BY_LIST = 136,
    TAKEN_BY_OBJECT = 224,
    TAKEN_BY_MEMBER = 88,
    TAKEN_BY_ITEM = 12,
    TAKEN_BY_NUMBER = 32,
    TAKEN_BY_STRING = 64
};

/* Rows of three short members take 15 times their bytes, lists of small numbers 22 times; small
 * answers may be anything. */
static size_t most_memory(size_t size) {
    const size_t times = 16, free_of_charge = (size_t)32 * 1024 * 1024;
    return size < (SIZE_MAX - free_of_charge) / times ? size * times + free_of_charge : SIZE_MAX;
}

void reader_begin(struct reader *reader, const char *text, size_t size) {
    *reader = (struct reader){
        .at = text,
        .end = text + size,
        .key_text.secret = true, /* a login's answer has a token in it */
        .value_text.secret = true,
        .most = most_memory(size),
    };
}

static bool fail(struct reader *reader, enum reader_state why) {
    reader->state = why;
    return false;
}

static bool claim(struct reader *reader, size_t memory) {
    if (memory > reader->most - reader->taken)
        return fail(reader, READER_TOO_MUCH);
    reader->taken += memory;
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
static long read_unit(const char *at, const char *end) {
    long unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static size_t encode(long code, char utf8[4]) {
    if (code < 0x80) {
        utf8[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; --i > 0; code >>= 6)
        utf8[i] = (char)(0x80 | (code & 0x3f));
    utf8[0] = (char)(leads[size] | code);
    return size;
}

/* What stands behind "\u": one code point, in one escape or in two. NULL: none, or half of one. */
static const char *read_code(const char *at, const char *end, char utf8[4], size_t *size) {
    long code = read_unit(at, end);
    if (code < 0)
        return NULL;
    at += 4;
    if (code >= 0xd800 && code < 0xdc00) {
        long low = end - at > 2 && at[0] == '\\' && at[1] == 'u' ? read_unit(at + 2, end) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    if (code >= 0xdc00 && code <= 0xdfff)
        return NULL;
    *size = encode(code, utf8);
    return at;
}

/* What an escape at the backslash `at` stands for; returns where it ends, NULL: it is none. */
static const char *read_escape(const char *at, const char *end, char utf8[4], size_t *size) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return NULL;
    if (at[1] == 'u')
        return read_code(at + 2, end, utf8, size);
    const char *letter = at[1] ? strchr(letters, at[1]) : NULL;
    if (!letter)
        return NULL;
    utf8[0] = meanings[letter - letters];
    *size = 1;
    return at + 2;
}

/* From the first backslash on, which is at `at` in what began at `start`. */
static bool read_escaped(struct reader *reader, const char *start, const char *at,
                         struct buffer *text) {
    buffer_cut(text, 0);
    while (at < reader->end && *at != '"') {
        char utf8[4];
        size_t size;
        if (*at == '\\') {
            const char *next = read_escape(at, reader->end, utf8, &size);
            if (!next)
                return fail(reader, READER_BROKEN);
            if (!buffer_add(text, start, (size_t)(at - start)) || !buffer_add(text, utf8, size))
                return fail(reader, READER_NO_MEMORY);
            start = at = next;
        } else if ((unsigned char)*at < ' ') {
            return fail(reader, READER_BROKEN);
        } else {
            at++;
        }
    }
    if (!buffer_add(text, start, (size_t)(at - start)))
        return fail(reader, READER_NO_MEMORY);
    reader->at = at;
    return true;
}

/* The string that begins here: where its bytes are (in the text itself, or in `text`), and how
 * many. */
static bool read_string(struct reader *reader, struct buffer *text, const char **bytes,
                        size_t *size) {
    const char *start = reader->at + 1, *at = start;
    unsigned char all = 0;
    while (at < reader->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
        all |= (unsigned char)*at++;
    *bytes = start;
    *size = (size_t)(at - start);
    reader->at = at;
    if (at < reader->end && *at == '\\') {
        if (!read_escaped(reader, start, at, text))
            return false;
        *bytes = text->data;
        *size = text->size;
        all = 0x80;
    }
    if (reader->at == reader->end || *reader->at != '"')
        return fail(reader, READER_BROKEN);
    reader->at++;
    return all < 0x80 || spreetail_is_utf8(*bytes, *size) || fail(reader, READER_BROKEN);
}

/*
 * Values.
 */

/* Puts a value that was made where it belongs; NULL: it could not be made. */
static bool attach(struct reader *reader, json_t *value, size_t memory) {
    json_t *parent = reader->depth ? reader->open[reader->depth - 1] : NULL;
    bool member = json_is_object(parent);
    memory += member ? TAKEN_BY_MEMBER + reader->key_size : TAKEN_BY_ITEM;
    reader->place = READER_BEHIND_VALUE;
    if (!value)
        return fail(reader, READER_NO_MEMORY);
    if (!claim(reader, memory)) {
        json_decref(value);
        return false;
    }
    if (!parent)
        reader->root = value;
    else if (member ? json_object_setn_new_nocheck(parent, reader->key, reader->key_size, value)
                    : json_array_append_new(parent, value))
        return fail(reader, READER_NO_MEMORY);
    return true;
}

static bool open_container(struct reader *reader, json_t *container, size_t memory,
                           enum reader_place place) {
    if (reader->depth == reader->room) {
        size_t room = reader->room ? reader->room * 2 : 16;
        json_t **open = realloc(reader->open, room * sizeof *open);
        if (!open) {
            json_decref(container);
            return fail(reader, READER_NO_MEMORY);
        }
        reader->open = open;
        reader->room = room;
    }
    if (!attach(reader, container, memory))
        return false;
    reader->open[reader->depth++] = container;
    reader->place = place;
    return reader->depth <= MOST_DEPTH || fail(reader, READER_BROKEN);
}

static bool close_container(struct reader *reader) {
    reader->at++;
    reader->place = --reader->depth ? READER_BEHIND_VALUE : READER_AT_END;
    return true;
}

static bool read_text(struct reader *reader) {
    const char *bytes;
    size_t size;
    return read_string(reader, &reader->value_text, &bytes, &size) &&
           attach(reader, json_stringn_nocheck(bytes, size), TAKEN_BY_STRING + size);
}

static bool read_number(struct reader *reader) {
    const char *text = reader->at;
    bool whole;
    json_int_t integer;
    double real;
    size_t size = number_size(text, (size_t)(reader->end - text), &whole);
    if (!size)
        return fail(reader, READER_BROKEN);
    reader->at += size;
    if (whole && number_is_integer(text, size, &integer))
        return attach(reader, json_integer(integer), TAKEN_BY_NUMBER);
    if (!whole && !number_as_real(text, size, &real))
        return fail(reader, READER_NO_MEMORY);
    if (!whole && isfinite(real))
        return attach(reader, json_real(real), TAKEN_BY_NUMBER);
    return attach(reader, json_stringn_nocheck(text, size), TAKEN_BY_STRING + size);
}

static bool read_word(struct reader *reader, const char *word, json_t *value) {
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0)
        return fail(reader, READER_BROKEN);
    reader->at += size;
    return attach(reader, value, 0);
}

static bool read_value(struct reader *reader) {
    char c = *reader->at;
    if (c == '{' || c == '[')
        reader->at++;
    else if (reader->depth == 0)
        return fail(reader, READER_BROKEN);
    switch (c) {
    case '{':
        return open_container(reader, json_object(), TAKEN_BY_OBJECT, READER_AT_FIRST_KEY);
    case '[':
        return open_container(reader, json_array(), TAKEN_BY_LIST, READER_AT_FIRST_ITEM);
    case '"':
        return read_text(reader);
    case 't':
        return read_word(reader, "true", json_true());
    case 'f':
        return read_word(reader, "false", json_false());
    case 'n':
        return read_word(reader, "null", json_null());
    }
    return read_number(reader);
}

static bool read_key(struct reader *reader) {
    reader->place = READER_AT_COLON;
    return read_string(reader, &reader->key_text, &reader->key, &reader->key_size);
}

static bool go_to(struct reader *reader, enum reader_place place) {
    reader->at++;
    reader->place = place;
    return true;
}

/* One of the characters or words that a text is made of. */
static bool read_token(struct reader *reader) {
    char c = *reader->at;
    bool in_object = reader->depth && json_is_object(reader->open[reader->depth - 1]);
    switch (reader->place) {
    case READER_AT_FIRST_ITEM:
        return c == ']' ? close_container(reader) : read_value(reader);
    case READER_AT_VALUE:
        return read_value(reader);
    case READER_AT_FIRST_KEY:
        if (c == '}')
            return close_container(reader);
        /* fall through */
    case READER_AT_KEY:
        return c == '"' ? read_key(reader) : fail(reader, READER_BROKEN);
    case READER_AT_COLON:
        return c == ':' ? go_to(reader, READER_AT_VALUE) : fail(reader, READER_BROKEN);
    case READER_BEHIND_VALUE:
        if (c == ',')
            return go_to(reader, in_object ? READER_AT_KEY : READER_AT_VALUE);
        if (c == (in_object ? '}' : ']'))
            return close_container(reader);
        /* fall through */
    default:
        return fail(reader, READER_BROKEN);
    }
}

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

enum reader_state reader_continue(struct reader *reader, size_t bytes) {
    size_t left = (size_t)(reader->end - reader->at);
    const char *until = reader->at + (bytes < left ? bytes : left);
    while (reader->state == READER_GOES_ON && reader->at < until) {
        if (is_space(*reader->at))
            reader->at++;
        else
            read_token(reader);
    }
    if (reader->state == READER_GOES_ON && reader->at == reader->end)
        reader->state = reader->place == READER_AT_END ? READER_DONE : READER_BROKEN;
    return reader->state;
}

json_t *reader_take(struct reader *reader) {
    json_t *root = reader->state == READER_DONE ? reader->root : NULL;
    if (root)
        reader->root = NULL;
    return root;
}

void reader_clear(struct reader *reader) {
    json_decref(reader->root);
    free(reader->open);
    buffer_free(&reader->key_text);
    buffer_free(&reader->value_text);
    *reader = (struct reader){0};
}

json_t *reader_read(const char *text, size_t size) {
    struct reader reader;
    reader_begin(&reader, text, size);
    reader_continue(&reader, SIZE_MAX);
    json_t *root = reader_take(&reader);
    reader_clear(&reader);
    return root;
}
