/* fields.h: the fields of a record of CSV. */
#ifndef SPREETAIL_COMMAND_FIELDS_H
#define SPREETAIL_COMMAND_FIELDS_H

#include <lua.h>

int read_fields(lua_State *L);

int read_field(lua_State *L);

#endif
