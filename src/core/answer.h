/* answer.h: an HTTP answer, read once: envelope, error, data. */
#ifndef SPREETAIL_ANSWER_H
#define SPREETAIL_ANSWER_H

#include <jansson.h>

#include "clock.h"
#include "reader.h"
#include "spreetail.h"

struct answer {
    enum spreetail_kind kind; /* SPREETAIL_OK: a success */
    json_t *root;             /* what came, or NULL; everything below is part of it */
    const json_t *data;       /* of a success; NULL: the server sent none */
    const char *words;        /* what the server said about a failure, or NULL */
    const json_t *details;    /* likewise */
    const char *nonsense;     /* for SPREETAIL_PROTOCOL: what is wrong with it */
    int status;
    bool reading; /* what is above is not known yet */
    struct reader reader;
};

/* Begins with an answer that came whole. `body` need not be NUL-terminated, and has to stay until
 * it is read. */
void answer_begin(struct answer *answer, int status, const char *body, size_t size);

/* Reads on, for about so many bytes; true: it is read. */
bool answer_continue(struct answer *answer, size_t bytes);

/* Both, in one go. */
void answer_read(struct answer *answer, int status, const char *body, size_t size);

/* Whether its data is an order that has been cancelled, in whatever spelling and with whatever
 * behind it: CANCELLED, Canceled, Cancelled_Refunded. What is only asked for ("Cancelling",
 * "Cancellation requested") has not been. */
bool answer_shows_cancelled(const struct answer *answer);

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
