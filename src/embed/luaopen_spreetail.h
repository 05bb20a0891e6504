/*
 * luaopen_spreetail.h: for programs with Lua inside that have no Lua files on disk.
 *
 * `make static` puts this function, and the files, into libspreetail.a. The program brings
 * lua-cjson: docs/embedding.md.
 */
#ifndef LUAOPEN_SPREETAIL_H
#define LUAOPEN_SPREETAIL_H

#include <lua.h>

/* As in luaL_requiref(L, "spreetail", luaopen_spreetail, 1). */
int luaopen_spreetail(lua_State *L);

#endif
