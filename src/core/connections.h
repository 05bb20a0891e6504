/*
 * connections.h: connections that libcurl keeps, in one multi handle, driven by a poller; and the
 * sockets below them.
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
    usec due;         /* when libcurl's timer fires; 0: at once */
    size_t heard;     /* how often something has come, for calls */
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

/*
 * The sockets that libcurl has open: to see whether anything lies on one, and for a child after a
 * fork, which must close them without a word.
 */

struct socket {
    int fd;
    int local_port; /* 0 until it was asked for */
};

struct sockets {
    struct socket *open;
    size_t count, capacity;
    int reason; /* errno, when the last one could not be opened; else 0 */
};

/* Opens one more, as socket() does; -1 also when memory runs out. */
int sockets_open(struct sockets *sockets, int family, int type, int protocol);

/* Closes one, as close() does. */
int sockets_close(struct sockets *sockets, int fd);

/* Whether there is one with this local port, and nothing to be read from it, not even its end. Two
 * to different servers may share a port: then both are to be silent. */
bool sockets_are_silent(struct sockets *sockets, int local_port);

/* Closes all that are left. */
void sockets_close_all(struct sockets *sockets);

/* Forgets all, and frees what that took. */
void sockets_free(struct sockets *sockets);

/*
 * Whether a connection that has carried a request before may carry another.
 *
 * HTTP/1.1 doesn't say which request an answer belongs to. What lies on a connection when a request
 * goes out would be taken for the answer to it, though it belongs to nobody. libcurl looks for that
 * from 8.0.0 on, but never at what TLS has decrypted already.
 */

/* The connection that a request is about to go out on. */
struct reuse {
    CURL *easy;
    struct sockets *sockets; /* all that libcurl has open */
    int local_port;          /* as libcurl's pre-request callback is told */
    bool own_tls;            /* libcurl's TLS is our OpenSSL, so that it can be asked */
    bool http2;              /* what it speaks where TLS can't be asked */
};

/*
 * Always true for a new connection, and for HTTP/2, whose streams have numbers. Else any input will
 * do to say no: over TLS it may be a session ticket, but servers send those at the beginning, and
 * they were read with the first answer; or it is the server's goodbye.
 */
bool reuse_is_safe(const struct reuse *reuse);

#endif
