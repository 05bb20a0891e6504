#include "look.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "options.h"
#include "tls.h"
#include "transfer.h"

struct look {
    struct settings settings;
    struct wire wire;
    CURLM *multi;
    struct connections connections; /* counts what comes, and no more */
    struct exchange exchange;
    struct transfer *transfer; /* under way; NULL: all is done */
    bool named;                /* name look-up is over */
    usec due;                  /* by when all is to be over */
    usec secured;              /* when TLS began; 0: it has not */
    char *url;                 /* of the exchange */
    struct sight sight;
};

/*
 * What libcurl and OpenSSL call.
 */

/* Notes the address that a socket is wanted for, and gives none: libcurl goes on to the next. */
static curl_socket_t note_address(void *context, curlsocktype purpose, struct curl_sockaddr *to) {
    struct sight *sight = context;
    (void)purpose;
    const void *address = to->family == AF_INET6
                              ? (const void *)&((struct sockaddr_in6 *)&to->addr)->sin6_addr
                              : (const void *)&((struct sockaddr_in *)&to->addr)->sin_addr;
    if (sight->address_count < MOST_ADDRESSES &&
        inet_ntop(to->family, address, sight->addresses[sight->address_count], INET6_ADDRSTRLEN))
        sight->address_count++;
    return CURL_SOCKET_BAD;
}

/* Notes what is being verified. Changes nothing about what comes of it. */
static int note_certificate(int verified, X509_STORE_CTX *verification) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct sight *sight = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    X509 *leaf = X509_STORE_CTX_get0_cert(verification);
    X509 *current = X509_STORE_CTX_get_current_cert(verification);
    certificate_read(&sight->certificate, leaf);
    memset(&sight->culprit, 0, sizeof sight->culprit);
    if (!verified && current && X509_cmp(current, leaf) != 0)
        certificate_read(&sight->culprit, current);
    snprintf(sight->tls_version, sizeof sight->tls_version, "%s", SSL_get_version(ssl));
    return verified;
}

static CURLcode prepare_tls(CURL *easy, void *ssl_context, void *context) {
    struct look *look = context;
    (void)easy;
    look->secured = wire_now(&look->wire);
    trust_install(look->settings.transport.trusted, ssl_context);
    SSL_CTX_set_app_data(ssl_context, &look->sight);
    SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, note_certificate);
    return CURLE_OK;
}

/*
 * One transfer after the other.
 */

static bool prepare(struct look *look) {
    CURL *easy = look->transfer->easy;
    look->transfer->connections = &look->connections;
    bool ok = transfer_configure(look->transfer, &look->exchange);
    if (!look->named)
        return ok && curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, note_address) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &look->sight) == CURLE_OK;
    return ok && (!look->settings.transport.trusted ||
                  (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, prepare_tls) == CURLE_OK &&
                   curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, look) == CURLE_OK));
}

/* A login's connection is its own, and speaks HTTP/1.1. */
static bool start(struct look *look) {
    usec left = look->due - wire_now(&look->wire);
    look->exchange.connect_timeout = look->exchange.timeout = left;
    look->transfer = transfer_new(&look->wire, true);
    return look->transfer && prepare(look) &&
           curl_multi_add_handle(look->multi, look->transfer->easy) == CURLM_OK;
}

static void stop(struct look *look) {
    if (!look->transfer)
        return;
    curl_multi_remove_handle(look->multi, look->transfer->easy);
    transfer_free(look->transfer);
    look->transfer = NULL;
}

static void fail(struct look *look, enum look_part part) {
    struct sight *sight = &look->sight;
    sight->failed = part;
    sight->kind = kind_of_failure(look->exchange.failure);
    describe_failure(&sight->message, &look->exchange);
}

static void note_failure(struct look *look, struct curl_failure end) {
    struct exchange *exchange = &look->exchange;
    exchange->failure = end.failure;
    snprintf(exchange->detail, sizeof exchange->detail, "%s", end.why);
    curl_easy_getinfo(look->transfer->easy, CURLINFO_SSL_VERIFYRESULT, &exchange->verify_result);
}

static double time_of(CURL *easy, CURLINFO what) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy, what, &microseconds);
    return usec_to_seconds(microseconds);
}

/* Where what has failed belongs. */
static enum look_part part_of(const struct look *look) {
    const struct sight *sight = &look->sight;
    switch (look->exchange.failure) {
    case EXCHANGE_COMPLETE:
        return LOOK_PARTS;
    case EXCHANGE_RESOLVE:
        return LOOK_NAME;
    case EXCHANGE_CONNECT:
        return LOOK_TCP;
    case EXCHANGE_TLS:
        return LOOK_TLS;
    default:
        return sight->tcp_seconds <= 0                    ? LOOK_TCP
               : sight->tls_seconds <= 0 && !sight->plain ? LOOK_TLS
                                                          : LOOK_ANSWER;
    }
}

static void read_date(struct look *look) {
    const struct buffer *headers = &look->exchange.headers_received;
    const char *name = headers->data, *end = headers->data + headers->size;
    while (name && name < end) {
        const char *value = name + strlen(name) + 1;
        if (strcmp(name, "date") == 0) {
            time_t date = curl_getdate(value, NULL);
            look->sight.server_time = date > 0 ? (double)date : 0;
        }
        name = value + strlen(value) + 1;
    }
}

static void note_times(struct look *look) {
    CURL *easy = look->transfer->easy;
    struct sight *sight = &look->sight;
    /* libcurl 7.88 doesn't say, when TLS has failed. */
    const double until_tls =
        look->secured ? usec_to_seconds(look->secured - look->transfer->started) : 0;
    const double tcp_told = time_of(easy, CURLINFO_CONNECT_TIME_T);
    const double tcp = tcp_told > 0 ? tcp_told : until_tls;
    const double tls = time_of(easy, CURLINFO_APPCONNECT_TIME_T);
    const double before = sight->plain ? tcp : tls;
    const char *peer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &peer);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &sight->port);
    snprintf(sight->peer, sizeof sight->peer, "%s", peer ? peer : "");
    if (tcp > 0)
        sight->tcp_seconds = tcp - time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
    if (tls > 0)
        sight->tls_seconds = tls - tcp;
    if (before > 0 && look->exchange.status)
        sight->answer_seconds = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T) - before;
}

static void end_naming(struct look *look, struct curl_failure end) {
    look->sight.name_seconds = time_of(look->transfer->easy, CURLINFO_NAMELOOKUP_TIME_T);
    note_failure(look, end);
    stop(look);
    look->named = true;
    if (look->sight.address_count == 0) {
        fail(look, LOOK_NAME);
        return;
    }
    exchange_clear(&look->exchange);
    if (!start(look)) {
        stop(look);
        look->exchange.failure = EXCHANGE_MEMORY;
        fail(look, LOOK_TCP);
    }
}

static void end_look(struct look *look, struct curl_failure end) {
    const struct clock *clock = look->settings.transport.clock;
    look->sight.our_time = usec_to_seconds(clock->wall(clock->context));
    look->sight.status = look->exchange.status;
    note_failure(look, end);
    note_times(look);
    read_date(look);
    if (end.failure != EXCHANGE_COMPLETE)
        fail(look, part_of(look));
    stop(look);
}

bool look_step(struct look *look, int milliseconds) {
    int count;
    CURLMsg *message;
    curl_multi_perform(look->multi, &count);
    while (look->transfer && (message = curl_multi_info_read(look->multi, &count)) != NULL) {
        struct curl_failure end = transfer_failure(look->transfer, message->data.result);
        if (look->named)
            end_look(look, end);
        else
            end_naming(look, end);
    }
    if (look->transfer)
        curl_multi_poll(look->multi, NULL, 0, milliseconds, NULL);
    return !look->transfer;
}

const struct sight *look_sight(const struct look *look) {
    return &look->sight;
}

/*
 * Beginning and end.
 */

/* Nobody logs in here. */
static struct spreetail_options without_credentials(const struct spreetail_options *given) {
    struct spreetail_options options = *given;
    options.client_id = options.client_secret = "-";
    options.client_secret_file = NULL;
    return options;
}

static bool begin(struct look *look) {
    struct settings *settings = &look->settings;
    if (asprintf(&look->url, "%s/", settings->base_url) < 0) {
        look->url = NULL;
        return false;
    }
    settings->transport.clock = &system_clock;
    wire_init(&look->wire, &settings->transport);
    look->exchange.method = "HEAD";
    look->exchange.url = look->url;
    look->exchange.login = true;
    look->due = wire_now(&look->wire) + settings->timeout;
    look->sight.plain = settings->transport.plain;
    look->sight.other_tls = !look->wire.own_tls;
    look->sight.failed = LOOK_PARTS;
    error_host(&look->exchange, look->sight.host);
    look->multi = curl_multi_init();
    return look->multi && start(look);
}

struct look *look_open(const struct spreetail_options *given, struct spreetail_error *error) {
    struct spreetail_options options = without_credentials(given);
    struct look *look = calloc(1, sizeof *look);
    bool settled = look && settings_read(&look->settings, &options, error) &&
                   settings_read_trust(&look->settings, error);
    if (settled && begin(look))
        return look;
    if (!look || settled)
        error_say(error, SPREETAIL_CONFIG, "memory ran out before the server was looked at");
    look_close(look);
    return NULL;
}

void look_close(struct look *look) {
    if (!look)
        return;
    stop(look);
    if (look->multi)
        curl_multi_cleanup(look->multi);
    sockets_free(&look->wire.sockets);
    exchange_clear(&look->exchange);
    buffer_free(&look->sight.message);
    settings_clear(&look->settings);
    free(look->url);
    free(look);
}
