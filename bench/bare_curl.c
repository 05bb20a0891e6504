/*
 * What a client costs that does nothing but hand requests to libcurl: posts orders, looks at the
 * status, and forgets the rest.
 *
 *     bare_curl URL CA_FILE TOKEN COUNT IN_FLIGHT BODY
 *
 * In BODY, %d stands for the number of the order. One at a time, one easy handle does it all; more
 * are driven by libcurl's socket interface over epoll. IN_FLIGHT orders are sent first, so that the
 * connections are there. Prints how many were accepted in all, and the seconds and the CPU seconds
 * that the COUNT took.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { BODY_SIZE = 4096 };

struct order {
    CURL *easy;
    char body[BODY_SIZE];
};

static const char *url, *ca_file, *body_format;
static struct curl_slist *headers;
static int started, ended, accepted, poller;
static long wait_ms;

static double seconds_of(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t ignore(char *bytes, size_t one, size_t size, void *context) {
    (void)bytes;
    (void)context;
    return one * size;
}

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known) {
    struct epoll_event event = {.data.fd = socket};
    (void)easy;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    if (what == CURL_POLL_REMOVE)
        epoll_ctl(poller, EPOLL_CTL_DEL, socket, &event);
    else
        epoll_ctl(poller, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    curl_multi_assign(context, socket, what == CURL_POLL_REMOVE ? NULL : &poller);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *context) {
    (void)multi;
    (void)context;
    wait_ms = timeout_ms;
    return 0;
}

static void prepare(struct order *order) {
    order->easy = curl_easy_init();
    curl_easy_setopt(order->easy, CURLOPT_PRIVATE, order);
    curl_easy_setopt(order->easy, CURLOPT_URL, url);
    curl_easy_setopt(order->easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(order->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(order->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(order->easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(order->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(order->easy, CURLOPT_WRITEFUNCTION, ignore);
}

static void write_order(struct order *order) {
    const char *place = strstr(body_format, "%d");
    int size = snprintf(order->body, sizeof order->body, "%.*s%d%s", (int)(place - body_format),
                        body_format, 1000000 + started++, place + 2);
    curl_easy_setopt(order->easy, CURLOPT_POSTFIELDS, order->body);
    curl_easy_setopt(order->easy, CURLOPT_POSTFIELDSIZE, (long)size);
}

static void look(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    accepted += status == 200;
    ended++;
}

static void run_one_at_a_time(struct order *order, int count) {
    while (started < count) {
        write_order(order);
        curl_easy_perform(order->easy);
        look(order->easy);
    }
}

static void begin(CURLM *multi, struct order *order) {
    write_order(order);
    curl_multi_add_handle(multi, order->easy);
}

/* Begins another one for each that is over, as long as `count` were not begun. */
static void collect(CURLM *multi, int count) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct order *order;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &order);
        look(order->easy);
        curl_multi_remove_handle(multi, order->easy);
        if (started < count)
            begin(multi, order);
    }
}

static void run_together(CURLM *multi, struct order *orders, int in_flight, int count) {
    int running;
    for (int i = 0; i < in_flight && started < count; i++)
        begin(multi, &orders[i]);
    while (ended < count) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, (int)wait_ms);
        for (int i = 0; i < ready; i++) {
            int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                       (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(multi, events[i].data.fd, what, &running);
        }
        if (ready == 0)
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        collect(multi, count);
    }
}

static void run(CURLM *multi, struct order *orders, int in_flight, int count) {
    if (in_flight == 1)
        run_one_at_a_time(orders, count);
    else
        run_together(multi, orders, in_flight, count);
}

int main(int argc, char **argv) {
    if (argc != 7)
        return 2;
    url = argv[1];
    ca_file = argv[2];
    body_format = argv[6];
    int count = atoi(argv[4]), in_flight = atoi(argv[5]);
    char authorization[4096];
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", argv[3]);
    headers = curl_slist_append(NULL, authorization);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    poller = epoll_create1(0);

    struct order *orders = calloc((size_t)in_flight, sizeof *orders);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
    for (int i = 0; i < in_flight; i++)
        prepare(&orders[i]);
    run(multi, orders, in_flight, in_flight);
    double began = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    run(multi, orders, in_flight, in_flight + count);
    printf("%d %.6f %.6f\n", accepted, seconds_of(CLOCK_MONOTONIC) - began,
           seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return 0;
}
