/*
 * connections.h: connections that libcurl keeps, in one multi handle, driven by a poller.
 *
 * libcurl goes on using an HTTP/2 connection that has fallen silent as long as its socket stands.
 * So a set of connections can be given up for a new one, while what is under way on it comes to its
 * end.
 */
#ifndef SPREETAIL_CONNECTIONS_H
#define SPREETAIL_CONNECTIONS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "clock.h"
#include "poller.h"

struct connections {
    CURLM *multi;
    const struct clock *clock;
    int poller;
    usec due;         /* when libcurl's timer fires */
    usec heard_at;    /* when something last came */
    size_t transfers; /* under way */
    size_t allowance; /* bytes that libcurl may still read, through TLS, before it lets go */
    TAILQ_ENTRY(connections) link;
};

TAILQ_HEAD(connections_list, connections);

/* An empty set that is to hold at most `most`, or NULL when memory runs out. */
struct connections *connections_open(const struct clock *clock, int poller, unsigned most);

/* Closes them all; no transfer may be left. */
void connections_close(struct connections *connections);

/* How many there may be at one time. */
void connections_limit(struct connections *connections, unsigned most);

/* Lets libcurl work: because its time has come, and because of what the poller says. */
void connections_run_timer(struct connections *connections);
void connections_run(struct connections *connections, const struct poller_event *event);

/* Something came. */
void connections_hear(struct connections *connections);

#endif
