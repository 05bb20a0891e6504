/* reconcile.h: is the order that the server holds the one we sent? */
#ifndef SPREETAIL_RECONCILE_H
#define SPREETAIL_RECONCILE_H

#include <jansson.h>

enum match {
    MATCH_OURS,    /* reference and items are shown and agree, and so does whatever else is */
    MATCH_ANOTHER, /* something that is shown disagrees */
    MATCH_UNCLEAR, /* nothing disagrees, but too little is shown */
};

/*
 * Compares what was sent with what is stored. Returns what speaks against its being ours, a list of
 * {"path", "message"} that is empty for MATCH_OURS and that the caller owns; NULL when memory
 * runs out, with *match unset.
 *
 * What was not sent, or is not shown (absent or null), is no difference; nor is Status, which is
 * the server's. Single values are compared as value.h says. Items stand for each other by their
 * line numbers, else by their contents, whatever their order. A server may put its brand before a
 * SKU (BRAND_SKU1 for SKU1), the same one before every SKU of an order; where each SKU has an
 * underscore already, none is taken for granted.
 */
json_t *reconcile(const json_t *sent, const json_t *stored, enum match *match);

#endif
