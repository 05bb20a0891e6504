/* names.h: the names in JSON, and in what was read of it. */
#ifndef SPREETAIL_COMMAND_NAMES_H
#define SPREETAIL_COMMAND_NAMES_H

#include <lua.h>

int has_all_names(lua_State *L);

#endif
