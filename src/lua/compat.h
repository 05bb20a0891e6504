/*
 * compat.h: one Lua C API for 5.1, 5.2, 5.3, 5.4 and LuaJIT, as far as this module needs it.
 *
 * Any Lua API call may raise an error and jump out of the C function that made it. So whatever is
 * allocated outside of Lua is owned by a userdata, with a finaliser, before the next such call: the
 * userdata is made first, empty, and filled by a call into the core, which never raises.
 */
#ifndef SPREETAIL_COMPAT_H
#define SPREETAIL_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#if LUA_VERSION_NUM < 502

#define lua_rawlen lua_objlen

#ifndef luaL_newlib /* LuaJIT has these already */
static inline void luaL_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues) {
    luaL_openlib(L, NULL, functions, upvalues);
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

/* Makes a metatable for userdata: its finaliser, and methods or NULL. All have it as their upvalue,
 * for check_self(). */
static inline void new_type(lua_State *L, const char *name, lua_CFunction collect,
                            const luaL_Reg *methods) {
    luaL_newmetatable(L, name);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, collect, 1);
    lua_setfield(L, -2, "__gc");
    if (methods) {
        lua_newtable(L);
        lua_pushvalue(L, -2);
        luaL_setfuncs(L, methods, 1);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
}

/* The userdata that a method was called on. Looking a type up by its name takes several times as
 * long, so that is left to who has to say what is wrong. */
static inline void *check_self(lua_State *L, const char *name) {
    void *self = lua_touserdata(L, 1);
    if (self && lua_getmetatable(L, 1)) {
        bool is_ours = lua_rawequal(L, -1, lua_upvalueindex(1));
        lua_pop(L, 1);
        if (is_ours)
            return self;
    }
    return luaL_checkudata(L, 1, name);
}

#endif
