/* value.h: texts, numbers, moments and truths in JSON, and whether two of them say the same. */
#ifndef SPREETAIL_VALUE_H
#define SPREETAIL_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spreetail.h"

/* Part of a text that belongs to somebody else. */
struct text {
    const char *start;
    size_t size;
};

/* A string without the space around it. */
struct text value_text(const json_t *string);

/* Whether they are the same, but for line ends (CR LF and LF). */
bool text_is_same(struct text a, struct text b);

/*
 * Whether two values, neither of them a list or an object, say the same though a server has written
 * one of them down in its own way: a number may have become a text, or gone through a 32-bit float
 * where that makes less than half a cent; times are compared as instants, texts without the space
 * around them.
 */
bool value_is_same(const json_t *sent, const json_t *stored);

/* Whether it is that text, or a whole number of those digits. */
bool value_is_text(const struct spreetail_value *value, const char *text);

/* Reads ISO 8601 as the API writes it: "2026-01-31", "2026-01-31T12:00:00Z", with a fraction of a
 * second, with an offset. One without a zone is UTC. *instant is in whole seconds since the epoch:
 * servers cut fractions off. False: it is something else. */
bool instant_read(const char *text, size_t size, int64_t *instant);

#endif
