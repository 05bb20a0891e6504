/*
 * walk.h: one walk over a table of the program's: it writes JSON as long as all is well, and after
 * the first problem only looks for others.
 *
 * Tables are read raw. Paths and messages are made for problems only, out of where the walk is.
 */
#ifndef SPREETAIL_WALK_H
#define SPREETAIL_WALK_H

#include "output.h"

/* Where things are on the stack: what a function was given, and what it makes on its way. */
enum { GIVEN = 1, CLIENT, REQUEST, OPTIONS, TWICE, WRONG, REPEATED, UNWRITABLE, ROOM };

/* The upvalues of each function that walks. */
enum { MARKS = 1, NAMES, SCHEMA };

enum {
    MOST_LEVELS = 100, /* nothing in the API is nested deeper */
    /* Tables that refer to each other in many ways would keep us for ever. */
    MOST_PROBLEMS = 1000,
    MOST_VALUES = 5000000
};

struct lines;

struct walk {
    lua_State *L;
    struct output out;
    bool checks;         /* what the schema wants is looked for here, */
    bool writes;         /* and what JSON can't hold */
    int problems;        /* how many there are */
    int unwritable;      /* how many of them are of what JSON can't hold */
    int values;          /* how many were looked at */
    bool from_clock;     /* whether a date was filled in */
    struct lines *lines; /* of the list that is walked, if a schema says anything of its lines */
};

/* A table that is walked. */
struct level {
    const struct level *outer; /* NULL: none */
    int table;                 /* its place on the stack */
    int depth;
    bool is_record; /* of a schema, each of whose tables has its place, wherever else it may lie */
    const char *name; /* of the field that is looked at; NULL: its key lies */
    int key;          /* here on the stack */
};

static inline struct level level_below(const struct level *outer, int table, bool is_record) {
    return (struct level){outer, table, outer ? outer->depth + 1 : 1, is_record, NULL, 0};
}

/* A key that is no name, for people. */
enum { SHOWN_KEY = 32 };
void show_key(lua_State *L, int key, char shown[SHOWN_KEY]);

/* Begins one over the value that a function was given. */
void walk_begin(struct walk *walk, lua_State *L);

/* Adds a problem to one of the lists: { path=, message= }, and the `value` at a place on the stack
 * that is to be shown in the message, where that has a %s; 0: none. */
void add_problem(struct walk *walk, int list, const struct level *at, int value, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));

/* The same, of what JSON can't hold, unless nobody asks for that here. */
void add_unwritable(struct walk *walk, const struct level *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool is_good(const struct walk *walk) {
    return walk->problems == 0;
}

#endif
