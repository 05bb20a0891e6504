/* number.h: numbers in JSON that are larger than jansson's integers and doubles. */
#ifndef SPREETAIL_NUMBER_H
#define SPREETAIL_NUMBER_H

#include "buffer.h"

/* Appends the JSON text to `quoted`, with each number that no json_int_t or double can hold put in
 * quotes, character by character as it was sent. What is no JSON stays none. Returns false when
 * memory runs out. */
bool number_quote_large(const char *text, size_t size, struct buffer *quoted);

#endif
