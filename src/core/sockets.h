/* sockets.h: the sockets that libcurl has open, for a child after a fork, which must close them
 * without a word. */
#ifndef SPREETAIL_SOCKETS_H
#define SPREETAIL_SOCKETS_H

#include <stddef.h>

struct sockets {
    int *fds;
    size_t count, capacity;
};

/* Opens one more, as socket() does; -1 also when memory runs out. */
int sockets_open(struct sockets *sockets, int family, int type, int protocol);

/* Closes one, as close() does. */
int sockets_close(struct sockets *sockets, int fd);

/* Closes all that are left. */
void sockets_close_all(struct sockets *sockets);

/* Forgets all, and frees what that took. */
void sockets_free(struct sockets *sockets);

#endif
