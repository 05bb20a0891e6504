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

/* The highest bit of each byte of `word` that is `byte` (or, of those above one that is, may be).
 */
static uint64_t bytes_that_are(uint64_t word, unsigned char byte) {
    const uint64_t ones = 0x0101010101010101;
    uint64_t zero = word ^ (ones * byte);
    return (zero - ones) & ~zero;
}

/* Whether eight bytes are plain: none is a control character, beyond ASCII, or to be escaped. */
static bool are_plain(const char *bytes) {
    const uint64_t ones = 0x0101010101010101, highest = 0x8080808080808080;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t found = (word - ones * 32) | word | (word + ones) | bytes_that_are(word, '"') |
                     bytes_that_are(word, '\\') | bytes_that_are(word, '/');
    return (found & highest) == 0;
}

bool is_plain(const char *text, size_t size) {
    if (size >= 8) {
        for (size_t i = 0; i + 8 < size; i += 8)
            if (!are_plain(text + i))
                return false;
        return are_plain(text + size - 8);
    }
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] >= 128 || escape((unsigned char)text[i]))
            return false;
    return true;
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

bool put_quoted(struct output *out, const char *text, size_t size) {
    bool plain = is_plain(text, size);
    if (!plain && !spreetail_is_utf8(text, size))
        return false;
    char *start = output_reserve(out, (plain ? size : 6 * size) + 2), *to = start;
    *to++ = '"';
    if (plain)
        to = (char *)memcpy(to, text, size) + size;
    else
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
