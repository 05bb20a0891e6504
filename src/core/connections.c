#include "connections.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_AT_ONCE = 32 * 1024 };

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused) {
    const struct connections *connections = context;
    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE)
        poller_forget(connections->poller, fd);
    else
        poller_watch(connections->poller, fd, what & CURL_POLL_IN, what & CURL_POLL_OUT);
    return 0;
}

static usec now(const struct connections *connections) {
    return connections->clock->monotonic(connections->clock->context);
}

static int set_timer(CURLM *multi, long milliseconds, void *context) {
    struct connections *connections = context;
    (void)multi;
    connections->due = milliseconds < 0    ? USEC_NEVER
                       : milliseconds == 0 ? 0
                                           : now(connections) + (usec)milliseconds * 1000;
    return 0;
}

struct connections *connections_open(const struct clock *clock, int poller, unsigned most) {
    struct connections *connections = calloc(1, sizeof *connections);
    if (!connections)
        return NULL;
    *connections = (struct connections){
        .multi = curl_multi_init(), .clock = clock, .poller = poller, .due = USEC_NEVER};
    if (!connections->multi) {
        free(connections);
        return NULL;
    }
    curl_multi_setopt(connections->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(connections->multi, CURLMOPT_SOCKETDATA, connections);
    curl_multi_setopt(connections->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(connections->multi, CURLMOPT_TIMERDATA, connections);
    curl_multi_setopt(connections->multi, CURLMOPT_MAXCONNECTS, (long)most + 1);
    connections_limit(connections, most);
    return connections;
}

void connections_close(struct connections *connections) {
    curl_multi_cleanup(connections->multi);
    free(connections);
}

void connections_limit(struct connections *connections, unsigned most) {
    curl_multi_setopt(connections->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)most);
}

/* When its timer has fired too early by the fraction of a millisecond, libcurl from 8.10.0
 * to 8.11.0 thinks that we know when to come again. */
static void ask_timer(struct connections *connections) {
    long milliseconds = -1;
    curl_multi_timeout(connections->multi, &milliseconds);
    set_timer(connections->multi, milliseconds, connections);
}

void connections_run_timer(struct connections *connections) {
    int running;
    connections->due = USEC_NEVER; /* libcurl sets it again */
    connections->allowance = READ_AT_ONCE;
    curl_multi_socket_action(connections->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    if (connections->due == USEC_NEVER)
        ask_timer(connections);
}

void connections_run(struct connections *connections, const struct poller_event *event) {
    int running;
    int what = (event->readable ? CURL_CSELECT_IN : 0) | (event->writable ? CURL_CSELECT_OUT : 0) |
               (event->failed ? CURL_CSELECT_ERR : 0);
    connections->allowance = READ_AT_ONCE;
    curl_multi_socket_action(connections->multi, event->fd, what, &running);
}

/*
 * Sockets.
 */

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

/*
 * Used once more.
 */

static bool is_new(CURL *easy) {
    long opened = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
    return opened > 0;
}

/* NULL without TLS. */
static const SSL *session_of(CURL *easy) {
    const struct curl_tlssessioninfo *info = NULL;
    curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info);
    return info ? info->internals : NULL;
}

static bool speaks_http2(const SSL *session) {
    const unsigned char *protocol = NULL;
    unsigned size = 0;
    SSL_get0_alpn_selected(session, &protocol, &size);
    return size == 2 && memcmp(protocol, "h2", 2) == 0;
}

bool reuse_is_safe(const struct reuse *reuse) {
    if (is_new(reuse->easy))
        return true;
    const SSL *session = reuse->own_tls ? session_of(reuse->easy) : NULL;
    if (session ? speaks_http2(session) : reuse->http2)
        return true;
    if (session && SSL_has_pending(session))
        return false;
    return sockets_are_silent(reuse->sockets, reuse->local_port);
}
