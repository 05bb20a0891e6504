/* lines.h: the items of a list as lines, each of which has a number of its own. */
#ifndef SPREETAIL_LINES_H
#define SPREETAIL_LINES_H

#include "record.h"
#include "value.h"

enum { FEW = 64 };

struct lines {
    int table, count;
    double first[FEW]; /* the first place of each number below that; 0: none has it */
    int others;   /* where on the stack a table has that of what else is given as one, or nil */
    double place; /* that is looked at */
    int last;     /* that was given out */
    bool all_are_seen; /* also those behind the place */
};

/* Takes the record, which is looked at, for a line that has the number: it has to be new. */
void meet_line(struct walk *walk, const struct record *record, const struct value *value);

/* Puts the next number that no line has. */
void put_line(struct walk *walk, const struct field *field);

/* Lines that have a number of others are told of behind all else that is wrong with lines. */
void refuse_repeated(lua_State *L);

#endif
