/* answer.h: an HTTP answer, read once: envelope, error, data. */
#ifndef SPREETAIL_ANSWER_H
#define SPREETAIL_ANSWER_H

#include "clock.h"
#include "reader.h"
#include "spreetail.h"
#include "tree.h"

enum answer_stage {
    ANSWER_READ,
    ANSWER_READING, /* nothing is known yet */
    ANSWER_BUILDING /* the tree of its data */
};

struct answer {
    enum spreetail_kind kind;              /* SPREETAIL_OK: a success */
    const struct spreetail_value *root;    /* what came, or NULL; what is below is part of it */
    const struct spreetail_value *data;    /* of a success; NULL: the server sent none */
    const struct spreetail_value *details; /* of a failure; likewise */
    const char *words;                     /* what the server said about it, or NULL */
    const char *nonsense;                  /* for SPREETAIL_PROTOCOL: what is wrong with it */
    json_t *json;                          /* `data` as jansson's values, if it was to be made */
    int status;
    enum answer_stage stage;
    bool wants_json;
    struct reader reader; /* owns what came */
    struct tree tree;     /* owns `json` */
};

/* Begins with an answer that came whole, with a NUL behind its body, which is changed and has to
 * stay as long as the answer. `wants_json`: so that its data is made jansson's as well. */
void answer_begin(struct answer *answer, int status, char *body, size_t size, bool wants_json);

/* Reads on, for about so many bytes; true: it is read. */
bool answer_continue(struct answer *answer, size_t bytes);

/* Both, in one go, without jansson. */
void answer_read(struct answer *answer, int status, char *body, size_t size);

/* Whether its data is an order that has been cancelled, in whatever spelling and with whatever
 * behind it: CANCELLED, Canceled, Cancelled_Refunded. What is only asked for ("Cancelling",
 * "Cancellation requested") has not been. */
bool answer_shows_cancelled(const struct answer *answer);

/* Frees all but `json`: the text is needed no longer. */
void answer_keep_json(struct answer *answer);

/* Frees what the answer holds. */
void answer_clear(struct answer *answer);

/* The token in a login's answer and the life it was given; NULL: there is none that could be put
 * in a header. The token is part of the answer. */
const char *answer_token(const struct answer *answer, size_t *size, usec *life);

/* Seconds that the headers ("name\0value\0" pairs) ask to wait with Retry-After; negative: none. */
double answer_retry_after(const char *headers, size_t size);

/* The value of the first header of that lower-case name, or NULL. */
const char *answer_header(const char *headers, size_t size, const char *name);

#endif
