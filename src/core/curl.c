#include "curl.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "transfer.h"

enum {
    MOST_STREAMS = 100, /* that libcurl opens on one HTTP/2 connection */
    MOST_POOLED = 256   /* easy handles kept for later */
};

struct curl {
    struct transport transport; /* first, so that one pointer is the other */
    struct wire wire;
    int poller;
    /* The first is the one that new transfers go to. The others have fallen silent: they are kept
     * until what is under way on them has ended. */
    struct connections_list connections;
    size_t active; /* transfers of calls */
    struct transfer_list running, pool;
    size_t pooled;
    struct exchange_list done;
    struct curl *next_abandoned;
};

/* Out of the pool, which is for calls, or a new one; NULL when memory runs out. */
static struct transfer *take_transfer(struct curl *curl, bool login) {
    struct transfer *transfer = login ? NULL : TAILQ_FIRST(&curl->pool);
    if (!transfer)
        return transfer_new(&curl->wire, login);
    TAILQ_REMOVE(&curl->pool, transfer, link);
    curl->pooled--;
    return transfer;
}

static void give_transfer(struct curl *curl, struct transfer *transfer, bool reusable) {
    if (reusable && curl->pooled < MOST_POOLED) {
        TAILQ_INSERT_HEAD(&curl->pool, transfer, link);
        curl->pooled++;
    } else {
        transfer_free(transfer);
    }
}

static void limit_connections(struct curl *curl, bool login) {
    connections_limit(TAILQ_FIRST(&curl->connections),
                      curl->wire.settings.max_connections + (login ? 1 : 0));
}

static bool open_connections(struct curl *curl) {
    struct connections *connections = connections_open(curl->wire.settings.clock, curl->poller,
                                                       curl->wire.settings.max_connections);
    if (connections)
        TAILQ_INSERT_HEAD(&curl->connections, connections, link);
    return connections;
}

static void close_connections(struct curl *curl, struct connections *connections) {
    TAILQ_REMOVE(&curl->connections, connections, link);
    connections_close(connections);
}

/*
 * The end of a transfer.
 */

static void finish(struct curl *curl, struct exchange *exchange, enum exchange_failure failure) {
    exchange->failure = failure;
    exchange->transfer = NULL;
    TAILQ_INSERT_TAIL(&curl->done, exchange, link);
}

/* Whether nothing at all has come since the request left, until its time was up (libcurl's timers
 * may be a moment early). Over HTTP/1.1 libcurl then closes the connection; over HTTP/2 it would go
 * on using it. */
static bool has_fallen_silent(const struct transfer *transfer) {
    const struct exchange *exchange = transfer->exchange;
    const usec moment = 5000;
    return transfer->wire->protocol != HTTP_1 && !exchange->login && exchange->sent &&
           transfer->connections->heard == transfer->heard &&
           wire_now(transfer->wire) >= transfer->started + exchange->timeout - moment;
}

/* Hands the transfer to libcurl; false when memory runs out. */
static bool attach(struct curl *curl, struct transfer *transfer) {
    struct connections *connections = TAILQ_FIRST(&curl->connections);
    if (curl_multi_add_handle(connections->multi, transfer->easy) != CURLM_OK)
        return false;
    transfer->connections = connections;
    connections->transfers++;
    return true;
}

/* Takes it out again. */
static void detach(struct curl *curl, struct transfer *transfer) {
    struct connections *connections = transfer->connections;
    long opened = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &opened);
    transfer->exchange->connections_opened += opened;
    curl_multi_remove_handle(connections->multi, transfer->easy);
    if (--connections->transfers == 0 && connections != TAILQ_FIRST(&curl->connections))
        close_connections(curl, connections);
}

/* From here on the exchange holds a place, until leave(). */
static void enter(struct curl *curl, struct transfer *transfer) {
    transfer->exchange->transfer = transfer;
    TAILQ_INSERT_TAIL(&curl->running, transfer, link);
    if (transfer->exchange->login)
        limit_connections(curl, true);
    else
        curl->active++;
}

/* The exchange, which has ended so, is its caller's again. */
static void leave(struct curl *curl, struct transfer *transfer, enum exchange_failure failure) {
    struct exchange *exchange = transfer->exchange;
    TAILQ_REMOVE(&curl->running, transfer, link);
    if (exchange->login) {
        limit_connections(curl, false);
    } else {
        curl->active--;
        curl->wire.sending -= exchange->sent;
    }
    exchange->transfer = NULL;
    give_transfer(curl, transfer, transfer_is_reusable(transfer, failure));
}

static void end_transfer(struct curl *curl, struct transfer *transfer,
                         enum exchange_failure failure) {
    if (transfer->connections == TAILQ_FIRST(&curl->connections) && has_fallen_silent(transfer))
        open_connections(curl); /* or, without memory, goes on with the old ones */
    detach(curl, transfer);
    leave(curl, transfer, failure);
}

static void cancel(struct transport *transport, struct exchange *exchange) {
    struct curl *curl = (struct curl *)transport;
    if (exchange->transfer)
        end_transfer(curl, exchange->transfer, EXCHANGE_LOST);
    else
        TAILQ_REMOVE(&curl->done, exchange, link);
}

static CURLMsg *next_message(struct curl *curl) {
    struct connections *connections;
    int left;
    TAILQ_FOREACH (connections, &curl->connections, link) {
        CURLMsg *message = curl_multi_info_read(connections->multi, &left);
        if (message)
            return message; /* that a transfer is done: there are no others */
    }
    return NULL;
}

/* Gives the transfer to libcurl and lets it begin; it may be over already. */
static void begin(struct curl *curl, struct transfer *transfer, bool configured) {
    struct exchange *exchange = transfer->exchange;
    if (configured && attach(curl, transfer)) {
        connections_run_timer(transfer->connections);
    } else {
        leave(curl, transfer, EXCHANGE_MEMORY);
        finish(curl, exchange, EXCHANGE_MEMORY);
    }
}

static void note_failure(struct transfer *transfer, const char *why) {
    struct exchange *exchange = transfer->exchange;
    snprintf(exchange->detail, sizeof exchange->detail, "%s", why);
    curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &exchange->verify_result);
}

/* Moves one finished transfer's exchange to the done ones, or lets it begin anew, on a connection
 * that nobody has used; false: none has finished. */
static bool collect_one(struct curl *curl) {
    CURLMsg *message = next_message(curl);
    if (!message)
        return false;
    CURLcode code = message->data.result;
    struct transfer *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    if (transfer->unfit) {
        detach(curl, transfer);
        begin(curl, transfer, transfer_refresh(transfer));
        return true;
    }
    struct exchange *exchange = transfer->exchange;
    struct curl_failure end = transfer_failure(transfer, code);
    if (end.failure != EXCHANGE_COMPLETE)
        note_failure(transfer, end.why);
    end_transfer(curl, transfer, end.failure);
    finish(curl, exchange, end.failure);
    return true;
}

static void start(struct transport *transport, struct exchange *exchange) {
    struct curl *curl = (struct curl *)transport;
    struct transfer *transfer = take_transfer(curl, exchange->login);
    exchange_clear(exchange);
    exchange->body_received.secret = exchange->login;
    if (!transfer) {
        finish(curl, exchange, EXCHANGE_MEMORY);
        return;
    }
    bool configured = transfer_configure(transfer, exchange);
    enter(curl, transfer);
    /* Now, one at a time, so that the caller can stop between two. */
    begin(curl, transfer, configured);
    while (collect_one(curl))
        continue;
}

static struct exchange *next_done(struct transport *transport) {
    struct curl *curl = (struct curl *)transport;
    while (TAILQ_EMPTY(&curl->done) && collect_one(curl))
        continue;
    struct exchange *exchange = TAILQ_FIRST(&curl->done);
    if (exchange)
        TAILQ_REMOVE(&curl->done, exchange, link);
    return exchange;
}

/*
 * Driving.
 */

static void run_timers(struct curl *curl, usec now) {
    struct connections *connections;
    TAILQ_FOREACH (connections, &curl->connections, link)
        if (connections->due <= now)
            connections_run_timer(connections);
}

/* One that an event is not about takes no notice of it. */
static void run(struct curl *curl, const struct poller_event *event) {
    struct connections *connections;
    TAILQ_FOREACH (connections, &curl->connections, link)
        connections_run(connections, event);
}

static bool step(struct transport *transport, usec now, usec until) {
    struct curl *curl = (struct curl *)transport;
    struct poller_event events[8];
    const int most = sizeof events / sizeof *events;
    int count;
    run_timers(curl, now);
    do {
        count = poller_events(curl->poller, events, most);
        for (int i = 0; i < count; i++) {
            run(curl, &events[i]);
            /* What is left is still there for the next time: epoll tells levels, not edges. */
            if ((i + 1 < count || count == most) && wire_now(&curl->wire) >= until)
                return true;
        }
    } while (count == most);
    return false;
}

/*
 * HTTP/2 carries many calls on few connections, HTTP/1.1 one on each. Before the first answer it
 * is as for HTTP/1.1. So no call waits inside libcurl for a connection that is in use, unless the
 * server allows fewer streams than libcurl opens.
 */
static bool ready(const struct transport *transport) {
    const struct curl *curl = (const struct curl *)transport;
    size_t connections = curl->wire.settings.max_connections;
    return curl->active <
           (curl->wire.protocol == HTTP_2 ? connections * MOST_STREAMS : connections);
}

static usec due(const struct transport *transport) {
    const struct curl *curl = (const struct curl *)transport;
    const struct connections *connections;
    usec first = TAILQ_EMPTY(&curl->done) ? USEC_NEVER : 0;
    TAILQ_FOREACH (connections, &curl->connections, link)
        first = connections->due < first ? connections->due : first;
    return first;
}

static int pollfd(const struct transport *transport) {
    return ((const struct curl *)transport)->poller;
}

static void close_curl(struct transport *transport) {
    struct curl *curl = (struct curl *)transport;
    struct transfer *transfer;
    while ((transfer = TAILQ_FIRST(&curl->running)) != NULL)
        end_transfer(curl, transfer, EXCHANGE_LOST);
    while ((transfer = TAILQ_FIRST(&curl->pool)) != NULL) {
        TAILQ_REMOVE(&curl->pool, transfer, link);
        transfer_free(transfer);
    }
    while (!TAILQ_EMPTY(&curl->connections))
        close_connections(curl, TAILQ_FIRST(&curl->connections));
    if (curl->poller >= 0)
        close(curl->poller);
    sockets_free(&curl->wire.sockets);
    free(curl);
}

/*
 * The handles stay allocated for good, since cleaning them up would say goodbye on connections
 * that are the parent's. They remain reachable from here, for whoever looks for leaks.
 */
static _Atomic(struct curl *) abandoned;

static void abandon(struct transport *transport) {
    struct curl *curl = (struct curl *)transport;
    struct transfer *transfer;
    sockets_close_all(&curl->wire.sockets);
    close(curl->poller);
    TAILQ_FOREACH (transfer, &curl->running, link)
        transfer->exchange->transfer = NULL;
    curl->next_abandoned = atomic_load(&abandoned);
    while (!atomic_compare_exchange_weak(&abandoned, &curl->next_abandoned, curl))
        continue;
}

struct transport *curl_open(const struct transport_settings *settings) {
    struct curl *curl = calloc(1, sizeof *curl);
    if (!curl)
        return NULL;
    curl->transport = (struct transport){
        .start = start,
        .cancel = cancel,
        .ready = ready,
        .step = step,
        .next_done = next_done,
        .due = due,
        .pollfd = pollfd,
        .close = close_curl,
        .abandon = abandon,
    };
    wire_init(&curl->wire, settings);
    TAILQ_INIT(&curl->running);
    TAILQ_INIT(&curl->pool);
    TAILQ_INIT(&curl->done);
    TAILQ_INIT(&curl->connections);
    curl->poller = poller_open();
    if (curl->poller < 0 || !open_connections(curl)) {
        int reason = curl->poller < 0 ? errno : ENOMEM;
        close_curl(&curl->transport);
        errno = reason;
        return NULL;
    }
    return &curl->transport;
}
