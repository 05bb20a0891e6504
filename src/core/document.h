/* document.h: what a JSON text says, as the row of values that spreetail.h describes. */
#ifndef SPREETAIL_DOCUMENT_H
#define SPREETAIL_DOCUMENT_H

#include "spreetail.h"

/* Each of these takes NULL for a value that is not there. */

/* What stands under a name in an object, the last if there are several; NULL: nothing, or it is no
 * object. */
const struct spreetail_value *document_member(const struct spreetail_value *object,
                                              const char *name);

bool document_is(const struct spreetail_value *value, enum spreetail_type type);

/* The text of a string, NULL if it is none; its size is the value's. */
const char *document_text(const struct spreetail_value *value);

/* The value of a number; 0: it is none. */
double document_number(const struct spreetail_value *value);

#endif
