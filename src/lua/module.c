/* module.c: luaopen_spreetail_core, what lua/spreetail is built on. Not for programs. */
#include <time.h>

#include "call_type.h"
#include "client_type.h"
#include "encode.h"
#include "headers.h"
#include "keyring.h"
#include "list.h"
#include "private_file.h"
#include "request_type.h"
#include "rule.h"
#include "schema.h"
#include "spell.h"
#include "walk.h"
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
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* sleep(seconds): does nothing for so long, or until a signal comes. */
static int sleep_for(lua_State *L) {
    double seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "out of range");
    struct timespec pause = {.tv_sec = (time_t)seconds};
    pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
    nanosleep(&pause, NULL);
    return 0;
}

/* wipes_libcurl(): whether libcurl wipes what it frees. */
static int wipes_libcurl(lua_State *L) {
    lua_pushboolean(L, spreetail_wipes_libcurl());
    return 1;
}

/* Adds to the module, on top, what walks over tables, and the marks of lists that it shares. */
static void add_walks(lua_State *L) {
    static const luaL_Reg walks[] = {
        {"write_json", write_json},  {"schema", schema_new}, {"encoder", record_encoder},
        {"speller", record_speller}, {NULL, NULL},
    };
    int module = lua_gettop(L);
    lua_newtable(L); /* MARKS */
    luaL_newmetatable(L, LIST_TYPE);
    lua_setfield(L, -2, "list");
    lua_newtable(L); /* NAMES */
    for (const luaL_Reg *walk = walks; walk->name; walk++) {
        lua_pushvalue(L, module + MARKS);
        lua_pushvalue(L, module + NAMES);
        lua_pushcclosure(L, walk->func, NAMES);
        lua_setfield(L, module, walk->name);
    }
    lua_pushvalue(L, module + MARKS);
    lua_setfield(L, module, "list_marks");
    lua_settop(L, module);
}

__attribute__((visibility("default"))) int luaopen_spreetail_core(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"open", client_type_open},
        {"encode_segment", encode_segment},
        {"is_utf8", is_utf8},
        {"breach", breach},
        {"now", now},
        {"sleep", sleep_for},
        {"request", request_type_new},
        {"write_private_file", private_file_write},
        {"read_private_file", private_file_read},
        {"create_private_file", private_file_create},
        {"lock_file", private_file_lock},
        {"open_keyring", keyring_open},
        {"write_key", keyring_write},
        {"read_key", keyring_read},
        {"lock_key", keyring_lock},
        {"unlock_key", keyring_unlock},
        {"wipes_libcurl", wipes_libcurl},
        {NULL, NULL},
    };
    client_type_register(L);
    call_type_register(L);
    headers_register(L);
    request_type_register(L);
    luaL_newlib(L, functions);
    lua_pushliteral(L, SPREETAIL_VERSION);
    lua_setfield(L, -2, "version");
    add_walks(L);
    return 1;
}
