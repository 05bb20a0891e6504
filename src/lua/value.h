/* value.h: a value on Lua's stack, asked of Lua once. */
#ifndef SPREETAIL_LUA_VALUE_H
#define SPREETAIL_LUA_VALUE_H

#include <stdbool.h>

#include "output.h"

struct value {
    int place; /* on the stack */
    int type;  /* as Lua has it */
    /* Of a string. */
    const char *text;
    size_t size;
    bool plain; /* as is_plain() has it */
    /* Of a number. */
    bool is_integer;
    long long integer; /* where it is one */
    double number;
};

static inline void value_read(struct value *value, lua_State *L, int place) {
    value->place = place;
    value->type = lua_type(L, place);
    if (value->type == LUA_TSTRING) {
        value->text = lua_tolstring(L, place, &value->size);
        value->plain = is_plain(value->text, value->size);
    } else if (value->type == LUA_TNUMBER) {
#if LUA_VERSION_NUM >= 503
        value->is_integer = lua_isinteger(L, place);
        if (value->is_integer) {
            value->integer = lua_tointeger(L, place);
            value->number = (double)value->integer;
            return;
        }
#else
        value->is_integer = false;
#endif
        value->number = (double)lua_tonumber(L, place);
    }
}

#endif
