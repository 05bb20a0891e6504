/* request_type.h: what a call asks of the API, from a table of our own Lua side. */
#ifndef SPREETAIL_REQUEST_TYPE_H
#define SPREETAIL_REQUEST_TYPE_H

#include "../core/spreetail.h"
#include "compat.h"

/* core.request({method=, path=, content_type=, idempotent=, settling=}): the same as a userdata,
 * for a request that is made again and again. */
int request_type_new(lua_State *L);

/* Reads what is at `index`, that or such a table, which may have `headers`, a list of lines, as
 * well. Strings are valid as long as it and what this pushes are on the stack. */
void request_type_read(lua_State *L, int index, struct spreetail_request *request);

void request_type_register(lua_State *L);

#endif
