/*
 * fields.h: what our own Lua side hands over: values, and fields `name` of the table at `index`.
 *
 * Each raises when it is of another type.
 */
#ifndef SPREETAIL_FIELDS_H
#define SPREETAIL_FIELDS_H

#include <stdbool.h>

#include "compat.h"

/* The value at `index`, which messages call `name`; NULL when nil. Raises when it holds a NUL. */
const char *check_text(lua_State *L, int index, const char *name);

/* Left on the stack, which keeps it alive; NULL when absent. Raises when it holds a NUL. */
const char *check_text_field(lua_State *L, int index, const char *name);

/* `otherwise` when absent. */
double check_number_field(lua_State *L, int index, const char *name, double otherwise);

/* As Lua sees it: nil and false are false. */
bool check_flag_field(lua_State *L, int index, const char *name);

#endif
