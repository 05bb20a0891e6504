#include "connections.h"

#include <stdlib.h>

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
    connections->due = milliseconds < 0 ? USEC_NEVER : now(connections) + (usec)milliseconds * 1000;
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

void connections_hear(struct connections *connections) {
    connections->heard_at = now(connections);
}
