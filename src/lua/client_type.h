/* client_type.h: the client as a userdata. */
#ifndef SPREETAIL_CLIENT_TYPE_H
#define SPREETAIL_CLIENT_TYPE_H

#include "compat.h"

/* Makes its metatable, and those of what it makes on its way. */
void client_type_register(lua_State *L);

/* core.open(options): a client, or nil and an error. */
int client_type_open(lua_State *L);

#endif
