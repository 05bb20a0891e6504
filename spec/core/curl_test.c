/* The transport over libcurl, against a server on this machine. */
#include "check.h"
#include "curl.h"
#include "header.h"
#include "poller.h"
#include "secret.h"
#include "server.h"

#define JSON_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

struct world {
    struct server server;
    struct transport_settings settings;
    struct transport *transport;
    char url[128];
};

static void open_world(struct world *world, const struct server_answer *answers, size_t count) {
    assert_true(secret_init_libraries());
    server_start(&world->server, answers, count);
    world->settings = (struct transport_settings){
        .clock = &system_clock,
        .max_connections = 4,
        .max_response = 1000 * 1000,
        .user_agent = "User-Agent: test/1",
        .plain = true,
    };
    world->transport = curl_open(&world->settings);
    assert_non_null(world->transport);
    snprintf(world->url, sizeof world->url, "http://127.0.0.1:%u/order/7", world->server.port);
}

static void close_world(struct world *world) {
    if (world->transport)
        world->transport->close(world->transport);
    server_stop(&world->server);
    server_free(&world->server);
}

static struct exchange exchange_of(const struct world *world) {
    return (struct exchange){
        .method = "GET",
        .url = world->url,
        .authorization = "Authorization: Bearer abc",
        .connect_timeout = 5 * USEC_PER_SEC,
        .timeout = 10 * USEC_PER_SEC,
    };
}

/* Drives the transport until one exchange is over. */
static void carry_out(struct world *world, struct exchange *exchange) {
    struct transport *transport = world->transport;
    transport->start(transport, exchange);
    for (;;) {
        usec now = system_clock.monotonic(NULL);
        transport->step(transport, now, now + 2000);
        struct exchange *done = transport->next_done(transport);
        if (done) {
            assert_ptr_equal(done, exchange);
            return;
        }
        usec due = transport->due(transport);
        double wait = due == USEC_NEVER ? 10 : due > now ? usec_to_seconds(due - now) : 0;
        poller_wait(transport->pollfd(transport), wait);
    }
}

/* A world of one answer and one exchange. */
static void exchange_with(struct world *world, struct exchange *exchange,
                          const struct server_answer *answer) {
    open_world(world, answer, 1);
    *exchange = exchange_of(world);
    carry_out(world, exchange);
}

/* How the exchange of such a world ends. */
static void expect_end(const struct server_answer *answer, enum exchange_failure failure,
                       int status) {
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, answer);
    assert_int_equal(exchange.failure, failure);
    assert_int_equal(exchange.status, status);
    exchange_clear(&exchange);
    close_world(&world);
}

static const char *header_of(const struct exchange *exchange, const char *name) {
    size_t size = exchange->headers_received.size;
    for (const char *at = exchange->headers_received.data; size && *at;) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
        if (at >= exchange->headers_received.data + size)
            break;
    }
    return NULL;
}

static void a_whole_answer_comes_back(void **state) {
    (void)state;
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 201 Created\r\nX-Thing:  a b \t\r\nContent-Length: 7\r\n\r\n{\"a\":1}"};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
    assert_int_equal(exchange.status, 201);
    assert_true(exchange.sent);
    assert_string_equal(exchange.body_received.data, "{\"a\":1}");
    assert_string_equal(header_of(&exchange, "x-thing"), "a b");
    assert_int_equal(exchange.connections_opened, 1);
    exchange_clear(&exchange);
    close_world(&world);
}

static void the_request_is_what_was_asked_and_no_more(void **state) {
    (void)state;
    static const char *const headers[] = {"X-Mine: 1", NULL};
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    struct exchange exchange = exchange_of(&world);
    exchange.method = "POST";
    exchange.body = "{\"b\":2}";
    exchange.body_size = 7;
    exchange.content_type = "Content-Type: application/json";
    exchange.headers = headers;
    carry_out(&world, &exchange);
    exchange_clear(&exchange);
    const char *head = world.server.heads[0];
    assert_contains(head, "POST /order/7 HTTP/1.1\r\n");
    assert_contains(head, "Authorization: Bearer abc\r\n");
    assert_contains(head, "Content-Type: application/json\r\n");
    assert_contains(head, "Accept: application/json\r\n");
    assert_contains(head, "User-Agent: test/1\r\n");
    assert_contains(head, "X-Mine: 1\r\n");
    assert_contains(head, "Content-Length: 7\r\n");
    assert_int_equal(world.server.body_sizes[0], 7);
    close_world(&world);
}

static void a_user_agent_of_the_programs_takes_the_place_of_ours(void **state) {
    (void)state;
    static const char *const headers[] = {"X-Mine: 1", "user-agent: mine/2", NULL};
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    struct exchange exchange = exchange_of(&world);
    exchange.headers = headers;
    carry_out(&world, &exchange);
    exchange_clear(&exchange);
    assert_contains(world.server.heads[0], "user-agent: mine/2\r\n");
    assert_null(strstr(world.server.heads[0], "test/1"));
    close_world(&world);
}

/* What changes something is answered in a few lines. */
static void what_only_reads_may_be_answered_compressed(void **state) {
    (void)state;
    static const struct {
        const char *method;
        bool reads;
    } cases[] = {{"GET", true}, {"POST", false}, {"PUT", false}, {"GET", true}};
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange exchange = exchange_of(&world);
        exchange.method = cases[i].method;
        carry_out(&world, &exchange);
        exchange_clear(&exchange);
        const char *head = world.server.heads[i];
        assert_int_equal(strstr(head, "Accept-Encoding: ") != NULL, cases[i].reads);
        assert_null(strstr(head, "Accept-Encoding:\r\n"));
    }
    close_world(&world);
}

static void a_request_without_a_body_says_so_where_one_is_due(void **state) {
    (void)state;
    static const struct {
        const char *method;
        bool has_length;
    } cases[] = {{"POST", true}, {"PUT", true}, {"PATCH", true}, {"GET", false}, {"DELETE", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct server_answer answer = {.bytes = JSON_ANSWER};
        struct world world;
        open_world(&world, &answer, 1);
        struct exchange exchange = exchange_of(&world);
        exchange.method = cases[i].method;
        carry_out(&world, &exchange);
        exchange_clear(&exchange);
        const char *head = world.server.heads[0];
        assert_int_equal(strstr(head, "Content-Length: 0\r\n") != NULL, cases[i].has_length);
        assert_null(strstr(head, "Content-Type"));
        close_world(&world);
    }
}

static void paths_and_methods_go_out_as_they_are(void **state) {
    (void)state;
    static const struct {
        const char *method, *path, *line;
    } cases[] = {
        {"GET", "/a/../b/./c", "GET /a/../b/./c HTTP/1.1\r\n"},
        {"GET", "/order/%2e%2e%2Fx?q=a%20b", "GET /order/%2e%2e%2Fx?q=a%20b HTTP/1.1\r\n"},
        {"DELETE", "/x", "DELETE /x HTTP/1.1\r\n"},
        {"PATCH", "/x", "PATCH /x HTTP/1.1\r\n"},
        {"POST", "/x", "POST /x HTTP/1.1\r\n"},
    };
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    char base[64];
    snprintf(base, sizeof base, "http://127.0.0.1:%u", world.server.port);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exchange exchange = exchange_of(&world);
        snprintf(world.url, sizeof world.url, "%s%s", base, cases[i].path);
        exchange.method = cases[i].method;
        carry_out(&world, &exchange);
        assert_int_equal(exchange.status, 200);
        exchange_clear(&exchange);
        /* The server has written it down before it answered. */
        assert_contains(world.server.heads[i], cases[i].line);
    }
    close_world(&world);
}

/* The easy handle is the same one, as long as all goes well. */
static void nothing_of_an_exchange_is_in_the_next(void **state) {
    (void)state;
    static const char *const headers[] = {"X-Mine: 1", "X-Other: 2", NULL};
    static const struct exchange shapes[] = {
        {.method = "POST",
         .authorization = "Authorization: Bearer abc",
         .content_type = "Content-Type: text/csv",
         .headers = headers,
         .body = "a,b",
         .body_size = 3},
        {.method = "GET"},
        {.method = "HEAD", .headers = headers},
        {.method = "POST"},
        {.method = "DELETE", .authorization = "Authorization: Bearer xyz"},
        {.method = "PUT",
         .content_type = "Content-Type: application/json",
         .body = "{}",
         .body_size = 2},
        {.method = "HEAD"},
        {.method = "DELETE", .content_type = "Content-Type: text/csv", .body = "a", .body_size = 1},
    };
    const size_t count = COUNT_OF(shapes);
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 307 Elsewhere\r\nLocation: /else\r\nSet-Cookie: a=b\r\n"
                 "WWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"};
    struct world world;
    open_world(&world, &answer, 1);
    for (size_t i = 0; i < 2 * count; i++) {
        struct exchange exchange = shapes[i % count];
        exchange.url = world.url;
        exchange.timeout = exchange.connect_timeout = 5 * USEC_PER_SEC;
        carry_out(&world, &exchange);
        assert_int_equal(exchange.status, 307);
        exchange_clear(&exchange);
        if (i >= count) /* where each has a transport of its own: what they are to be like */
            continue;
        world.transport->close(world.transport);
        world.transport = curl_open(&world.settings);
    }
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(world.server.heads[count + i], world.server.heads[i]);
        assert_int_equal(world.server.body_sizes[count + i], world.server.body_sizes[i]);
    }
    close_world(&world);
    assert_int_equal(world.server.connections, count + 1);
}

static void each_exchange_has_its_own_time(void **state) {
    (void)state;
    const usec times[] = {10 * USEC_PER_SEC, 50 * 1000, 200 * 1000};
    const struct server_answer answers[] = {{.bytes = JSON_ANSWER}, {.bytes = NULL}};
    for (size_t i = 1; i < COUNT_OF(times); i++) {
        struct world world;
        open_world(&world, answers, 2);
        struct exchange first = exchange_of(&world), second = first;
        first.timeout = times[i - 1];
        second.timeout = times[i];
        carry_out(&world, &first);
        assert_int_equal(first.failure, EXCHANGE_COMPLETE);
        usec before = system_clock.monotonic(NULL);
        carry_out(&world, &second);
        usec took = system_clock.monotonic(NULL) - before;
        assert_int_equal(second.failure, EXCHANGE_TIMEOUT);
        assert_true(took > times[i] - 20 * 1000 && took < 5 * USEC_PER_SEC);
        exchange_clear(&first);
        exchange_clear(&second);
        close_world(&world);
    }
}

static void a_large_body_is_sent_without_asking_first(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    const size_t size = 2 * 1024 * 1024;
    struct world world;
    open_world(&world, &answer, 1);
    struct exchange exchange = exchange_of(&world);
    char *body = malloc(size);
    memset(body, ' ', size);
    exchange.method = "POST";
    exchange.body = body;
    exchange.body_size = size;
    carry_out(&world, &exchange);
    assert_int_equal(exchange.status, 200);
    exchange_clear(&exchange);
    assert_null(strcasestr(world.server.heads[0], "expect"));
    assert_int_equal(world.server.body_sizes[0], size);
    free(body);
    close_world(&world);
}

/* libcurl by itself would send the second request again, on a new connection. */
static void a_request_that_was_read_is_never_repeated_behind_our_back(void **state) {
    (void)state;
    const struct server_answer answers[] = {
        {.bytes = JSON_ANSWER}, {.bytes = NULL, .hang_up = true}, {.bytes = JSON_ANSWER}};
    struct world world;
    open_world(&world, answers, 3);
    struct exchange first = exchange_of(&world), second = exchange_of(&world);
    carry_out(&world, &first);
    assert_int_equal(first.status, 200);
    second.method = "POST";
    second.body = "{}";
    second.body_size = 2;
    carry_out(&world, &second);
    assert_int_equal(second.failure, EXCHANGE_LOST);
    assert_int_equal(second.status, 0);
    assert_true(second.sent);
    exchange_clear(&first);
    exchange_clear(&second);
    close_world(&world);
    assert_int_equal(world.server.requests, 2);
}

static void interim_answers_are_passed_over(void **state) {
    (void)state;
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}"};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
    assert_int_equal(exchange.status, 200);
    assert_null(header_of(&exchange, "link"));
    assert_string_equal(header_of(&exchange, "x-a"), "1");
    exchange_clear(&exchange);
    close_world(&world);
}

static void a_connection_that_breaks_after_an_interim_answer_is_lost(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = "HTTP/1.1 103 Early Hints\r\n\r\n",
                                         .hang_up = true};
    expect_end(&answer, EXCHANGE_LOST, 0);
}

static void what_is_no_http_is_nonsense(void **state) {
    (void)state;
    static const struct server_answer answers[] = {
        {.bytes = "hello, this is no HTTP\r\n\r\n", .hang_up = true},
        {.bytes = "{\"success\":true,\"data\":{}}", .hang_up = true},
        {.bytes = "SSH-2.0-OpenSSH_9.2\r\n", .hang_up = true},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct world world;
        struct exchange exchange;
        exchange_with(&world, &exchange, &answers[i]);
        assert_int_equal(exchange.failure, EXCHANGE_NONSENSE);
        assert_int_equal(exchange.status, 0);
        assert_int_equal(exchange.body_received.size, 0);
        exchange_clear(&exchange);
        close_world(&world);
    }
}

static void a_body_that_is_cut_short_is_told_from_a_whole_one(void **state) {
    (void)state;
    static const struct server_answer answers[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", .hang_up = true},
        {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"", .hang_up = 1},
        {.bytes = "HTTP/1.1 200 OK\r\nX-A: 1\r\n", .hang_up = true},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        expect_end(&answers[i], EXCHANGE_CUT, 200);
    }
}

static void only_the_first_line_of_a_head_is_its_status(void **state) {
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 500 X\r\nHTTP/1.1 200: y\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 100 Continue\r\nHTTP/1.1 200: y\r\n\r\n"
        "HTTP/1.1 500 X\r\nHTTP/1.1 409: z\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        "HTTP/1.1 200: y\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        const struct server_answer answer = {.bytes = answers[i]};
        expect_end(&answer, EXCHANGE_COMPLETE, 500);
    }
}

/* libcurl takes what it does not know for a status of 200, and a 101 for the last head there is. */
static void an_answer_has_a_status_or_is_none(void **state) {
    (void)state;
    static const struct server_answer answers[] = {
        {.bytes = "http/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}"},
        {.bytes = "HTTP/1.1 101 Switching Protocols\r\n\r\n{}", .hang_up = true},
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        expect_end(&answers[i], EXCHANGE_NONSENSE, 0);
    }
}

/* libcurl reads lines of up to 100 KB, and says that memory ran out, or that one is too large. */
static void a_line_without_an_end_is_too_long(void **state) {
    (void)state;
    static char block[200 * 1024];
    const char head[] = "HTTP/1.1 200 OK\r\nX: ";
    memset(block, 'x', sizeof block);
    memcpy(block, head, sizeof head - 1);
    const struct server_answer answer = {.bytes = block, .size = sizeof block, .hang_up = true};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_TOO_LARGE);
    assert_contains(exchange.detail, "has a header that is too long");
    exchange_clear(&exchange);
    close_world(&world);
}

/* A handle of libcurl before 8.1.0 that is used again still knows the last header of the answer
 * before, which is gone, and would fold the line into it. */
static void a_head_that_begins_with_a_folded_line_folds_into_nothing(void **state) {
    (void)state;
    static const char *const heads[] = {
        "HTTP/1.1 200 OK\r\n Date: x\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n\tDate: x\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n \r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 103 Early Hints\r\n Link: x\r\n\r\n" JSON_ANSWER,
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n Date: x\r\n"
        "Content-Length: 2\r\n\r\n{}",
    };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        const struct server_answer answers[] = {
            {.bytes = JSON_ANSWER}, {.bytes = heads[i], .hang_up = true}, {.bytes = JSON_ANSWER}};
        struct world world;
        open_world(&world, answers, 3);
        for (int round = 0; round < 3; round++) {
            struct exchange exchange = exchange_of(&world);
            carry_out(&world, &exchange);
            if (round != 1)
                assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
            else if (exchange.failure != EXCHANGE_COMPLETE) /* a libcurl may leave the line out */
                assert_int_equal(exchange.failure, EXCHANGE_NONSENSE);
            exchange_clear(&exchange);
        }
        close_world(&world);
    }
}

/* libcurl hands out pieces of 16 KB, of which each may begin with a space. */
static void a_long_header_is_no_folded_line(void **state) {
    (void)state;
    static char head[64 * 1024];
    memset(head, ' ', sizeof head);
    int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nX-Long: a");
    head[size] = ' ';
    strcpy(head + sizeof head - 40, "b\r\nContent-Length: 2\r\n\r\n{}");
    const struct server_answer answers[] = {{.bytes = JSON_ANSWER}, {.bytes = head}};
    struct world world;
    open_world(&world, answers, 2);
    for (int round = 0; round < 2; round++) {
        struct exchange exchange = exchange_of(&world);
        carry_out(&world, &exchange);
        assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
        assert_string_equal(exchange.body_received.data, "{}");
        exchange_clear(&exchange);
    }
    close_world(&world);
}

static void broken_compression_is_nonsense(void **state) {
    (void)state;
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_NONSENSE);
    exchange_clear(&exchange);
    close_world(&world);
}

/* Of each layer, libcurl makes a thousand times as much for the next, and nobody is asked between.
 */
static void a_body_that_is_compressed_more_than_once_is_not_read(void **state) {
    (void)state;
    static const char twice[] = /* "{}" */
        "\037\213\010\000\000\000\000\000\002\003\223\357\346\140\000\001\046\346\325\353\130\031"
        "\234\367\057\133\314\004\344\001\000\143\344\306\037\026\000\000\000";
    const size_t size = sizeof twice - 1;
    static const char *const codings[] = {"Content-Encoding: gzip, gzip",
                                          "Content-Encoding: gzip\r\nContent-Encoding: gzip",
                                          "Transfer-Encoding: gzip\r\nContent-Encoding: gzip"};
    for (size_t i = 0; i < COUNT_OF(codings); i++) {
        char bytes[512];
        int head =
            snprintf(bytes, sizeof bytes, "HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %zu\r\n\r\n",
                     codings[i], size);
        memcpy(bytes + head, twice, size);
        const struct server_answer answer = {
            .bytes = bytes, .size = (size_t)head + size, .hang_up = true};
        struct world world;
        struct exchange exchange;
        exchange_with(&world, &exchange, &answer);
        assert_int_equal(exchange.failure, EXCHANGE_NONSENSE);
        assert_contains(exchange.detail, "more than once");
        exchange_clear(&exchange);
        close_world(&world);
    }
}

static void a_body_beyond_the_limit_is_not_read_on(void **state) {
    (void)state;
    static char block[65536];
    const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    memset(block, ' ', sizeof block);
    memcpy(block, head, sizeof head - 1);
    /* Without a length: the head and then spaces, for ever. Later heads are part of the body. */
    const struct server_answer answer = {
        .bytes = block, .size = sizeof block, .repeat = 1000, .hang_up = true};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_TOO_LARGE);
    assert_int_equal(exchange.status, 200);
    assert_true(exchange.body_received.size <= world.settings.max_response);
    exchange_clear(&exchange);
    close_world(&world);
}

static void a_body_of_the_limit_is_read(void **state) {
    (void)state;
    static char block[1000 * 1000 + 64];
    int head = snprintf(block, 64, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    memset(block + head, ' ', 1000 * 1000);
    const struct server_answer answer = {.bytes = block, .size = (size_t)head + 1000 * 1000};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
    assert_int_equal(exchange.body_received.size, 1000 * 1000);
    exchange_clear(&exchange);
    close_world(&world);
}

static void a_flood_of_headers_is_not_read_on(void **state) {
    (void)state;
    static const char *const floods[] = {"X-Flood: water\r\n", "\r\nHTTP/1.1 100 Continue\r\n"};
    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        static char block[400 * 1024];
        size_t size = (size_t)snprintf(block, sizeof block, "HTTP/1.1 100 Continue\r\n");
        while (size + 32 < sizeof block)
            size += (size_t)snprintf(block + size, sizeof block - size, "%s", floods[i]);
        const struct server_answer answer = {.bytes = block, .size = size, .hang_up = true};
        struct world world;
        struct exchange exchange;
        exchange_with(&world, &exchange, &answer);
        assert_int_equal(exchange.failure, EXCHANGE_TOO_LARGE);
        assert_contains(exchange.detail, "more headers than are read");
        assert_true(exchange.headers_received.size <= MOST_HEADER_BYTES);
        exchange_clear(&exchange);
        close_world(&world);
    }
}

static void redirects_are_not_followed(void **state) {
    (void)state;
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
    assert_int_equal(exchange.status, 302);
    exchange_clear(&exchange);
    close_world(&world);
    assert_int_equal(world.server.requests, 1);
}

static void proxies_never_see_plain_http(void **state) {
    (void)state;
    static const char *const proxies[] = {NULL, "environment", "http://127.0.0.1:1"};
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    for (size_t i = 0; i < COUNT_OF(proxies); i++) {
        struct world world;
        open_world(&world, &answer, 1);
        world.transport->close(world.transport);
        world.settings.proxy.url = (char *)proxies[i];
        world.transport = curl_open(&world.settings);
        struct exchange exchange = exchange_of(&world);
        carry_out(&world, &exchange);
        assert_int_equal(exchange.status, 200);
        exchange_clear(&exchange);
        close_world(&world);
    }
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

/* Whether a request to a port that nobody listens on, by way of this proxy, gets to the server. */
static bool goes_to_the_server(const char *proxy_url) {
    const struct server_answer answer = {
        .bytes = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", .hang_up = true};
    struct world world;
    char address[64];
    open_world(&world, &answer, 1);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", world.server.port);
    setenv("https_proxy", address, 1);
    world.transport->close(world.transport);
    world.settings.plain = false;
    world.settings.proxy.url = (char *)(proxy_url ? proxy_url : address);
    world.transport = curl_open(&world.settings);
    struct exchange exchange = exchange_of(&world);
    exchange.url = "https://127.0.0.1:1/order/7";
    carry_out(&world, &exchange);
    assert_int_equal(exchange.failure, EXCHANGE_CONNECT);
    exchange_clear(&exchange);
    close_world(&world);
    unsetenv("https_proxy");
    return world.server.requests > 0;
}

/* NO_PROXY says which hosts the proxies of the environment are not for. */
static void the_environment_makes_no_exceptions_from_a_proxy_that_is_named(void **state) {
    (void)state;
    static const char *const variables[] = {"NO_PROXY", "no_proxy"};
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        assert_true(goes_to_the_server("environment"));
        setenv(variables[i], "127.0.0.1", 1);
        assert_true(goes_to_the_server(NULL));
        assert_false(goes_to_the_server("environment"));
        unsetenv(variables[i]);
    }
}

static void connections_are_reused_but_for_logins(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    for (int i = 0; i < 5; i++) {
        struct exchange exchange = exchange_of(&world);
        exchange.login = i == 2;
        carry_out(&world, &exchange);
        assert_int_equal(exchange.connections_opened, i == 0 || i == 2);
        exchange_clear(&exchange);
    }
    close_world(&world);
    assert_int_equal(world.server.connections, 2);
}

static void an_answer_that_nobody_asked_for_belongs_to_nobody(void **state) {
    (void)state;
    static const char *const strays[] = {
        "HTTP/1.1 408 Request Time-out\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nConte",
        "HTTP/1.1 103 Early Hints\r\n\r\n",
        "\r\n",
    };
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    for (size_t i = 0; i < COUNT_OF(strays); i++) {
        struct world world;
        struct exchange exchange;
        exchange_with(&world, &exchange, &answer);
        server_speak(&world.server, strays[i]);
        carry_out(&world, &exchange);
        assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
        assert_int_equal(exchange.status, 200);
        assert_string_equal(exchange.body_received.data, "{}");
        assert_true(exchange.sent);
        assert_int_equal(exchange.connections_opened, 1);
        exchange_clear(&exchange);
        close_world(&world);
        assert_int_equal(world.server.requests, 2);
        assert_int_equal(world.server.connections, 2);
    }
}

static void what_comes_right_behind_an_answer_belongs_to_nobody(void **state) {
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    };
    const size_t sizes[] = {0, 100 * 1000}; /* the second is more than libcurl reads at once */
    for (size_t i = 0; i < COUNT_OF(answers) * COUNT_OF(sizes); i++) {
        static char bytes[101 * 1000];
        size_t more = sizes[i / COUNT_OF(answers)];
        snprintf(bytes, sizeof bytes, "%sHTTP/1.1 408 Request Time-out\r\nX-Long: %0*d\r\n\r\n",
                 answers[i % COUNT_OF(answers)], (int)more, 0);
        const struct server_answer said[] = {{.bytes = bytes}, {.bytes = JSON_ANSWER}};
        struct world world;
        open_world(&world, said, COUNT_OF(said));
        struct exchange exchange = exchange_of(&world);
        for (size_t number = 0; number < COUNT_OF(said); number++) {
            carry_out(&world, &exchange);
            assert_int_equal(exchange.failure, EXCHANGE_COMPLETE);
            assert_int_equal(exchange.status, 200);
        }
        assert_string_equal(exchange.body_received.data, "{}");
        exchange_clear(&exchange);
        close_world(&world);
        assert_int_equal(world.server.requests, 2);
    }
}

static void the_connection_that_is_taken_instead_is_used_again(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    world.transport->close(world.transport);
    world.settings.max_connections = 1; /* the place of the one that is closed */
    world.transport = curl_open(&world.settings);
    struct exchange exchange = exchange_of(&world);
    carry_out(&world, &exchange);
    server_speak(&world.server, JSON_ANSWER);
    for (int i = 0; i < 3; i++) {
        carry_out(&world, &exchange);
        assert_int_equal(exchange.connections_opened, i == 0);
    }
    exchange_clear(&exchange);
    close_world(&world);
    assert_int_equal(world.server.requests, 4);
}

/* The server is gone when the second connection is wanted: it can be said for sure that nothing was
 * sent. */
static void what_was_kept_from_a_stray_answer_was_not_sent(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    struct exchange exchange;
    exchange_with(&world, &exchange, &answer);
    server_speak(&world.server, "HTTP/1.1 408 Request Time-out\r\n\r\n");
    server_stop(&world.server);
    carry_out(&world, &exchange);
    assert_int_equal(exchange.failure, EXCHANGE_CONNECT);
    assert_int_equal(exchange.status, 0);
    assert_false(exchange.sent);
    assert_null(strstr(exchange.detail, "callback"));
    exchange_clear(&exchange);
    world.transport->close(world.transport);
    server_free(&world.server);
}

static void where_nobody_listens_nothing_is_sent(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    server_stop(&world.server);
    struct exchange exchange = exchange_of(&world);
    carry_out(&world, &exchange);
    assert_int_equal(exchange.failure, EXCHANGE_CONNECT);
    assert_false(exchange.sent);
    assert_true(exchange.detail[0]);
    exchange_clear(&exchange);
    world.transport->close(world.transport);
    server_free(&world.server);
}

static void time_runs_out_for_a_server_that_is_silent(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = NULL};
    struct world world;
    open_world(&world, &answer, 1);
    struct exchange exchange = exchange_of(&world);
    exchange.timeout = 20 * 1000;
    carry_out(&world, &exchange);
    assert_int_equal(exchange.failure, EXCHANGE_TIMEOUT);
    assert_true(exchange.sent);
    exchange_clear(&exchange);
    close_world(&world);
}

static void exchanges_can_be_cancelled_at_any_time(void **state) {
    (void)state;
    const struct server_answer answer = {.bytes = JSON_ANSWER};
    struct world world;
    open_world(&world, &answer, 1);
    struct transport *transport = world.transport;
    for (int steps = 0; steps < 12; steps++) {
        struct exchange exchange = exchange_of(&world);
        exchange.login = steps % 4 == 3;
        transport->start(transport, &exchange);
        for (int i = 0; i < steps; i++) {
            usec now = system_clock.monotonic(NULL);
            transport->step(transport, now, now + 2000);
        }
        transport->cancel(transport, &exchange);
        assert_null(transport->next_done(transport));
        exchange_clear(&exchange);
    }
    close_world(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer_comes_back),
        cmocka_unit_test(the_request_is_what_was_asked_and_no_more),
        cmocka_unit_test(a_user_agent_of_the_programs_takes_the_place_of_ours),
        cmocka_unit_test(what_only_reads_may_be_answered_compressed),
        cmocka_unit_test(a_request_without_a_body_says_so_where_one_is_due),
        cmocka_unit_test(paths_and_methods_go_out_as_they_are),
        cmocka_unit_test(nothing_of_an_exchange_is_in_the_next),
        cmocka_unit_test(each_exchange_has_its_own_time),
        cmocka_unit_test(a_large_body_is_sent_without_asking_first),
        cmocka_unit_test(a_request_that_was_read_is_never_repeated_behind_our_back),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(a_connection_that_breaks_after_an_interim_answer_is_lost),
        cmocka_unit_test(what_is_no_http_is_nonsense),
        cmocka_unit_test(a_body_that_is_cut_short_is_told_from_a_whole_one),
        cmocka_unit_test(only_the_first_line_of_a_head_is_its_status),
        cmocka_unit_test(an_answer_has_a_status_or_is_none),
        cmocka_unit_test(a_line_without_an_end_is_too_long),
        cmocka_unit_test(a_head_that_begins_with_a_folded_line_folds_into_nothing),
        cmocka_unit_test(a_long_header_is_no_folded_line),
        cmocka_unit_test(broken_compression_is_nonsense),
        cmocka_unit_test(a_body_that_is_compressed_more_than_once_is_not_read),
        cmocka_unit_test(a_body_beyond_the_limit_is_not_read_on),
        cmocka_unit_test(a_body_of_the_limit_is_read),
        cmocka_unit_test(a_flood_of_headers_is_not_read_on),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(proxies_never_see_plain_http),
        cmocka_unit_test(the_environment_makes_no_exceptions_from_a_proxy_that_is_named),
        cmocka_unit_test(connections_are_reused_but_for_logins),
        cmocka_unit_test(an_answer_that_nobody_asked_for_belongs_to_nobody),
        cmocka_unit_test(what_comes_right_behind_an_answer_belongs_to_nobody),
        cmocka_unit_test(the_connection_that_is_taken_instead_is_used_again),
        cmocka_unit_test(what_was_kept_from_a_stray_answer_was_not_sent),
        cmocka_unit_test(where_nobody_listens_nothing_is_sent),
        cmocka_unit_test(time_runs_out_for_a_server_that_is_silent),
        cmocka_unit_test(exchanges_can_be_cancelled_at_any_time),
    };
    return cmocka_run_group_tests_name("curl", tests, NULL, NULL);
}
