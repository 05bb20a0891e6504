#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool reserve(struct sockets *sockets) {
    if (sockets->count < sockets->capacity)
        return true;
    size_t capacity = sockets->capacity * 2 + 8;
    struct socket *open = realloc(sockets->open, capacity * sizeof *open);
    if (!open)
        return false;
    sockets->open = open;
    sockets->capacity = capacity;
    return true;
}

int sockets_open(struct sockets *sockets, int family, int type, int protocol) {
    int fd = -1;
    errno = ENOMEM;
    if (reserve(sockets))
        fd = socket(family, type | SOCK_CLOEXEC, protocol);
    sockets->reason = fd < 0 ? errno : 0;
    if (fd >= 0)
        sockets->open[sockets->count++] = (struct socket){.fd = fd};
    return fd;
}

int sockets_close(struct sockets *sockets, int fd) {
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->open[i].fd == fd) {
            sockets->open[i] = sockets->open[--sockets->count];
            break;
        }
    }
    return close(fd);
}

/* Asked for once: it stays what it is from the moment that the socket is connected. */
static int local_port(struct socket *one) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    if (one->local_port == 0 && getsockname(one->fd, &address.any, &size) == 0)
        one->local_port = address.any.sa_family == AF_INET    ? ntohs(address.v4.sin_port)
                          : address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port)
                                                              : 0;
    return one->local_port;
}

static bool is_silent(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool sockets_are_silent(struct sockets *sockets, int port) {
    bool found = false;
    for (size_t i = 0; i < sockets->count; i++) {
        if (local_port(&sockets->open[i]) != port)
            continue;
        if (!is_silent(sockets->open[i].fd))
            return false;
        found = true;
    }
    return found;
}

void sockets_close_all(struct sockets *sockets) {
    while (sockets->count > 0)
        close(sockets->open[--sockets->count].fd);
}

void sockets_free(struct sockets *sockets) {
    free(sockets->open);
    *sockets = (struct sockets){0};
}
