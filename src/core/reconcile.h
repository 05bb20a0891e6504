/* reconcile.h: is the order that the server holds the one we sent? */
#ifndef SPREETAIL_RECONCILE_H
#define SPREETAIL_RECONCILE_H

#include <jansson.h>

/*
 * Compares what was sent with what is stored, and returns a list of {"path", "message"}: empty
 * when they are the same order, NULL when memory runs out. The caller owns it.
 *
 * Only fields that were sent and are stored count. Numbers are compared as numbers, times as
 * instants, strings without the spaces around them; a SKU may have gained or lost a brand prefix
 * (BRAND_SKU123). Items stand for each other by their line number, else in order. A stored record
 * that shares no field with what was sent, apart from the reference, is a difference.
 */
json_t *reconcile(const json_t *sent, const json_t *stored);

#endif
