/* encode.h: a record as JSON text, by its schema. */
#ifndef SPREETAIL_ENCODE_H
#define SPREETAIL_ENCODE_H

#include "compat.h"

/* core.encoder(schema): a function that takes a record and returns its JSON text, filled in, and
 * whether a date in it is from the clock; or nil and what is wrong: the fields that are given
 * twice, what the schema says, and what JSON can't hold. Each is nil, or a list of {path=,
 * message=, value=, strangers=}: the value is to be shown in the message, and among the strangers
 * may be one that was meant. Given a core's client, a request (see request_type.h) and options as
 * well, it sends the text, and returns the call. */
int record_encoder(lua_State *L);

#endif
