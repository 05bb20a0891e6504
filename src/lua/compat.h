/* compat.h: one Lua C API for 5.1, 5.2, 5.3, 5.4 and LuaJIT, as far as this module needs it. */
#ifndef SPREETAIL_COMPAT_H
#define SPREETAIL_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502

#define lua_rawlen lua_objlen

#ifndef luaL_newlib /* LuaJIT has these already */
static inline void luaL_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues) {
    (void)upvalues; /* none here */
    luaL_register(L, NULL, functions);
}
#define luaL_newlib(L, functions) (lua_newtable(L), luaL_setfuncs(L, functions, 0))
#endif

/* Sets the metatable of the value on top of the stack to one that luaL_newmetatable() made. */
static inline void set_metatable(lua_State *L, const char *name) {
    luaL_getmetatable(L, name);
    lua_setmetatable(L, -2);
}

#else

static inline void set_metatable(lua_State *L, const char *name) {
    luaL_setmetatable(L, name);
}

#endif

#if LUA_VERSION_NUM >= 504
#define new_userdata(L, size) lua_newuserdatauv(L, size, 0)
#else
#define new_userdata(L, size) lua_newuserdata(L, size)
#endif

#endif
