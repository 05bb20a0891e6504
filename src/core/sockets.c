#include "sockets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool reserve(struct sockets *sockets) {
    if (sockets->count < sockets->capacity)
        return true;
    size_t capacity = sockets->capacity * 2 + 8;
    int *fds = realloc(sockets->fds, capacity * sizeof *fds);
    if (!fds)
        return false;
    sockets->fds = fds;
    sockets->capacity = capacity;
    return true;
}

int sockets_open(struct sockets *sockets, int family, int type, int protocol) {
    if (!reserve(sockets))
        return -1;
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd >= 0)
        sockets->fds[sockets->count++] = fd;
    return fd;
}

int sockets_close(struct sockets *sockets, int fd) {
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->fds[i] == fd) {
            sockets->fds[i] = sockets->fds[--sockets->count];
            break;
        }
    }
    return close(fd);
}

void sockets_close_all(struct sockets *sockets) {
    while (sockets->count > 0)
        close(sockets->fds[--sockets->count]);
}

void sockets_free(struct sockets *sockets) {
    free(sockets->fds);
    *sockets = (struct sockets){0};
}
