/* writer.h: Lua values as JSON text. */
#ifndef SPREETAIL_WRITER_H
#define SPREETAIL_WRITER_H

#include "compat.h"

/* core.write_json(value): its text; or nil and everything of it that JSON can't hold, a list of
 * {path=, message=}. */
int write_json(lua_State *L);

#endif
