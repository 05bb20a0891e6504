/* sockets.h: the sockets that libcurl has open: to see whether anything lies on one, and for a
 * child after a fork, which must close them without a word. */
#ifndef SPREETAIL_SOCKETS_H
#define SPREETAIL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

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

#endif
