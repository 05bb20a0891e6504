/* push.c: what the core has, as Lua values. */
#include "push.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "headers.h"
#include "list.h"

/* Whole numbers keep every digit: as an integer, as a number that holds it exactly, or in words. */
static void push_integer(lua_State *L, int64_t value) {
#if LUA_VERSION_NUM >= 503
    if (sizeof(lua_Integer) >= sizeof value) {
        lua_pushinteger(L, (lua_Integer)value);
        return;
    }
#endif
    const int64_t exact = (int64_t)1 << 53;
    if (value >= -exact && value <= exact) {
        lua_pushnumber(L, (lua_Number)value);
        return;
    }
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    lua_pushstring(L, digits);
}

static int table_size(size_t size) {
    return size < 1 << 20 ? (int)size : 1 << 20;
}

static void push_empty_list(lua_State *L, size_t size) {
    lua_createtable(L, table_size(size), 0);
    set_metatable(L, LIST_TYPE); /* so that an empty one is still a list when it is sent back */
}

static const struct spreetail_value *push_list(lua_State *L, const struct spreetail_value *list) {
    const struct spreetail_value *item = list + 1;
    push_empty_list(L, list->size);
    for (size_t i = 1; i <= list->size; i++) {
        if (item->type == SPREETAIL_NULL) {
            lua_pushlightuserdata(L, NULL); /* keeps the places of those behind it */
            item++;
        } else {
            item = push_value(L, item);
        }
        lua_rawseti(L, -2, (int)i);
    }
    return item;
}

/* Takes what an earlier member of the same name has put into the table on top of the stack away. */
static void remove_member(lua_State *L, const struct spreetail_value *key) {
    lua_pushlstring(L, key->text, key->size);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 2);
        return;
    }
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
}

static const struct spreetail_value *push_object(lua_State *L,
                                                 const struct spreetail_value *object) {
    const struct spreetail_value *key = object + 1;
    lua_createtable(L, 0, table_size(object->size));
    for (size_t i = 0; i < object->size; i++) {
        const struct spreetail_value *value = key + 1;
        if (value->type == SPREETAIL_NULL) {
            remove_member(L, key);
            key = value + 1;
            continue;
        }
        lua_pushlstring(L, key->text, key->size);
        key = push_value(L, value);
        lua_rawset(L, -3);
    }
    return key;
}

const struct spreetail_value *push_value(lua_State *L, const struct spreetail_value *value) {
    switch ((enum spreetail_type)value->type) {
    case SPREETAIL_NULL:
        lua_pushnil(L);
        break;
    case SPREETAIL_FALSE:
    case SPREETAIL_TRUE:
        lua_pushboolean(L, value->type == SPREETAIL_TRUE);
        break;
    case SPREETAIL_INTEGER:
        push_integer(L, value->integer);
        break;
    case SPREETAIL_REAL:
        lua_pushnumber(L, value->real);
        break;
    case SPREETAIL_STRING:
        lua_pushlstring(L, value->text, value->size);
        break;
    case SPREETAIL_LIST:
        luaL_checkstack(L, 4, "answer nested too deeply");
        return push_list(L, value);
    case SPREETAIL_OBJECT:
        luaL_checkstack(L, 4, "answer nested too deeply");
        return push_object(L, value);
    }
    return value + 1;
}

/* The details of an error, which the core has made jansson's. */
static void push_json(lua_State *L, const json_t *value);

static void push_json_list(lua_State *L, const json_t *list) {
    size_t size = json_array_size(list);
    push_empty_list(L, size);
    for (size_t i = 0; i < size; i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_null(item))
            lua_pushlightuserdata(L, NULL); /* keeps the places of those behind it */
        else
            push_json(L, item);
        lua_rawseti(L, -2, (int)(i + 1));
    }
}

static void push_json_object(lua_State *L, const json_t *object) {
    json_t *unconst = (json_t *)object; /* iteration is declared to take one that may change */
    lua_createtable(L, 0, table_size(json_object_size(object)));
    for (void *at = json_object_iter(unconst); at; at = json_object_iter_next(unconst, at)) {
        const json_t *item = json_object_iter_value(at);
        if (json_is_null(item))
            continue;
        lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
        push_json(L, item);
        lua_rawset(L, -3);
    }
}

static void push_json(lua_State *L, const json_t *value) {
    luaL_checkstack(L, 4, "answer nested too deeply");
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        push_json_object(L, value);
        break;
    case JSON_ARRAY:
        push_json_list(L, value);
        break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        push_integer(L, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(L);
        break;
    }
}

static void set_text(lua_State *L, const char *name, const char *value) {
    if (!value)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* Counters: an integer where Lua has them. */
static void set_count(lua_State *L, const char *name, uint64_t value) {
    push_integer(L, (int64_t)value);
    lua_setfield(L, -2, name);
}

static void set_seconds(lua_State *L, const char *name, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

void push_error(lua_State *L, const struct spreetail_error *error) {
    lua_createtable(L, 0, 8);
    set_text(L, "kind", spreetail_kind_name(error->kind));
    set_text(L, "message", error->message);
    set_text(L, "outcome", spreetail_outcome_name(error->outcome));
    set_flag(L, "retryable", error->retryable);
    if (error->status)
        set_count(L, "status", (uint64_t)error->status);
    if (error->retry_after >= 0)
        set_seconds(L, "retry_after", error->retry_after);
    if (error->details) {
        push_json(L, error->details);
        lua_setfield(L, -2, "details");
    }
}

void push_event(lua_State *L, const struct spreetail_event *event) {
    bool of_call = event->method != NULL;
    lua_createtable(L, 0, 11);
    set_text(L, "type", spreetail_event_name(event->type));
    set_text(L, "method", event->method);
    set_text(L, "path", event->path);
    set_text(L, "reference", event->reference);
    set_text(L, "reason", event->message);
    if (event->kind != SPREETAIL_OK)
        set_text(L, "kind", spreetail_kind_name(event->kind));
    if (event->status)
        set_count(L, "status", (uint64_t)event->status);
    if (of_call)
        set_count(L, "attempt", event->attempts);
    if (event->type != SPREETAIL_EVENT_TRACE)
        set_seconds(L, "elapsed", event->elapsed);
    if (event->type == SPREETAIL_EVENT_RETRY)
        set_seconds(L, "pause", event->pause);
}

void push_stats(lua_State *L, const struct spreetail_stats *stats) {
    lua_createtable(L, 0, 16); /* lua/spreetail adds two */
    set_count(L, "logins", stats->logins);
    set_count(L, "logins_failed", stats->logins_failed);
    set_count(L, "calls", stats->calls);
    set_count(L, "attempts", stats->attempts);
    set_count(L, "retries", stats->retries);
    set_count(L, "reconciled", stats->reconciled);
    set_count(L, "connections", stats->connections);
    set_count(L, "reused", stats->reused);
    set_count(L, "bytes_sent", stats->bytes_sent);
    set_count(L, "bytes_received", stats->bytes_received);
    set_count(L, "events_dropped", stats->events_dropped);
    set_count(L, "queued", stats->queued);
    set_count(L, "in_flight", stats->in_flight);
    set_count(L, "in_flight_limit", stats->in_flight_limit);
}

void push_response(lua_State *L, const struct spreetail_result *result) {
    lua_createtable(L, 0, 6);
    set_count(L, "status", (uint64_t)result->status);
    set_count(L, "attempts", result->attempts);
    set_seconds(L, "elapsed", result->elapsed);
    set_flag(L, "reconciled", result->reconciled);
    set_flag(L, "cancelled", result->cancelled);
    headers_set(L, result->headers, result->headers_size);
}
