/* module.c: luaopen_spreetail_core, what lua/spreetail is built on. Not for programs. */
#include <errno.h>
#include <string.h>

#include "call_type.h"
#include "client_type.h"
#include "list.h"
#include "writer.h"

/* encode_segment(text): text percent-encoded for a path. */
static int encode_segment(lua_State *L) {
    size_t size;
    const char *segment = luaL_checklstring(L, 1, &size);
    char *encoded = new_userdata(L, size * 3 + 1);
    lua_pushlstring(L, encoded, spreetail_encode_segment(segment, size, encoded));
    return 1;
}

/* is_utf8(text) */
static int is_utf8(lua_State *L) {
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    lua_pushboolean(L, spreetail_is_utf8(text, size));
    return 1;
}

/* now(): seconds on a clock that is never set. */
static int now(lua_State *L) {
    lua_pushnumber(L, spreetail_now());
    return 1;
}

/* write_private_file(path, bytes): true, or nil and why not. */
static int write_private_file(lua_State *L) {
    size_t size;
    const char *path = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    if (spreetail_write_private_file(path, bytes, size)) {
        lua_pushboolean(L, true);
        return 1;
    }
    int reason = errno;
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    return 2;
}

/* read_private_file(path): what it holds; nil: there is none; or nil and why it can't be read. */
static int read_private_file(lua_State *L) {
    enum { ROOM = 64 * 1024 };
    const char *path = luaL_checkstring(L, 1);
    char *bytes = new_userdata(L, ROOM);
    size_t size;
    if (spreetail_read_private_file(path, bytes, ROOM, &size)) {
        lua_pushlstring(L, bytes, size);
        return 1;
    }
    int reason = errno;
    lua_pushnil(L);
    if (reason == ENOENT)
        return 1;
    lua_pushstring(L, strerror(reason));
    return 2;
}

/* lock_file(path, lease): whether the lock is ours now; or nil and why it can't be made. */
static int lock_file(lua_State *L) {
    bool locked = spreetail_lock_file(luaL_checkstring(L, 1), luaL_checknumber(L, 2));
    int reason = errno;
    if (locked || reason == EEXIST) {
        lua_pushboolean(L, locked);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    return 2;
}

/* wipes_libcurl(): whether libcurl wipes what it frees. */
static int wipes_libcurl(lua_State *L) {
    lua_pushboolean(L, spreetail_wipes_libcurl());
    return 1;
}

__attribute__((visibility("default"))) int luaopen_spreetail_core(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"open", client_type_open},
        {"encode_segment", encode_segment},
        {"is_utf8", is_utf8},
        {"write_json", write_json},
        {"now", now},
        {"write_private_file", write_private_file},
        {"read_private_file", read_private_file},
        {"lock_file", lock_file},
        {"wipes_libcurl", wipes_libcurl},
        {NULL, NULL},
    };
    client_type_register(L);
    call_type_register(L);
    luaL_newlib(L, functions);
    lua_pushliteral(L, SPREETAIL_VERSION);
    lua_setfield(L, -2, "version");
    luaL_newmetatable(L, LIST_TYPE); /* of every list */
    lua_setfield(L, -2, "array_metatable");
    return 1;
}
