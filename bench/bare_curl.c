/*
 * What a client costs that does nothing but hand requests to libcurl: posts orders over HTTP/2, all
 * in flight at once as far as libcurl allows, looks at the status, and forgets the rest.
 *
 *     bare_curl URL CA_FILE TOKEN COUNT IN_FLIGHT BODY
 *
 * In BODY, %d stands for the number of the order. Prints the CPU seconds that this took, one
 * connection being there already, and how many were accepted.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { BODY_SIZE = 4096 };

struct order {
    CURL *easy;
    char body[BODY_SIZE];
};

static const char *url, *ca_file, *body_format;
static struct curl_slist *headers;
static int started, accepted;

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static size_t ignore(char *bytes, size_t one, size_t size, void *context) {
    (void)bytes;
    (void)context;
    return one * size;
}

static void write_body(struct order *order) {
    const char *place = strstr(body_format, "%d");
    snprintf(order->body, sizeof order->body, "%.*s%d%s", (int)(place - body_format), body_format,
             started++, place + 2);
}

static void begin(CURLM *multi, struct order *order) {
    write_body(order);
    curl_easy_setopt(order->easy, CURLOPT_PRIVATE, order);
    curl_easy_setopt(order->easy, CURLOPT_URL, url);
    curl_easy_setopt(order->easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(order->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(order->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(order->easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(order->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(order->easy, CURLOPT_POSTFIELDS, order->body);
    curl_easy_setopt(order->easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_multi_add_handle(multi, order->easy);
}

/* Begins another one for each that is over, as long as `count` were not begun; returns how many. */
static int collect(CURLM *multi, int count) {
    CURLMsg *message;
    int left, before = started;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct order *order;
        long status = 0;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &order);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        accepted += status == 200 || status == 409; /* libcurl repeats some by itself */
        curl_multi_remove_handle(multi, order->easy);
        if (started < count)
            begin(multi, order);
    }
    return started - before;
}

static void run(CURLM *multi, struct order *orders, int in_flight, int count) {
    int running, begun;
    for (int i = 0; i < in_flight && started < count; i++)
        begin(multi, &orders[i]);
    do {
        curl_multi_perform(multi, &running);
        begun = collect(multi, count);
        if (running && !begun)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    } while (running || begun);
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

    struct order *orders = calloc((size_t)in_flight, sizeof *orders);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 8L);
    for (int i = 0; i < in_flight; i++)
        orders[i].easy = curl_easy_init();
    run(multi, orders, 1, 1);
    double before = cpu_seconds();
    run(multi, orders, in_flight, count + 1);
    printf("%.6f %d\n", cpu_seconds() - before, accepted - 1);
    return 0;
}
