#include "transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tls.h"

/*
 * Before 8.1.0, libcurl keeps in a handle the address of the last header that it stored, beyond the
 * life of that header, which ends when the next transfer begins. When the first line that it is to
 * store then is a folded one, it writes there. So there it is asked to hand the lines of a head to
 * the function for bodies, too (CURLOPT_HEADER): it does that, in pieces, before it stores them.
 */
static bool must_preview(void) {
    const unsigned mended = 0x080100;
    return curl_version_info(CURLVERSION_NOW)->version_num < mended;
}

void wire_init(struct wire *wire, const struct transport_settings *settings) {
    *wire = (struct wire){
        .settings = *settings,
        .proxy_headers.data = (char *)settings->user_agent,
        .own_tls = tls_is_ours(),
        .previews = must_preview(),
        .protocol = settings->plain ? HTTP_1 : UNKNOWN_PROTOCOL,
    };
}

usec wire_now(const struct wire *wire) {
    return wire->settings.clock->monotonic(wire->settings.clock->context);
}

/*
 * What libcurl calls. None of these does more than note what happened.
 */

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    struct wire *wire = context;
    (void)purpose;
    return sockets_open(&wire->sockets, address->family, address->socktype, address->protocol);
}

static int close_socket(void *context, curl_socket_t fd) {
    struct wire *wire = context;
    return sockets_close(&wire->sockets, fd);
}

/* Ends the transfer from within a callback. */
static size_t refuse(struct transfer *transfer, enum exchange_failure failure, const char *why) {
    transfer->refused = failure;
    transfer->why = why;
    return CURL_WRITEFUNC_ERROR;
}

static bool is_fit(const struct transfer *transfer, int local_port) {
    struct wire *wire = transfer->wire;
    return reuse_is_safe(&(struct reuse){
        .easy = transfer->easy,
        .sockets = &wire->sockets,
        .local_port = local_port,
        .own_tls = wire->own_tls,
        .http2 = wire->protocol == HTTP_2,
    });
}

/*
 * Called when the connection stands and the request is about to go out. A second time within one
 * transfer means that libcurl is about to repeat a request that may have arrived: stop it. On an
 * unfit connection, which libcurl then closes, nothing goes out either.
 */
static int about_to_send(void *context, char *remote_ip, char *local_ip, int remote_port,
                         int local_port) {
    struct transfer *transfer = context;
    struct wire *wire = transfer->wire;
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    if (transfer->exchange->sent) {
        refuse(transfer, EXCHANGE_LOST, "it was closed");
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->unfit = !is_fit(transfer, local_port);
    if (transfer->unfit)
        return CURL_PREREQFUNC_ABORT;
    transfer->exchange->sent = true;
    transfer->heard = transfer->connections->heard;
    if (!transfer->exchange->login) {
        wire->sending++;
        /* More requests under way than there are sockets: some share one. */
        if (wire->protocol == UNKNOWN_PROTOCOL && wire->sending > wire->sockets.count)
            wire->protocol = HTTP_2;
    }
    return CURL_PREREQFUNC_OK;
}

/* Logins have connections of their own. */
static void hear(const struct transfer *transfer) {
    if (!transfer->exchange->login)
        transfer->connections->heard++;
}

static void note_status(struct transfer *transfer) {
    const struct head *head = &transfer->head;
    if (!transfer->exchange->login)
        transfer->wire->protocol = head->major >= 2 ? HTTP_2 : HTTP_1;
    if (head_is_final(head))
        transfer->exchange->status = head->status;
}

static size_t receive_header(char *line, size_t one, size_t size, void *context) {
    struct transfer *transfer = context;
    struct head *head = &transfer->head;
    bool first = head->place == HEAD_DUE;
    (void)one;
    hear(transfer);
    transfer->line_begun = false;
    switch (head_read(head, &transfer->exchange->headers_received, line, size)) {
    case HEAD_NONSENSE:
        return refuse(transfer, EXCHANGE_NONSENSE, "its first line is no status line");
    case HEAD_TOO_LARGE:
        return refuse(transfer, EXCHANGE_TOO_LARGE, "has more headers than are read");
    case HEAD_NO_MEMORY:
        return refuse(transfer, EXCHANGE_MEMORY, "");
    case HEAD_GOES_ON:
        break;
    }
    if (first)
        note_status(transfer);
    else if (head->place == HEAD_BEGUN)
        transfer->stored = true;
    /* A few kilobytes that were compressed three times keep libcurl busy for minutes. */
    if (head->place == HEAD_OVER && header_codings(&transfer->exchange->headers_received) > 1)
        return refuse(transfer, EXCHANGE_NONSENSE, "its body is compressed more than once");
    return size;
}

/* A head that begins with a folded line ends here, before libcurl stores that. */
static size_t preview_line(struct transfer *transfer, const char *line, size_t size) {
    bool folded = !transfer->line_begun && (*line == ' ' || *line == '\t');
    transfer->line_begun = true;
    if (folded && transfer->head.place == HEAD_BEGUN && !transfer->stored)
        return refuse(transfer, EXCHANGE_NONSENSE, "one of its headers is none");
    return size;
}

/* Bodies come behind a final head; and behind a 101, which libcurl takes for one. */
static bool is_of_head(const struct head *head) {
    return head->place != HEAD_OVER && !(head->place == HEAD_DUE && head->status == 101);
}

static size_t receive_body(char *bytes, size_t one, size_t size, void *context) {
    struct transfer *transfer = context;
    struct buffer *body = &transfer->exchange->body_received;
    (void)one;
    hear(transfer);
    if (transfer->wire->previews && is_of_head(&transfer->head))
        return preview_line(transfer, bytes, size);
    if (transfer->head.place != HEAD_OVER)
        return refuse(transfer, EXCHANGE_NONSENSE, "it has a body and no final status");
    if (size > transfer->wire->settings.max_response - body->size)
        return refuse(transfer, EXCHANGE_TOO_LARGE,
                      "is larger than max_response: raise that, or ask for less");
    if (!buffer_add(body, bytes, size))
        return refuse(transfer, EXCHANGE_MEMORY, "");
    return size;
}

static CURLcode prepare_tls(CURL *easy, void *ssl_context, void *context) {
    struct transfer *transfer = context;
    (void)easy;
    trust_install(transfer->wire->settings.trusted, ssl_context);
    tls_throttle(ssl_context, &transfer->connections->allowance);
    return CURLE_OK;
}

enum { MOST_TRACED = 4096 /* bytes of a line */ };

/* All of it, or nothing when memory runs out. */
static void add_line(struct buffer *lines, const char *mark, const char *line, size_t size) {
    size_t start = lines->size;
    size = strnlen(line, size < MOST_TRACED ? size : MOST_TRACED);
    if (!buffer_add_text(lines, mark) || !buffer_add(lines, line, size) ||
        !buffer_add(lines, "\n", 1))
        buffer_cut(lines, start);
}

/* Appends lines, each behind a mark that says whose it is. */
static int trace(CURL *easy, curl_infotype type, char *bytes, size_t size, void *context) {
    static const char *const marks[] = {
        [CURLINFO_TEXT] = "* ", [CURLINFO_HEADER_IN] = "< ", [CURLINFO_HEADER_OUT] = "> "};
    struct wire *wire = context;
    const char *line = bytes, *end = bytes + size;
    (void)easy;
    while (type <= CURLINFO_HEADER_OUT && line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        if (length && line[length - 1] == '\r')
            length--;
        if (length)
            add_line(wire->settings.trace, marks[type], line, length);
        line = newline ? newline + 1 : end;
    }
    return 0;
}

/*
 * From an exchange to a transfer.
 */

/* Whether the method is one whose requests say how long their body is, be it empty. */
static bool has_body(const struct exchange *exchange) {
    const char *method = exchange->method;
    return exchange->body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static bool names_user_agent(const char *const *headers) {
    static const char name[] = "User-Agent:";
    for (; headers && *headers; headers++)
        if (strncasecmp(*headers, name, sizeof name - 1) == 0)
            return true;
    return false;
}

enum { MOST_OWN_HEADERS = 6, LARGE_BODY = 64 * 1024 };

/* Those that are not the exchange's; returns how many. libcurl writes what it is told of in other
 * ways, a User-Agent for instance, letter by letter twice; this, once. */
static size_t list_own_headers(const struct transfer *transfer, const char **lines) {
    const struct exchange *exchange = transfer->exchange;
    size_t count = 0;
    lines[count++] = "Accept: application/json";
    if (!names_user_agent(exchange->headers))
        lines[count++] = transfer->wire->settings.user_agent;
    if (exchange->authorization)
        lines[count++] = exchange->authorization;
    /* Without one, libcurl would call an empty body a form. */
    lines[count++] = exchange->content_type ? exchange->content_type : "Content-Type:";
    /* What changes something is answered in a few lines, which nobody need compress. */
    if (has_body(exchange))
        lines[count++] = "Accept-Encoding:";
    /* Never wait for "100 Continue", as libcurl would for a megabyte. */
    if (exchange->body_size > LARGE_BODY)
        lines[count++] = "Expect:";
    return count;
}

static bool reserve_nodes(struct transfer *transfer, size_t count) {
    if (count <= transfer->nodes_capacity)
        return true;
    struct curl_slist *nodes = realloc(transfer->nodes, count * sizeof *nodes);
    if (!nodes)
        return false;
    transfer->nodes = nodes;
    transfer->nodes_capacity = count;
    return true;
}

/* The header list as an array of nodes whose strings are others': nothing is copied. */
static struct curl_slist *list_headers(struct transfer *transfer) {
    const char *own[MOST_OWN_HEADERS];
    const char *const *more = transfer->exchange->headers;
    size_t own_count = list_own_headers(transfer, own), count = own_count;
    while (more && more[count - own_count])
        count++;
    if (!reserve_nodes(transfer, count))
        return NULL;
    /* libcurl only reads these strings, whatever its type says. */
    struct curl_slist *nodes = transfer->nodes;
    for (size_t i = 0; i < count; i++)
        nodes[i] = (struct curl_slist){
            .data = (char *)(i < own_count ? own[i] : more[i - own_count]),
            .next = i + 1 < count ? &nodes[i + 1] : NULL,
        };
    return nodes;
}

static long in_milliseconds(usec duration) {
    return duration < 1000                ? 1
           : duration / 1000 > 1000000000 ? 1000000000
                                          : (long)(duration / 1000);
}

#define SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK

/*
 * What is the same for all calls, or all logins, is set once. Each part is false when memory runs
 * out or libcurl lacks an option.
 */

static bool set_http(CURL *easy, struct wire *wire) {
    const long send_at_once = 16 * 1024; /* a record of TLS; a buffer of that size is made and wiped
                                            for each request with a body */
    bool ok = true;
    SET(CURLOPT_PROTOCOLS_STR, wire->settings.plain ? "http" : "https");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROXYHEADER, &wire->proxy_headers);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, send_at_once);
    SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl understands */
    SET(CURLOPT_HEADER, wire->previews ? 1L : 0L);
    return ok;
}

static bool set_callbacks(CURL *easy, struct transfer *transfer) {
    struct wire *wire = transfer->wire;
    bool ok = curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK;
    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, receive_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_PREREQFUNCTION, about_to_send);
    SET(CURLOPT_PREREQDATA, transfer);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, wire);
    SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, wire);
    SET(CURLOPT_ERRORBUFFER, transfer->detail);
    if (wire->settings.trace) {
        SET(CURLOPT_VERBOSE, 1L);
        SET(CURLOPT_DEBUGFUNCTION, trace);
        SET(CURLOPT_DEBUGDATA, wire);
    }
    return ok;
}

static bool set_connection(CURL *easy, const struct wire *wire, bool login) {
    bool ok = true;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a name look-up that is stuck is left behind, not waited for */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)(login ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    SET(CURLOPT_FORBID_REUSE, login ? 1L : 0L);
    /* Rather share a connection than open another. Not without TLS: that is HTTP/1.1, and a call
     * would only wait until another's answer says so. */
    SET(CURLOPT_PIPEWAIT, login || wire->settings.plain ? 0L : 1L);
    return ok;
}

static bool set_proxy(CURL *easy, const struct transport_settings *settings) {
    bool ok = true;
    const struct proxy *proxy = &settings->proxy;
    if (!proxy->url || strcmp(proxy->url, "environment") != 0 || settings->plain) {
        /* Whatever the environment says. */
        SET(CURLOPT_PROXY, proxy->url && !settings->plain ? proxy->url : "");
        SET(CURLOPT_NOPROXY, "");
    }
    if (!settings->plain && proxy->user)
        SET(CURLOPT_PROXYUSERNAME, proxy->user);
    if (!settings->plain && proxy->password)
        SET(CURLOPT_PROXYPASSWORD, proxy->password);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's status is not the API's */
    return ok;
}

static bool set_tls(CURL *easy, const struct transport_settings *settings,
                    struct transfer *transfer) {
    bool ok = true;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (settings->trusted) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
        SET(CURLOPT_SSL_CTX_DATA, transfer);
    } else {
        if (settings->ca_file || settings->ca_path)
            SET(CURLOPT_CAINFO, settings->ca_file);
        SET(CURLOPT_CAPATH,
            settings->ca_path); /* NULL: libcurl reads CAINFO once, then caches it */
    }
    if (settings->client_cert)
        SET(CURLOPT_SSLCERT, settings->client_cert);
    if (settings->client_key)
        SET(CURLOPT_SSLKEY, settings->client_key);
    return ok;
}

/*
 * What may differ is set for each exchange, whatever the one before has left there.
 */

static bool set_request(CURL *easy, const struct exchange *exchange, struct curl_slist *headers) {
    bool ok = headers != NULL;
    const char *method = exchange->method;
    bool head = strcmp(method, "HEAD") == 0;
    SET(CURLOPT_URL, exchange->url);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_size);
    SET(CURLOPT_POSTFIELDS, exchange->body ? exchange->body : "");
    /* Each of these undoes the others. */
    if (head)
        SET(CURLOPT_NOBODY, 1L);
    else if (has_body(exchange))
        SET(CURLOPT_POST, 1L);
    else
        SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_CUSTOMREQUEST, head || strcmp(method, "POST") == 0 ? NULL : method);
    return ok;
}

static bool set_course(CURL *easy, const struct exchange *exchange) {
    bool ok = true;
    SET(CURLOPT_CONNECTTIMEOUT_MS, in_milliseconds(exchange->connect_timeout));
    SET(CURLOPT_TIMEOUT_MS, in_milliseconds(exchange->timeout));
    SET(CURLOPT_FRESH_CONNECT, exchange->login ? 1L : 0L);
    return ok;
}

#undef SET

bool transfer_configure(struct transfer *transfer, struct exchange *exchange) {
    CURL *easy = transfer->easy;
    transfer->exchange = exchange;
    transfer->started = wire_now(transfer->wire);
    transfer->unfit = false;
    transfer->head = (struct head){0};
    transfer->line_begun = transfer->stored = false;
    transfer->refused = EXCHANGE_COMPLETE;
    transfer->why = NULL;
    transfer->detail[0] = '\0';
    return set_request(easy, exchange, list_headers(transfer)) && set_course(easy, exchange);
}

void transfer_free(struct transfer *transfer) {
    curl_easy_cleanup(transfer->easy);
    free(transfer->nodes);
    free(transfer);
}

struct transfer *transfer_new(struct wire *wire, bool login) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->wire = wire;
    transfer->easy = curl_easy_init();
    CURL *easy = transfer->easy;
    if (easy && set_http(easy, wire) && set_callbacks(easy, transfer) &&
        set_connection(easy, wire, login) && set_proxy(easy, &wire->settings) &&
        set_tls(easy, &wire->settings, transfer))
        return transfer;
    transfer_free(transfer);
    return NULL;
}

/* Of logins, libcurl's buffers in the handle have held the secret. After a failure, it keeps count
 * of what it has tried. */
bool transfer_is_reusable(const struct transfer *transfer, enum exchange_failure failure) {
    return failure == EXCHANGE_COMPLETE && !transfer->exchange->login;
}

bool transfer_refresh(struct transfer *transfer) {
    usec left = transfer->started + transfer->exchange->timeout - wire_now(transfer->wire);
    transfer->unfit = false;
    transfer->detail[0] = '\0';
    return curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, in_milliseconds(left)) == CURLE_OK;
}

/*
 * From a transfer back to the exchange.
 */

struct curl_failure transfer_failure(const struct transfer *transfer, CURLcode code) {
    const struct head *head = &transfer->head;
    const struct exchange *exchange = transfer->exchange;
    if (transfer->refused)
        return (struct curl_failure){transfer->refused, transfer->why};
    if (code == CURLE_OK && head->place == HEAD_OVER)
        return (struct curl_failure){EXCHANGE_COMPLETE, ""};
    struct curl_failure end = curl_failure(code, transfer->detail);
    /* All that libcurl says then is that it could not connect. */
    int reason = transfer->wire->sockets.reason;
    if (end.failure == EXCHANGE_CONNECT && (reason == EMFILE || reason == ENFILE))
        end.why = "too many files are open";
    if (end.failure == EXCHANGE_LOST && exchange->status)
        end.failure = EXCHANGE_CUT;
    /* Before 8.6.0, libcurl has one code for both; it is hardly ever memory. */
    if (end.failure == EXCHANGE_MEMORY && exchange->sent && head->place != HEAD_OVER)
        end = (struct curl_failure){EXCHANGE_TOO_LARGE,
                                    "has a header that is too long (or memory ran out)"};
    return end;
}
