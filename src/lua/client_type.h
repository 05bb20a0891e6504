/* client_type.h: the client as a userdata. */
#ifndef SPREETAIL_CLIENT_TYPE_H
#define SPREETAIL_CLIENT_TYPE_H

#include "../core/spreetail.h"
#include "compat.h"

/* Makes its metatable, and those of what it makes on its way. */
void client_type_register(lua_State *L);

/* core.open(options): a client, or nil and an error. */
int client_type_open(lua_State *L);

/* Starts a call of the client at a place on the stack, and pushes it: `request` says what is asked,
 * less what the program's options at another place (or nil) do. */
int client_type_start(lua_State *L, int client, int options, struct spreetail_request *request);

#endif
