/* header.h: the head of an answer, as it comes over the wire, a line at a time. */
#ifndef SPREETAIL_HEADER_H
#define SPREETAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* What is read of one answer's lines, interim heads and trailers among them. */
enum { MOST_HEADER_LINES = 500, MOST_HEADER_BYTES = 128 * 1024 };

/* How far the lines have come. An interim head (1xx) is followed by another one. */
enum head_place { HEAD_DUE, HEAD_BEGUN, HEAD_OVER };

struct head {
    enum head_place place;
    int major;  /* of the protocol; 0: no head has begun */
    int status; /* of the last head that has begun */
    size_t lines, bytes;
};

enum head_verdict { HEAD_GOES_ON, HEAD_NONSENSE, HEAD_TOO_LARGE, HEAD_NO_MEMORY };

/*
 * Reads one more line. A head's first line says its status, and no line behind that does, whatever
 * it looks like. The others are appended to `headers`, which is emptied when a head begins;
 * trailers are left out.
 */
enum head_verdict head_read(struct head *head, struct buffer *headers, const char *line,
                            size_t size);

/* Whether the head that has begun is that of the answer, rather than an interim one. */
bool head_is_final(const struct head *head);

/* How many times the body has been compressed, as far as these headers tell. */
unsigned header_codings(const struct buffer *headers);

/* Appends "Name: value" as a "name\0value\0" pair, the name in lower case; a folded line goes on
 * with the value before it; other lines are left out. False, with the headers unchanged, when
 * memory runs out. */
bool header_add(struct buffer *headers, const char *line, size_t size);

#endif
