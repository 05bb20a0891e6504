/* call_type.h: a call as a userdata. It holds the core's call, and nothing of Lua's. */
#ifndef SPREETAIL_CALL_TYPE_H
#define SPREETAIL_CALL_TYPE_H

#include "../core/spreetail.h"
#include "compat.h"

/* Makes its metatable. */
void call_type_register(lua_State *L);

/* The core's call of the one at `index`; raises when there is none. */
spreetail_call *call_type_check(lua_State *L, int index);

/* A new one, still empty; whoever fills *it hands it a reference. */
spreetail_call **call_type_new(lua_State *L);

#endif
