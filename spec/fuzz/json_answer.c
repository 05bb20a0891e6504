/*
 * Guards the way of an answer's body into Lua: through the client, as the data or the error of a
 * call, and through the glue into a Lua state whose memory runs out where the input says. What
 * arrives is what was sent, and nothing is leaked whenever Lua raises its error.
 */
#include "../../src/lua/call_type.h"
#include "session.h"
#include "tree.h"

#include <lualib.h>

int luaopen_spreetail_core(lua_State *L);

static const int statuses[] = {200, 201, 204, 302, 400, 404, 409, 422, 500};

/* What Lua holds, and the allocation after which it gets no more; 0: none. */
struct lua_memory {
    size_t held;
    unsigned countdown;
};

static void *allocate(void *context, void *old, size_t old_size, size_t size) {
    struct lua_memory *memory = context;
    size_t before = old ? old_size : 0; /* else it tells the type */
    if (size > before && memory->countdown && --memory->countdown == 0) {
        memory->countdown = 1; /* from now on */
        return NULL;
    }
    memory->held += size - before;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

/*
 * Inside Lua.
 */

static void check_same(lua_State *L, const json_t *value);

static void check_list(lua_State *L, const json_t *list) {
    size_t index;
    json_t *item;
    must(lua_rawlen(L, -1) >= json_array_size(list), "a list has become shorter");
    json_array_foreach (list, index, item) {
        lua_rawgeti(L, -1, (lua_Integer)index + 1);
        if (json_is_null(item))
            must(lua_touserdata(L, -1) == NULL && !lua_isnil(L, -1), "a null has moved a list");
        else
            check_same(L, item);
        lua_pop(L, 1);
    }
}

static void check_object(lua_State *L, const json_t *object) {
    const char *key;
    size_t size;
    json_t *item;
    json_object_keylen_foreach((json_t *)object, key, size, item) {
        lua_pushlstring(L, key, size);
        lua_rawget(L, -2);
        check_same(L, item);
        lua_pop(L, 1);
    }
}

static void check_string(lua_State *L, const json_t *string) {
    size_t size;
    must(lua_type(L, -1) == LUA_TSTRING, "a string has become something else");
    const char *text = lua_tolstring(L, -1, &size);
    must(size == json_string_length(string) && !memcmp(text, json_string_value(string), size),
         "a string has changed");
}

/* The value on top of the stack against the one that it was made of. */
static void check_same(lua_State *L, const json_t *value) {
    luaL_checkstack(L, 4, "nested too deeply");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        check_object(L, value);
        break;
    case JSON_ARRAY:
        check_list(L, value);
        break;
    case JSON_STRING:
        check_string(L, value);
        break;
    case JSON_INTEGER:
        must(lua_isinteger(L, -1) && lua_tointeger(L, -1) == json_integer_value(value),
             "a whole number has changed");
        break;
    case JSON_REAL:
        must(lua_tonumber(L, -1) == json_real_value(value), "a number has changed");
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        must(lua_isboolean(L, -1) && lua_toboolean(L, -1) == json_is_true(value), "a flag");
        break;
    case JSON_NULL:
        must(lua_isnil(L, -1), "a null has become something else");
        break;
    }
}

static void check_error(lua_State *L, const struct spreetail_error *error) {
    must(lua_istable(L, -1), "an error that is no table");
    if (!error->details)
        return;
    lua_getfield(L, -1, "details");
    check_same(L, error->details);
    lua_pop(L, 1);
}

struct reading {
    spreetail_call *call;
    json_t *data; /* what is to come of it, or NULL */
};

/* Runs protected. Takes the call of the reading that it is given as a light userdata over. */
static int read_result(lua_State *L) {
    struct reading *reading = lua_touserdata(L, 1);
    luaopen_spreetail_core(L);
    spreetail_call **held = call_type_new(L);
    const struct spreetail_result *result = spreetail_result(reading->call);
    *held = reading->call;
    reading->call = NULL;
    luaL_getmetafield(L, -1, "__index");
    lua_getfield(L, -1, "result");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 2);
    if (result->error.kind != SPREETAIL_OK) {
        check_error(L, &result->error);
        return 0;
    }
    lua_pop(L, 1);
    if (reading->data)
        check_same(L, reading->data);
    return 0;
}

static void read_in_lua(spreetail_call *call, unsigned nth) {
    const struct spreetail_value *values = spreetail_result(call)->values;
    struct reading reading = {call, values ? tree_of(values) : NULL};
    struct lua_memory memory = {0};
    lua_State *L = lua_newstate(allocate, &memory);
    must(L, "no state");
    lua_pushcfunction(L, read_result);
    lua_pushlightuserdata(L, &reading);
    memory.countdown = nth;
    int status = lua_pcall(L, 1, 0, 0);
    must(status == LUA_OK || nth, "it raised: %s", lua_tostring(L, -1));
    memory.countdown = 0;
    lua_close(L);
    must(memory.held == 0, "%zu bytes of Lua's", memory.held);
    if (reading.call)
        spreetail_drop(reading.call);
    json_decref(reading.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    int status = statuses[input_byte(&input) % (sizeof statuses / sizeof *statuses)];
    unsigned nth = input_byte(&input);
    struct session session;
    session_open(&session);
    const struct spreetail_request request = {
        .method = "POST", .path = "/x", .reference = "R-1", .as_values = true};
    spreetail_call *call = spreetail_start(session.client, &request);
    session_log_in(&session);
    session_answer(&session, fake_running(&session.fake, 0), status, (struct input){0}, input);
    must(spreetail_done(call), "a call of one attempt that was answered is still pending");
    session_check_error(&spreetail_result(call)->error);
    read_in_lua(call, nth);
    must(session.client->references == 1, "a call that is still held");
    session_close(&session);
    return 0;
}
