/*
 * list.h: what marks a table as a list, though it may be empty.
 *
 * The marks are metatables, in a table that functions which write have for an upvalue: ours as
 * "list", and those of lua-cjson, where the installed one has them, under their names there.
 */
#ifndef SPREETAIL_LIST_H
#define SPREETAIL_LIST_H

/* The name of our metatable, which Lua keeps. */
#define LIST_TYPE "spreetail.array"

#endif
