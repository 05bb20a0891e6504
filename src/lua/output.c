#include "output.h"

#include <stdint.h>

#include "../core/spreetail.h"
#include "digits.h"

void output_begin(struct output *out, lua_State *L, int room) {
    out->L = L;
    out->room = room;
    out->text = out->beginning;
    out->size = 0;
    out->capacity = sizeof out->beginning;
}

void output_grow(struct output *out, size_t size) {
    size_t capacity = 2 * (out->size + size);
    char *text = new_userdata(out->L, capacity);
    memcpy(text, out->text, out->size);
    lua_replace(out->L, out->room);
    out->text = text;
    out->capacity = capacity;
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

/* Whether eight bytes are plain: none is a control character, beyond ASCII, or to be escaped. The
 * highest bit of a byte is found set where it is too large, where a difference is below zero, and
 * at times above such. */
static bool are_plain(uint64_t word) {
    const uint64_t ones = 0x0101010101010101, highest = 0x8080808080808080;
    uint64_t quotes = (word ^ ones * '"') - ones, slashes = (word ^ ones * '/') - ones;
    uint64_t backslashes = (word ^ ones * '\\') - ones;
    uint64_t found = word | (word + ones) | (word - ones * 32) | quotes | slashes | backslashes;
    return (found & highest) == 0;
}

/* All bytes of a text that has fewer than eight, some twice, and plain ones. */
static uint64_t short_word(const char *text, size_t size) {
    uint32_t start = 0x61616161, end = 0x61616161;
    if (size >= 4) {
        memcpy(&start, text, sizeof start);
        memcpy(&end, text + size - sizeof end, sizeof end);
    } else if (size > 0) {
        const unsigned char *bytes = (const unsigned char *)text;
        start = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[size / 2] << 8 | bytes[size - 1];
        start |= 0x61000000;
    }
    return (uint64_t)start << 32 | end;
}

bool is_plain(const char *text, size_t size) {
    if (size < 8)
        return are_plain(short_word(text, size));
    size_t last = size - 8;
    for (size_t at = 0;; at = at + 8 < last ? at + 8 : last) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if (!are_plain(word))
            return false;
        if (at == last)
            return true;
    }
}

static char *put_escaped(char *to, const char *text, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        unsigned char character = (unsigned char)text[i];
        char escaped = escape(character);
        if (!escaped) {
            *to++ = (char)character;
            continue;
        }
        *to++ = '\\';
        *to++ = escaped;
        if (escaped == 'u') {
            *to++ = '0';
            *to++ = '0';
            *to++ = digits[character >> 4];
            *to++ = digits[character & 15];
        }
    }
    return to;
}

void put_plain(struct output *out, const char *text, size_t size) {
    char *to = output_reserve(out, size + 2);
    to[0] = '"';
    memcpy(to + 1, text, size);
    to[size + 1] = '"';
    out->size += size + 2;
}

bool put_quoted(struct output *out, const char *text, size_t size) {
    if (is_plain(text, size)) {
        put_plain(out, text, size);
        return true;
    }
    if (!spreetail_is_utf8(text, size))
        return false;
    char *start = output_reserve(out, 6 * size + 2), *to = start;
    *to++ = '"';
    to = put_escaped(to, text, size);
    *to++ = '"';
    out->size += (size_t)(to - start);
    return true;
}

void put_whole(struct output *out, long long number) {
    out->size += digits_of_whole(number, output_reserve(out, MOST_DIGITS));
}

void put_number(struct output *out, double number) {
    out->size += digits_of_number(number, output_reserve(out, MOST_DIGITS));
}
