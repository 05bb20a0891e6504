/* stored_order.h: orders of random contents, the ways in which a server may keep one without making
 * another of it, and orders that are another. */
#ifndef SPREETAIL_STORED_ORDER_H
#define SPREETAIL_STORED_ORDER_H

#include <jansson.h>

#include "retry.h"

/* A whole number from 0 to `count` - 1; true about so many times out of a hundred. */
unsigned any_of(struct random *random, unsigned count);
bool chance(struct random *random, unsigned percent);

/* An order with up to four items. */
json_t *random_order(struct random *random);

/* The same order, in another way of writing it, with fields missing and added: what reconcile.h
 * allows for. */
json_t *written_otherwise(const json_t *order, struct random *random);

/* The same order, but for one thing that matters. */
json_t *another_order(const json_t *order, struct random *random);

#endif
