/* call_type.c: a call as a userdata. */
#include "call_type.h"

#include "push.h"

#define CALL_TYPE "spreetail.core.call"

static spreetail_call *check_held(lua_State *L, spreetail_call *const *call) {
    if (!*call)
        luaL_error(L, "this call was collected");
    return *call;
}

static spreetail_call *check_call(lua_State *L) {
    return check_held(L, check_self(L, CALL_TYPE));
}

spreetail_call *call_type_check(lua_State *L, int index) {
    return check_held(L, luaL_checkudata(L, index, CALL_TYPE));
}

spreetail_call **call_type_new(lua_State *L) {
    spreetail_call **call = new_userdata(L, sizeof *call);
    *call = NULL;
    set_metatable(L, CALL_TYPE);
    return call;
}

/* release(): gives back what the core has of the call, of which nothing is asked any more. The
 * collector does so, too, but knows nothing of how much it is. */
static int release_call(lua_State *L) {
    spreetail_call **call = check_self(L, CALL_TYPE);
    if (*call)
        spreetail_drop(*call);
    *call = NULL;
    return 0;
}

static int call_done(lua_State *L) {
    lua_pushboolean(L, spreetail_done(check_call(L)));
    return 1;
}

/* watch(): have the client tell when the call has settled, by the number that this returns: it is
 * this call's alone within its client. */
static int call_watch(lua_State *L) {
    spreetail_call *call = check_call(L);
    spreetail_watch(call);
    lua_pushnumber(L, (lua_Number)spreetail_call_id(call));
    return 1;
}

static int call_cancel(lua_State *L) {
    spreetail_cancel(check_call(L));
    return 0;
}

static const struct spreetail_result *check_result(lua_State *L) {
    const struct spreetail_result *result = spreetail_result(check_call(L));
    if (!result)
        luaL_error(L, "the call is still pending");
    return result;
}

/* Pushes nil and the error of a call that has failed; returns how many values these are, 0: it has
 * not. */
static int push_failure(lua_State *L, const struct spreetail_result *result) {
    if (result->error.kind == SPREETAIL_OK)
        return 0;
    lua_pushnil(L);
    push_error(L, &result->error);
    if (result->reference) {
        lua_pushstring(L, result->reference);
        lua_setfield(L, -2, "reference");
    }
    lua_pushinteger(L, (lua_Integer)result->attempts);
    lua_setfield(L, -2, "attempts");
    return 2;
}

/* result(): data and response, or nil and an error; raises while the call is pending. */
static int call_result(lua_State *L) {
    const struct spreetail_result *result = check_result(L);
    int failure = push_failure(L, result);
    if (failure)
        return failure;
    if (result->values)
        push_value(L, result->values);
    else
        lua_pushboolean(L, true);
    push_response(L, result);
    return 2;
}

/* ending(): what became of an order: "accepted", "reconciled" (so is that, then) or "cancelled"; or
 * nil and an error. For who wants nothing of the answer, which would be made into tables. */
static int call_ending(lua_State *L) {
    const struct spreetail_result *result = check_result(L);
    int failure = push_failure(L, result);
    if (failure)
        return failure;
    const char *accepted = result->reconciled ? "reconciled" : "accepted";
    lua_pushstring(L, result->cancelled ? "cancelled" : accepted);
    return 1;
}

void call_type_register(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"done", call_done},
        {"watch", call_watch},
        {"cancel", call_cancel},
        {"result", call_result},
        {"ending", call_ending},
        {"release", release_call},
        {NULL, NULL},
    };
    new_type(L, CALL_TYPE, release_call, methods);
}
