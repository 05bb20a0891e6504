/*
 * reader.h: JSON texts (RFC 8259), read piece by piece into a row of values (spreetail.h).
 *
 * The text is read once, and its strings stay where they are: escapes are resolved and ends marked
 * in the text itself. What jansson's own reader refuses though it is JSON is read: a NUL in a key,
 * and numbers that no number of ours holds, which become strings of what was sent.
 */
#ifndef SPREETAIL_READER_H
#define SPREETAIL_READER_H

#include "spreetail.h"

enum reader_state {
    READER_GOES_ON,
    READER_DONE,
    READER_BROKEN,   /* it is no JSON, or no list or object */
    READER_TOO_MUCH, /* its values would take absurdly more memory than itself */
    READER_NO_MEMORY
};

/* What comes next. */
enum reader_place {
    READER_AT_VALUE,
    READER_AT_FIRST, /* of a list or object, or its end */
    READER_AT_KEY,
    READER_AT_COLON,
    READER_BEHIND_VALUE
};

struct reader {
    char *at;          /* what is left of the text, which is the caller's */
    const char *end;   /* of the text: there is a NUL */
    const char *until; /* the end of this piece */
    enum reader_state state;
    enum reader_place place;
    struct spreetail_value *values; /* owned; when all is read, the first holds the others */
    size_t count, room;
    size_t open; /* the list or object that we are in; its span is the place of the one around it */
    size_t depth;       /* of how many */
    size_t taken, most; /* about how much memory the values take as Lua's or jansson's, and may */
};

/* Begins with a text, behind which there is a NUL. It has to stay as long as the values. */
void reader_begin(struct reader *reader, char *text, size_t size);

/* Reads on, for about so many bytes. */
enum reader_state reader_continue(struct reader *reader, size_t bytes);

/* Frees the values. */
void reader_clear(struct reader *reader);

#endif
