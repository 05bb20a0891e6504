/*
 * request_type.c: what a call asks of the API.
 *
 * A table is read field by field, which takes longer than to start the call. So what is the same
 * for every order is read once, into a userdata that has the strings behind it.
 */
#include "request_type.h"

#include <string.h>

#include "fields.h"

#define REQUEST_TYPE "spreetail.core.request"

/* The list of header lines at the top of the stack as an array that Lua owns. */
static const char *const *check_headers(lua_State *L) {
    if (lua_isnil(L, -1))
        return NULL;
    luaL_checktype(L, -1, LUA_TTABLE);
    int list = lua_gettop(L);
    size_t size = lua_rawlen(L, list);
    const char **lines = new_userdata(L, (size + 1) * sizeof *lines);
    for (size_t i = 0; i < size; i++) {
        lua_rawgeti(L, list, (int)(i + 1));
        luaL_checktype(L, -1, LUA_TSTRING); /* which the list keeps alive, as no text of a number */
        lines[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lines[size] = NULL;
    return lines;
}

static enum spreetail_settling check_settling(lua_State *L, int index) {
    const char *name = check_text_field(L, index, "settling");
    if (!name)
        return SPREETAIL_SETTLE_NOTHING;
    if (strcmp(name, "order") == 0)
        return SPREETAIL_SETTLE_ORDER;
    if (strcmp(name, "delivery") == 0)
        return SPREETAIL_SETTLE_DELIVERY;
    return (enum spreetail_settling)luaL_error(L, "settling must be 'order' or 'delivery'");
}

static void read_table(lua_State *L, int index, struct spreetail_request *request) {
    luaL_checktype(L, index, LUA_TTABLE);
    luaL_checkstack(L, 8, NULL);
    *request = (struct spreetail_request){
        .method = check_text_field(L, index, "method"),
        .path = check_text_field(L, index, "path"),
        .content_type = check_text_field(L, index, "content_type"),
        .idempotent = check_flag_field(L, index, "idempotent"),
        .settling = check_settling(L, index),
        .as_values = true,
    };
    if (!request->method || !request->path)
        luaL_error(L, "a request needs a method and a path");
    lua_getfield(L, index, "headers");
    request->headers = check_headers(L);
}

void request_type_read(lua_State *L, int index, struct spreetail_request *request) {
    if (lua_type(L, index) == LUA_TUSERDATA)
        memcpy(request, luaL_checkudata(L, index, REQUEST_TYPE), sizeof *request);
    else
        read_table(L, index, request);
}

/* Copies a string that may be absent to where `end` points, behind which that points from now on.
 */
static const char *move_text(const char *text, char **end) {
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*end, text, size);
    *end += size;
    return copy;
}

static size_t size_of_text(const char *text) {
    return text ? strlen(text) + 1 : 0;
}

int request_type_new(lua_State *L) {
    struct spreetail_request read;
    read_table(L, 1, &read);
    luaL_argcheck(L, !read.headers, 1, "headers are given to each call");
    size_t texts =
        size_of_text(read.method) + size_of_text(read.path) + size_of_text(read.content_type);
    struct spreetail_request *request = new_userdata(L, sizeof read + texts);
    char *end = (char *)(request + 1);
    *request = read;
    request->method = move_text(read.method, &end);
    request->path = move_text(read.path, &end);
    request->content_type = move_text(read.content_type, &end);
    set_metatable(L, REQUEST_TYPE);
    return 1;
}

void request_type_register(lua_State *L) {
    luaL_newmetatable(L, REQUEST_TYPE);
    lua_pop(L, 1);
}
