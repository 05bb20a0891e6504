/* list.h: what marks a table as a list, though it may be empty. */
#ifndef SPREETAIL_LIST_H
#define SPREETAIL_LIST_H

/* The name of its metatable, which Lua keeps. */
#define LIST_TYPE "spreetail.array"

#endif
