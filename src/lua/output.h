/*
 * output.h: the JSON text that is being written.
 *
 * It lies in itself while it is short, then in a userdata on Lua's stack, so that a Lua error may
 * strike anywhere.
 */
#ifndef SPREETAIL_OUTPUT_H
#define SPREETAIL_OUTPUT_H

#include <stdbool.h>
#include <string.h>

#include "compat.h"

struct output {
    lua_State *L;
    int room; /* where on the stack the userdata is to lie */
    char *text;
    size_t size, capacity;
    char beginning[3500]; /* most orders and deliveries */
};

void output_begin(struct output *out, lua_State *L, int room);

/* Makes room for so many more bytes. */
void output_grow(struct output *out, size_t size);

/* Where so many more bytes may be written. */
static inline char *output_reserve(struct output *out, size_t size) {
    if (out->capacity - out->size < size)
        output_grow(out, size);
    return out->text + out->size;
}

static inline void put(struct output *out, const char *bytes, size_t size) {
    memcpy(output_reserve(out, size), bytes, size);
    out->size += size;
}

static inline void put_character(struct output *out, char character) {
    *output_reserve(out, 1) = character;
    out->size++;
}

/* Whether all of a text is printable ASCII that JSON has as it is. */
bool is_plain(const char *text, size_t size);

/* Puts a text that is plain in quotes. */
void put_plain(struct output *out, const char *text, size_t size);

/* Puts any in quotes; false: it is not valid UTF-8, and nothing was put. */
bool put_quoted(struct output *out, const char *text, size_t size);

void put_whole(struct output *out, long long number);
void put_number(struct output *out, double number); /* which is finite */

#endif
