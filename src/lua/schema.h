/* schema.h: what record.lua declares of a table, made ready for walks. */
#ifndef SPREETAIL_SCHEMA_H
#define SPREETAIL_SCHEMA_H

#include <stdint.h>

#include "rule.h"

/* What a field that is left out is filled in with. */
enum filling {
    NOTHING,
    CLOCK,   /* the date of now */
    ANOTHER, /* what another field before it has */
    LINE,    /* the next number that no line of the list has */
    WORD     /* always the same */
};

/* Strings lie in the table NAMES, the upvalue of whoever has a schema. */
struct field {
    const char *name, *short_name; /* as the API has it, and in snake_case */
    const char *key;               /* ,"Name": */
    size_t key_size;
    int name_place; /* of the name in NAMES */
    const struct rule *rule;
    const struct schema *of, *each;
    enum filling filling;
    const char *word;
    bool required, dropped, is_date;
};

/* A set of fields, by their number. */
typedef uint64_t field_set;

struct schema {
    int count;
    field_set expected; /* something is to be done when it is missing */
    field_set mistaken; /* a key with its letters is taken for it */
    int unique;         /* the field that no two items have the same; -1: none */
    int source;         /* the field that another is filled in with; -1: none */
    unsigned mask;      /* of the places for spellings */
    struct spelling *spellings;
    struct field fields[];
};

static inline field_set set_of(int field) {
    return (field_set)1 << field;
}

/* The lowest number in a set that is not empty. */
static inline int first_of(field_set set) {
    return __builtin_ctzll(set);
}

/* The number of the field that a key spells, one way or the other: a string at that place on the
 * stack; -1: none. */
int schema_find(const struct schema *schema, lua_State *L, int key);

/* The number of the field that a key which spells none has the letters of; -1: none. */
int schema_find_letters(const struct schema *schema, const char *key);

/* core.schema(fields): a userdata. */
int schema_new(lua_State *L);

/* The schema at a place on the stack; raises when it is none. */
const struct schema *schema_check(lua_State *L, int index);

#endif
