/* record.h: a table that a schema knows, and what its keys are. */
#ifndef SPREETAIL_RECORD_H
#define SPREETAIL_RECORD_H

#include "keys.h"
#include "schema.h"

struct record {
    struct level level;
    const struct schema *schema;
    int slots[MOST_FIELDS];     /* where on the stack the values of fields lie, */
    field_set given;            /* which of them are there, */
    field_set twice;            /* in both spellings, */
    field_set misspelt;         /* or under a key that must mean them */
    struct keys keys;           /* in the API's spelling */
    int strangers;              /* keys that no field has */
    size_t source, source_size; /* where what another field is filled in with was written */
};

/* Begins with the table at a place on the stack, which lies under what is looked at in `outer`:
 * looks at its keys, and leaves values on the stack. */
void meet(lua_State *L, struct record *record, const struct schema *schema,
          const struct level *outer, int table);

/* Says which fields are given in both spellings. */
void refuse_twice(struct walk *walk, struct record *record);

/* Whether the key on the stack is a name that no field has. */
bool is_strange_name(lua_State *L, const struct record *record, int key);

/* Pushes a function of the schema at 1, with the upvalues that it needs. */
int push_function(lua_State *L, lua_CFunction function);

/* Looks at a field. */
static inline const struct field *look_at(struct record *record, int number) {
    const struct field *field = &record->schema->fields[number];
    record->level.name = field->name;
    return field;
}

/* Looks at the key on the stack. */
static inline void look_at_key(struct record *record, int key) {
    record->level.name = NULL;
    record->level.key = key;
}

#endif
