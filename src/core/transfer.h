/* transfer.h: one exchange carried out by one easy handle of libcurl. */
#ifndef SPREETAIL_TRANSFER_H
#define SPREETAIL_TRANSFER_H

#include <curl/curl.h>

#include "connections.h"
#include "curl_failure.h"
#include "header.h"
#include "transport.h"

enum protocol { UNKNOWN_PROTOCOL, HTTP_1, HTTP_2 };

/* What all transfers to one server share. */
struct wire {
    struct transport_settings settings;
    struct curl_slist proxy_headers; /* a list of one */
    struct sockets sockets;
    bool own_tls;           /* libcurl's TLS is our OpenSSL */
    bool previews;          /* lines of a head come to the function for bodies first */
    enum protocol protocol; /* of the connections to the API, as far as seen */
    size_t sending;         /* transfers of calls that hold a connection or stream */
};

/* One exchange being carried out by one easy handle. */
struct transfer {
    CURL *easy;
    struct exchange *exchange;
    struct wire *wire;
    struct connections *connections; /* that it runs on */
    usec started;
    size_t heard;             /* how often something had come before the request left */
    struct curl_slist *nodes; /* the header list: an array, its strings borrowed */
    size_t nodes_capacity;
    bool unfit; /* the connection that it got is not safe to use again: nothing was sent */
    struct head head;
    bool line_begun;               /* a line of it was previewed, and has not come yet */
    bool stored;                   /* libcurl has stored a header of this exchange */
    enum exchange_failure refused; /* by a callback of ours; EXCHANGE_COMPLETE: not */
    const char *why;               /* it was */
    char detail[CURL_ERROR_SIZE];
    TAILQ_ENTRY(transfer) link;
};

TAILQ_HEAD(transfer_list, transfer);

void wire_init(struct wire *wire, const struct transport_settings *settings);

usec wire_now(const struct wire *wire);

/* With every option that is the same for all calls, or for all logins; NULL when memory runs out or
 * libcurl lacks one. */
struct transfer *transfer_new(struct wire *wire, bool login);
void transfer_free(struct transfer *transfer);

/* Sets the others; false when memory runs out. */
bool transfer_configure(struct transfer *transfer, struct exchange *exchange);

/* Makes one that had an unfit connection ready to go out on a new one, within the time that it has
 * left; false when memory runs out. */
bool transfer_refresh(struct transfer *transfer);

/* How it ended. */
struct curl_failure transfer_failure(const struct transfer *transfer, CURLcode code);

/* Whether it may carry out another exchange after one that ended so. */
bool transfer_is_reusable(const struct transfer *transfer, enum exchange_failure failure);

#endif
