/* headers.h: the headers of an answer as a table, made when somebody looks at it. */
#ifndef SPREETAIL_LUA_HEADERS_H
#define SPREETAIL_LUA_HEADERS_H

#include "compat.h"

void headers_register(lua_State *L);

/* Gives the table on top of the stack a field `headers`, of "name\0value\0" pairs. */
void headers_set(lua_State *L, const char *headers, size_t size);

#endif
