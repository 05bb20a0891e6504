#include "seen.h"

#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../lua/compat.h"

#define TYPE "spreetail.command.seen"
#define FIRST_SIZE 1024

/* A hash table of the texts' hashes alone: of a million texts, two have the same one with a chance
 * of one in 37 million. */
struct seen {
    uint64_t *slots; /* 0: free */
    size_t size;     /* a power of two */
    size_t count;
};

/* FNV-1a, with its upper bits mixed into the lower ones, which choose the slot. */
static uint64_t hash(const char *text, size_t size) {
    uint64_t value = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++)
        value = (value ^ (unsigned char)text[i]) * 0x100000001b3;
    value ^= value >> 32;
    return value ? value : 1;
}

/* The slot of a value, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t size, uint64_t value) {
    size_t at = value & (size - 1);
    while (slots[at] && slots[at] != value)
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static bool grow(struct seen *seen) {
    size_t size = seen->size ? 2 * seen->size : FIRST_SIZE;
    uint64_t *slots = calloc(size, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < seen->size; i++)
        if (seen->slots[i])
            *find(slots, size, seen->slots[i]) = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->size = size;
    return true;
}

/* seen:add(text): whether it has been seen already. From now on it has. */
static int add(lua_State *L) {
    struct seen *seen = check_self(L, TYPE);
    size_t size = 0;
    const char *text = luaL_checklstring(L, 2, &size);
    if (seen->count >= seen->size / 4 * 3 && !grow(seen))
        return luaL_error(L, "not enough memory");
    uint64_t value = hash(text, size), *slot = find(seen->slots, seen->size, value);
    bool is_known = *slot != 0;
    *slot = value;
    seen->count += !is_known;
    lua_pushboolean(L, is_known);
    return 1;
}

static int collect(lua_State *L) {
    struct seen *seen = luaL_checkudata(L, 1, TYPE);
    free(seen->slots);
    seen->slots = NULL;
    seen->size = seen->count = 0;
    return 0;
}

/* seen(): an object that knows which texts it was told of. */
int seen_new(lua_State *L) {
    struct seen *seen = new_userdata(L, sizeof *seen);
    *seen = (struct seen){0};
    set_metatable(L, TYPE);
    return 1;
}

void seen_register(lua_State *L) {
    static const luaL_Reg methods[] = {{"add", add}, {NULL, NULL}};
    new_type(L, TYPE, collect, methods);
}
