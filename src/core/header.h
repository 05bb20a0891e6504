/* header.h: the lines at the head of an answer, as they come over the wire. */
#ifndef SPREETAIL_HEADER_H
#define SPREETAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* Whether a line begins an answer: "HTTP/1.1 200 OK". */
bool header_is_status(const char *line, size_t size);

/* The protocol's major version and the status in such a line; false when it holds none. */
bool header_read_status(const char *line, size_t size, int *major, int *status);

/* Appends "Name: value" as a "name\0value\0" pair, the name in lower case; other lines are left
 * out. False, with the headers unchanged, when memory runs out. */
bool header_add(struct buffer *headers, const char *line, size_t size);

#endif
