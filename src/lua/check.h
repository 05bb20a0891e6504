/* check.h: what is wrong with a field of a record. */
#ifndef SPREETAIL_CHECK_H
#define SPREETAIL_CHECK_H

#include "record.h"
#include "value.h"

/* Says of a field that it is given under a key which is not its own. */
void refuse_misspelt(struct walk *walk, struct record *record, int number);

/* Says that the field which is looked at is missing. */
void refuse_missing(struct walk *walk, struct record *record);

/* Checks the value of a field by itself; returns whether what is in it is to be checked, too. */
bool check_value(struct walk *walk, const struct record *record, const struct field *field,
                 const struct value *value);

#endif
