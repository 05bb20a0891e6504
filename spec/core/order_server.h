/*
 * order_server.h: a server that keeps one reference's order, behind the fake transport, and does to
 * exchanges what servers and networks do. It never lies in a whole answer of 2xx or 4xx that is in
 * the API's form and about the order: what it calls refused was not taken, what it calls a success
 * is kept. Everything else says nothing about what it did.
 */
#ifndef SPREETAIL_ORDER_SERVER_H
#define SPREETAIL_ORDER_SERVER_H

#include "buffer.h"
#include "scene.h"

struct order_server {
    struct fake *fake;
    struct random random;
    unsigned trouble;    /* of a hundred exchanges, how many don't go well */
    const json_t *order; /* what the client sends */
    bool from_clock;     /* and whether its date of receipt is */

    json_t *kept; /* owned; NULL: none */
    bool is_ours; /* it is kept because the client sent it */
    bool is_same; /* its contents are those that the client sent */

    unsigned received; /* requests that arrived, or may have */
    unsigned late;     /* of these, orders that may still be taken */
    bool doubt;        /* an order arrived, and no answer came back that says what became of it */
    bool unclear;      /* a look-up was shown too little to tell whose order it is */
    struct exchange *hanging; /* arrived, and is not answered */
    struct buffer story;      /* what happened, for people */
};

/* Somebody else creates an order under the same reference, unless there is one. */
void order_server_add_foreign(struct order_server *server);

/* Does with an exchange that has started what chance wants: ends it, or leaves it hanging. */
void order_server_meet(struct order_server *server, struct exchange *exchange);

/* Ends the hanging exchange as one whose time ran out. */
void order_server_give_up(struct order_server *server);

/* Takes orders that arrived long ago. */
void order_server_catch_up(struct order_server *server);

void order_server_clear(struct order_server *server);

#endif
