/*
 * transport.h: one HTTP exchange as a value, and the transport that carries exchanges out.
 *
 * The transport is an interface, so that the machine above it can be tested without a network. The
 * real one is in curl.c.
 */
#ifndef SPREETAIL_TRANSPORT_H
#define SPREETAIL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "buffer.h"
#include "clock.h"
#include "trust.h"

/* How an exchange ended. */
enum exchange_failure {
    EXCHANGE_COMPLETE, /* a whole answer, whatever its status */
    EXCHANGE_RESOLVE,  /* the host's name has no address */
    EXCHANGE_CONNECT,  /* nobody listens there, or a proxy would not let us through */
    EXCHANGE_TLS,      /* certificate or handshake */
    EXCHANGE_TIMEOUT,  /* its time ran out */
    EXCHANGE_LOST,     /* the connection broke before a status was seen */
    EXCHANGE_CUT,      /* it broke after that */
    EXCHANGE_NONSENSE, /* what came is not HTTP, or its compression is broken */
    EXCHANGE_TOO_LARGE,
    EXCHANGE_MEMORY, /* ours ran out */
    EXCHANGE_FAILURES
};

struct exchange {
    /* What to send. Owned by the caller, and unchanged until the exchange is over. */
    const char *method;
    const char *url;
    const char *authorization;  /* a whole header line, or NULL */
    const char *content_type;   /* likewise */
    const char *const *headers; /* more of them, NULL at the end; or NULL */
    const void *body;           /* NULL: none */
    size_t body_size;
    usec connect_timeout, timeout;
    bool login; /* over HTTP/1.1, on a connection of its own, beyond max_connections */

    /* What came back. `sent` is up to date all the time, the rest once the exchange is done. The
     * buffers are the caller's to free. */
    bool sent; /* a connection stood and the request was handed to it: it may have arrived */
    enum exchange_failure failure;
    int status;                     /* 0: none was seen */
    struct buffer headers_received; /* "name\0value\0" pairs, names in lower case */
    struct buffer body_received;
    long connections_opened;
    long verify_result; /* OpenSSL's X509_V_ERR_*, for EXCHANGE_TLS */
    char detail[256];   /* what libcurl says about a failure */

    /* The transport's own. */
    void *transfer;
    TAILQ_ENTRY(exchange) link;
};

TAILQ_HEAD(exchange_list, exchange);

/* Frees what came back, and makes the exchange ready to be used again. */
static inline void exchange_clear(struct exchange *exchange) {
    buffer_free(&exchange->headers_received);
    buffer_free(&exchange->body_received);
    exchange->sent = false;
    exchange->failure = EXCHANGE_COMPLETE;
    exchange->status = 0;
    exchange->connections_opened = 0;
    exchange->verify_result = 0;
    exchange->detail[0] = '\0';
}

struct proxy {
    char *url;             /* NULL: none; "environment": as that says; or without credentials */
    char *user, *password; /* in secret memory; NULL: none */
};

/* What it points to is borrowed and must outlive the transport. */
struct transport_settings {
    const struct clock *clock;
    unsigned max_connections;
    size_t max_response;
    struct trust *trusted; /* the CAs; NULL: libcurl reads them from ca_file and ca_path */
    const char *ca_file, *ca_path, *client_cert, *client_key;
    struct proxy proxy;
    const char *user_agent; /* a whole header line */
    bool plain;             /* the base URL is http:// */

    /* Gets what libcurl says and hears, a line each, secrets included; NULL: not wanted. */
    struct buffer *trace;
};

struct transport {
    /* Begins. Every exchange that was started comes out of next_done() once, unless cancelled. */
    void (*start)(struct transport *transport, struct exchange *exchange);
    void (*cancel)(struct transport *transport, struct exchange *exchange);

    /* Whether another exchange (logins apart) would find room at once. */
    bool (*ready)(const struct transport *transport);

    /* Moves exchanges on, from `now` until `until` or until nothing is left to do; true: there is
     * more. */
    bool (*step)(struct transport *transport, usec now, usec until);
    struct exchange *(*next_done)(struct transport *transport);

    /* The moment when step() wants to be called whatever the descriptor says; 0: at once. */
    usec (*due)(const struct transport *transport);
    int (*pollfd)(const struct transport *transport);

    /* Cancels what is left and frees everything. */
    void (*close)(struct transport *transport);

    /* In the child after a fork, instead of close(): touches nothing that the parent shares. */
    void (*abandon)(struct transport *transport);
};

#endif
