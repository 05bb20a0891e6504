/* reasons.h: what speaks against something, with its place in a JSON tree, written down while that
 * is walked. Every function does nothing when `reasons` is NULL. */
#ifndef SPREETAIL_REASONS_H
#define SPREETAIL_REASONS_H

#include <jansson.h>
#include <stdbool.h>

#include "buffer.h"

struct reasons {
    json_t *list;       /* of {"path", "message"} */
    struct buffer path; /* where we are: OrderItems[1].Qty */
    bool no_memory;
};

/* Starts an empty list; reasons_end() ends it and returns what is the caller's then, NULL when
 * memory has run out since. */
void reasons_begin(struct reasons *reasons);
json_t *reasons_end(struct reasons *reasons);

/* Goes into a field of an object, or an item of a list. Returns the place to come back to. */
size_t reasons_enter_field(struct reasons *reasons, const char *key, size_t size);
size_t reasons_enter_item(struct reasons *reasons, size_t index);
void reasons_leave(struct reasons *reasons, size_t place);

/* Adds one about where we are. */
void reasons_add(struct reasons *reasons, const char *message);
void reasons_add_difference(struct reasons *reasons, const json_t *sent, const json_t *stored);

#endif
