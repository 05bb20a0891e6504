/*
 * transfer.h: one exchange carried out by one easy handle of libcurl, for the carrier that drives
 * all of them.
 */
#ifndef SPREETAIL_TRANSFER_H
#define SPREETAIL_TRANSFER_H

#include <curl/curl.h>

#include "carrier.h"
#include "connections.h"
#include "curl_failure.h"
#include "header.h"
#include "sockets.h"

/* One exchange being carried out by one easy handle. */
struct transfer {
    CURL *easy;
    struct exchange *exchange;
    struct carrier *carrier;
    struct connections *connections; /* that it runs on */
    usec started, sent_at;
    struct curl_slist *nodes; /* the header list: an array, its strings borrowed */
    size_t nodes_capacity;
    bool unfit; /* the connection that it got is not safe to use again: nothing was sent */
    struct head head;
    enum exchange_failure refused; /* by a callback of ours; EXCHANGE_COMPLETE: not */
    const char *why;               /* it was */
    char detail[CURL_ERROR_SIZE];
    TAILQ_ENTRY(transfer) link;
};

TAILQ_HEAD(transfer_list, transfer);

enum protocol { UNKNOWN_PROTOCOL, HTTP_1, HTTP_2 };

/* The transport over libcurl. */
struct carrier {
    struct transport transport; /* first, so that one pointer is the other */
    struct transport_settings settings;
    int poller;
    /* The first is the one that new transfers go to. The others have fallen silent: they are kept
     * until what is under way on them has ended. */
    struct connections_list connections;
    struct sockets sockets;
    bool own_tls;           /* libcurl's TLS is our OpenSSL */
    enum protocol protocol; /* of the connections to the API, as far as seen */
    size_t active;          /* transfers of calls */
    size_t sending;         /* of these, that hold a connection or stream */
    struct transfer_list running, pool;
    size_t pooled;
    struct exchange_list done;
    struct carrier *next_abandoned;
};

usec carrier_now(const struct carrier *carrier);

/* A transfer out of the pool, or a new one; NULL when memory runs out. */
struct transfer *transfer_take(struct carrier *carrier);

/* Sets every option that its exchange needs; false when memory runs out or libcurl lacks one. */
bool transfer_configure(struct transfer *transfer);

/* Makes one that had an unfit connection ready to go out on a new one, within the time that it has
 * left; false when memory runs out. */
bool transfer_refresh(struct transfer *transfer);

/* How it ended. */
struct curl_failure transfer_failure(const struct transfer *transfer, CURLcode code);

/* Puts it back. */
void transfer_give(struct transfer *transfer);

void transfer_free(struct transfer *transfer);

#endif
