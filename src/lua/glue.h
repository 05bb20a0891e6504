/*
 * glue.h: the parts of luaopen_spreetail_core.
 *
 * Any Lua API call may raise an error and jump out of the C function that made it. So whatever is
 * allocated outside of Lua is owned by a userdata, with a finaliser, before the next such call: the
 * userdata is made first, empty, and filled by a call into the core, which never raises.
 */
#ifndef SPREETAIL_GLUE_H
#define SPREETAIL_GLUE_H

#include "../core/spreetail.h"
#include "compat.h"

#define CLIENT_TYPE "spreetail.core.client"
#define CALL_TYPE "spreetail.core.call"
#define ERROR_TYPE "spreetail.core.error"
#define EVENT_TYPE "spreetail.core.event"
#define ARRAY_TYPE "spreetail.array"

/* Makes the metatables of the userdata. */
void glue_client_types(lua_State *L);
void glue_call_type(lua_State *L);

/* A metatable for userdata: its finaliser, and methods or NULL. */
void glue_new_type(lua_State *L, const char *name, lua_CFunction collect, const luaL_Reg *methods);

/* core.open(options): a client, or nil and an error. */
int glue_open(lua_State *L);

/* core.is_plain(value): whether lua-cjson writes it exactly as it is. */
int glue_is_plain(lua_State *L);

/* The client at `index`; raises when it is something else. */
spreetail_client *glue_check_client(lua_State *L, int index);

/* A new userdata for a call, still empty; whoever fills *it hands it a reference. */
spreetail_call **glue_new_call(lua_State *L);

/* Push one value each. */
void push_json(lua_State *L, const json_t *value); /* NULL: nil */
void push_error(lua_State *L, const struct spreetail_error *error);
void push_event(lua_State *L, const struct spreetail_event *event);
void push_stats(lua_State *L, const struct spreetail_stats *stats);
void push_response(lua_State *L, const struct spreetail_result *result);

/* The value of field `name` of the table at `index`, which it leaves on the stack; NULL or the
 * default when absent. Raise when it is of another type, or a text holds a NUL. */
const char *check_text_field(lua_State *L, int index, const char *name);
double check_number_field(lua_State *L, int index, const char *name, double otherwise);
bool check_flag_field(lua_State *L, int index, const char *name);

#endif
