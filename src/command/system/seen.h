/* seen.h: which texts have been seen, in a few bytes for each. */
#ifndef SPREETAIL_COMMAND_SEEN_H
#define SPREETAIL_COMMAND_SEEN_H

#include <lua.h>

/* Makes the type known to Lua. */
void seen_register(lua_State *L);

int seen_new(lua_State *L);

#endif
