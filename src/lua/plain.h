/* plain.h: whether lua-cjson writes a value exactly as it is. */
#ifndef SPREETAIL_PLAIN_H
#define SPREETAIL_PLAIN_H

#include "compat.h"

/* core.is_plain(value): in doubt, no. */
int is_plain(lua_State *L);

#endif
