/* number.h: numbers as they stand in a text, whatever the locale. */
#ifndef SPREETAIL_NUMBER_H
#define SPREETAIL_NUMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* How long the number is with which a text begins, by the grammar of JSON (RFC 8259); 0: it begins
 * with none. `whole`: it has neither a fraction nor an exponent. */
size_t number_size(const char *text, size_t size, bool *whole);

/* The value of a whole number; false: it is beyond 64 bits. */
bool number_is_integer(const char *text, size_t size, json_int_t *value);

/* The value of any number; infinite when it is beyond a double. False when memory runs out. */
bool number_as_real(const char *text, size_t size, double *value);

/* Seconds that are written in digits, with or without a fraction ("120", "0.5"), and in nothing
 * else; negative: they are not. */
double number_of_seconds(const char *text);

#endif
