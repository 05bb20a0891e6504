/* spell.h: a record in the API's spelling. */
#ifndef SPREETAIL_SPELL_H
#define SPREETAIL_SPELL_H

#include "compat.h"

/* core.speller(schema): a function that takes a record and returns a copy of it in the API's keys;
 * or nil and the list of fields that are given twice. */
int record_speller(lua_State *L);

#endif
