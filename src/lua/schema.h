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

enum { MOST_FIELDS = 64 };

/* A set of fields, by their number. */
typedef uint64_t field_set;

/* Lua has one string of each short text, so that a key is known by where its text lies. */
struct spelling {
    const char *text; /* NULL: a free place */
    int field;
};

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

/* Where a text lies among the spellings, or behind that. */
static inline unsigned spelling_place(const struct schema *schema, const char *text) {
    uintptr_t at = (uintptr_t)text;
    return (unsigned)(at >> 3 ^ at >> 9) & schema->mask;
}

static inline field_set set_of(int field) {
    return (field_set)1 << field;
}

/* The lowest number in a set that is not empty. */
static inline int first_of(field_set set) {
    return __builtin_ctzll(set);
}

/* The number of the field that a key spells, one way or the other, by where the text of the string
 * lies; -1: none. */
static inline int schema_find(const struct schema *schema, const char *key) {
    unsigned place = spelling_place(schema, key);
    while (schema->spellings[place].text != key && schema->spellings[place].text)
        place = (place + 1) & schema->mask;
    return schema->spellings[place].text ? schema->spellings[place].field : -1;
}

/* The number of the field that a key which spells none has the letters of, a string at that place
 * on the stack; -1: none. */
int schema_find_letters(const struct schema *schema, lua_State *L, int key);

/* core.schema(fields): a userdata. */
int schema_new(lua_State *L);

/* The schema at a place on the stack; raises when it is none. */
const struct schema *schema_check(lua_State *L, int index);

#endif
