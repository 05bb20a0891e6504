/* rule.h: rules for the values of fields. */
#ifndef SPREETAIL_RULE_H
#define SPREETAIL_RULE_H

#include "value.h"

struct rule;

/* The rule of that name; raises when there is none. */
const struct rule *rule_find(lua_State *L, const char *name);

/* What is wrong with the value at a place on the stack, in words with a %s for the value, or
 * without; NULL: nothing. What it is wanted to be comes first, what was given second, so that a
 * person can mend it. */
const char *rule_breach(const struct rule *rule, const struct value *value);

/* core.breach(rule, value): those words, or nil. */
int breach(lua_State *L);

enum { DATE_SIZE = 20 };

/* Writes seconds since the epoch, up to the year 9999, as a date, UTC. */
void date_of_seconds(double seconds, char date[DATE_SIZE]);

/* The same of a value; false: it is no number that can be a date. */
bool date_of(const struct value *value, char date[DATE_SIZE]);

#endif
