/* keys.h: what keys a table has, and so what it is in JSON. */
#ifndef SPREETAIL_KEYS_H
#define SPREETAIL_KEYS_H

#include "walk.h"

struct keys {
    int names, places, numbers, others; /* places: the numbers 1, 2, 3, ... among the numbers */
    double longest;                     /* the last of the places */
    char odd[SHOWN_KEY];                /* the first that is neither a name nor a place */
};

/* Counts the key at the place on the stack. */
void count_key(lua_State *L, struct keys *keys, int key);

/* Counts those of the table of a level. */
void count_keys(lua_State *L, struct keys *keys, int table);

/* Whether there are some, and all are numbers. */
static inline bool are_numbers(const struct keys *keys) {
    return keys->numbers > 0 && keys->names == 0 && keys->others == 0;
}

/* How a table is marked: as a list, as one where it is empty, or not. */
enum mark { UNMARKED, MARKED_EMPTY, MARKED };
enum mark find_mark(lua_State *L, int table);

enum shape { OBJECT, LIST, NEITHER };

/* What the table of a level is. Says what is wrong where it is neither, of the table as a whole;
 * the hole in a list is told by its place. */
enum shape find_shape(struct walk *walk, struct level *level, const struct keys *keys,
                      enum mark mark);

#endif
