/* writer.h: Lua values as JSON text, by what they are. */
#ifndef SPREETAIL_WRITER_H
#define SPREETAIL_WRITER_H

#include "value.h"
#include "walk.h"

/* core.write_json(value): its text; or nil and everything of it that JSON can't hold, a list of
 * {path=, message=}. */
int write_json(lua_State *L);

/* Writes a value, which lies under what is looked at in the level. */
void write_value(struct walk *walk, const struct level *at, const struct value *value);

/* Writes a table that no schema knows, or one of those `level`s that a schema knows and that is a
 * list. */
void write_table(struct walk *walk, struct level *level);

/* Puts a key, with its colon. Its problems are those of the table that has it, which lies in
 * `outer`. */
void write_key(struct walk *walk, const struct level *outer, int key);

/* Counts a value; false: there were too many. */
bool count_value(struct walk *walk);

#endif
