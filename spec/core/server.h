/*
 * server.h: a plain HTTP server on 127.0.0.1 that says, byte for byte, what a test tells it to. It
 * runs in a thread and ends with server_stop().
 */
#ifndef SPREETAIL_SERVER_H
#define SPREETAIL_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { SERVER_MOST_REQUESTS = 16 };

/* What one request gets. */
struct server_answer {
    const char *bytes; /* NULL: none */
    size_t size;       /* 0: up to the NUL */
    size_t repeat;     /* the bytes once more, so often, until the client hangs up */
    bool hang_up;      /* close the connection afterwards */
};

struct server {
    int listener;
    unsigned short port;
    pthread_t thread;
    atomic_int latest;                   /* the last connection */
    const struct server_answer *answers; /* to the first request, the second, ... */
    size_t count;                        /* more requests than that get the last answer */

    /* Read these after server_stop(). */
    size_t requests, connections;
    char *heads[SERVER_MOST_REQUESTS]; /* request line and headers */
    size_t body_sizes[SERVER_MOST_REQUESTS];
};

void server_start(struct server *server, const struct server_answer *answers, size_t count);

/* Says something on the latest connection that nobody asked for. It has arrived when this returns.
 */
void server_speak(struct server *server, const char *bytes);

void server_stop(struct server *server);
void server_free(struct server *server);

#endif
