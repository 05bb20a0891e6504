/* push.h: what the core has, as Lua values: each pushes one. */
#ifndef SPREETAIL_PUSH_H
#define SPREETAIL_PUSH_H

#include "../core/spreetail.h"
#include "compat.h"

/* Returns what stands in the row behind the value and all that it holds. */
const struct spreetail_value *push_value(lua_State *L, const struct spreetail_value *value);
void push_error(lua_State *L, const struct spreetail_error *error);
void push_event(lua_State *L, const struct spreetail_event *event);
void push_stats(lua_State *L, const struct spreetail_stats *stats);
void push_response(lua_State *L, const struct spreetail_result *result);

#endif
