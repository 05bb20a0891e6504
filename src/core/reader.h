/*
 * reader.h: JSON texts (RFC 8259) as jansson's values, read piece by piece.
 *
 * jansson's own reader goes through a text in one go, however long that takes and however many
 * times the text's own memory, and refuses what is JSON: numbers that it can't hold, a NUL in a
 * key. Its values are used as they are: of two members with one key the later counts, numbers too
 * large for it are strings of what was sent.
 */
#ifndef SPREETAIL_READER_H
#define SPREETAIL_READER_H

#include <jansson.h>

#include "buffer.h"

enum reader_state {
    READER_GOES_ON,
    READER_DONE,
    READER_BROKEN,   /* it is no JSON, or no list or object */
    READER_TOO_MUCH, /* its values would take absurdly more memory than itself */
    READER_NO_MEMORY
};

/* What may come next. */
enum reader_place {
    READER_AT_VALUE,
    READER_AT_FIRST_ITEM, /* or the end of the list */
    READER_AT_FIRST_KEY,  /* or the end of the object */
    READER_AT_KEY,
    READER_AT_COLON,
    READER_BEHIND_VALUE,
    READER_AT_END
};

struct reader {
    const char *at, *end; /* what is left of the text, which is the caller's */
    enum reader_state state;
    enum reader_place place;
    json_t *root;
    json_t **open; /* lists and objects that have not ended, each within the one before */
    size_t depth, room;
    const char *key; /* of the member that is being read: in the text, or in `key_text` */
    size_t key_size;
    struct buffer key_text, value_text; /* strings that had escapes in them */
    size_t taken, most;                 /* about how much memory the values take, and may take */
};

/* Begins with a text, which has to stay until it is read. */
void reader_begin(struct reader *reader, const char *text, size_t size);

/* Reads on, for about so many bytes. */
enum reader_state reader_continue(struct reader *reader, size_t bytes);

/* What was read, once that is done; the caller's. */
json_t *reader_take(struct reader *reader);

void reader_clear(struct reader *reader);

/* All of a text at once; NULL: it is no JSON, or memory ran out. */
json_t *reader_read(const char *text, size_t size);

#endif
