#include "check.h"
#include "error.h"

static void set(struct spreetail_error *error, enum spreetail_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set(struct spreetail_error *error, enum spreetail_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set(error, kind, format, arguments);
    va_end(arguments);
}

static void a_message_is_one_line_of_text(void **state) {
    (void)state;
    struct spreetail_error error;
    set(&error, SPREETAIL_SERVER, "a\r\n%s\tb\x1b[31m", "\x7f");
    assert_string_equal(error.message, "a    b [31m");
    assert_true(error.retry_after < 0);
    assert_int_equal(error.status, 0);
    spreetail_error_clear(&error);
    assert_null(error.message);
    assert_int_equal(error.kind, SPREETAIL_OK);

    set(&error, SPREETAIL_SERVER, "%.4s (HTTP 500)", "ab \xe2\x82\xac"); /* a character is cut */
    assert_string_equal(error.message, "ab ? (HTTP 500)");
    spreetail_error_clear(&error);
}

static void only_what_may_pass_is_retryable(void **state) {
    (void)state;
    static const enum spreetail_kind passing[] = {
        SPREETAIL_RATE_LIMIT, SPREETAIL_SERVER,   SPREETAIL_NETWORK,
        SPREETAIL_TIMEOUT,    SPREETAIL_PROTOCOL,
    };
    bool expected[SPREETAIL_CLOSED + 1] = {false};
    for (size_t i = 0; i < COUNT_OF(passing); i++)
        expected[passing[i]] = true;
    for (int kind = SPREETAIL_CONFIG; kind <= SPREETAIL_CLOSED; kind++) {
        struct spreetail_error error;
        set(&error, (enum spreetail_kind)kind, "x");
        assert_int_equal(error.retryable, expected[kind]);
        spreetail_error_clear(&error);
    }
}

static void a_copy_stands_for_itself_and_shares_details(void **state) {
    (void)state;
    struct spreetail_error error, copy;
    set(&error, SPREETAIL_REJECTED, "x");
    error.details = json_pack("[i]", 1);
    error_copy(&copy, &error);
    spreetail_error_clear(&error);
    assert_string_equal(copy.message, "x");
    assert_int_equal(json_array_size(copy.details), 1);
    spreetail_error_clear(&copy);

    const struct spreetail_error constant = {.kind = SPREETAIL_CLOSED, .message = "constant"};
    error_copy(&copy, &constant);
    assert_string_equal(copy.message, "constant");
    spreetail_error_clear(&copy);
}

static void every_kind_and_outcome_has_its_name(void **state) {
    (void)state;
    static const char *const kinds[] = {
        "ok",       "config",     "validation", "auth",   "forbidden", "not_found",
        "conflict", "rate_limit", "rejected",   "server", "network",   "tls",
        "timeout",  "protocol",   "cancelled",  "closed",
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        assert_string_equal(spreetail_kind_name((enum spreetail_kind)i), kinds[i]);
    assert_null(spreetail_outcome_name(SPREETAIL_NO_OUTCOME));
    assert_string_equal(spreetail_outcome_name(SPREETAIL_NOT_SENT), "not_sent");
    assert_string_equal(spreetail_outcome_name(SPREETAIL_REFUSED), "refused");
    assert_string_equal(spreetail_outcome_name(SPREETAIL_UNKNOWN), "unknown");
}

static void expect_described(const struct exchange *given, const char *detail,
                             const char *expected) {
    struct exchange exchange = *given;
    struct buffer text = {0};
    exchange.url = "https://api.example/v1/outbound";
    exchange.timeout = 30 * USEC_PER_SEC;
    exchange.connect_timeout =
        exchange.connect_timeout ? exchange.connect_timeout : 10 * USEC_PER_SEC;
    snprintf(exchange.detail, sizeof exchange.detail, "%s", detail);
    assert_true(describe_failure(&text, &exchange));
    assert_string_equal(text.data, expected);
    buffer_free(&text);
}

static void expect_certificate(long verify_result, const char *detail, const char *advice) {
    struct exchange exchange = {
        .url = "https://api.example", .failure = EXCHANGE_TLS, .verify_result = verify_result};
    struct buffer text = {0};
    snprintf(exchange.detail, sizeof exchange.detail, "%s", detail);
    assert_true(describe_failure(&text, &exchange));
    assert_contains(text.data, "no TLS with api.example:443 (");
    assert_contains(text.data, advice);
    buffer_free(&text);
}

static void failures_to_connect_name_the_host_and_say_what_to_do(void **state) {
    (void)state;
    expect_described(&(struct exchange){.failure = EXCHANGE_RESOLVE},
                     "Could not resolve host: api.example",
                     "no address for api.example:443 (Could not resolve host: api.example): check "
                     "base_url (and the option proxy, if it is set), and the network");
    expect_described(&(struct exchange){.failure = EXCHANGE_CONNECT}, "refused",
                     "no connection to api.example:443 (refused): check base_url (and the option "
                     "proxy, if it is set), and whether a firewall forbids it");
    expect_described(&(struct exchange){.failure = EXCHANGE_CONNECT},
                     "CONNECT tunnel failed, response 407",
                     "no connection to api.example:443 (CONNECT tunnel failed, response 407): the "
                     "proxy wants other credentials: check the option proxy");
    expect_described(
        &(struct exchange){.failure = EXCHANGE_CONNECT}, "CONNECT tunnel failed, response 403",
        "no connection to api.example:443 (CONNECT tunnel failed, response 403): the "
        "proxy does not connect us: check the option proxy, and what the proxy permits");
    expect_described(
        &(struct exchange){.failure = EXCHANGE_TIMEOUT}, "timed out",
        "no connection to api.example:443 within 10 s (timed out): check base_url (and "
        "the option proxy, if it is set), and whether a firewall forbids it, or give "
        "it more time (connect_timeout)");
    expect_described(
        &(struct exchange){.failure = EXCHANGE_TIMEOUT, .connect_timeout = 60 * USEC_PER_SEC},
        "timed out",
        "no connection to api.example:443 within 30 s (timed out): check base_url (and "
        "the option proxy, if it is set), and whether a firewall forbids it, or give "
        "it more time (attempt_timeout, timeout)");
}

static void failures_to_trust_say_what_to_do(void **state) {
    (void)state;
    expect_certificate(10, "x", "has expired");
    expect_certificate(9, "x", "this machine's clock");
    expect_certificate(20, "x", "ca_file");
    expect_certificate(0, "SSL: no alternative certificate subject name matches", "another host");
    expect_certificate(0, "x", "(x): the handshake failed: check base_url");
}

static void failures_to_answer_name_the_host_and_say_what_to_do(void **state) {
    (void)state;
    expect_described(&(struct exchange){.failure = EXCHANGE_TIMEOUT, .sent = true}, "x",
                     "no complete answer from api.example:443 within 30 s: give it more "
                     "time (attempt_timeout, timeout), or ask whether the server is slow");
    expect_described(&(struct exchange){.failure = EXCHANGE_LOST}, "reset",
                     "the connection to api.example:443 was lost before an answer came (reset), "
                     "which may pass by itself");
    expect_described(
        &(struct exchange){.failure = EXCHANGE_CUT, .status = 200}, "x",
        "the answer of api.example:443 (HTTP 200) was cut short (x), which may pass by "
        "itself");
    expect_described(
        &(struct exchange){.failure = EXCHANGE_NONSENSE}, "x",
        "what came from api.example:443 is no HTTP answer (x): check base_url, and what "
        "stands between here and the server");
    expect_described(&(struct exchange){.failure = EXCHANGE_TOO_LARGE, .status = 200},
                     "is larger than max_response",
                     "the answer of api.example:443 (HTTP 200) is larger than max_response");
    expect_described(&(struct exchange){.failure = EXCHANGE_TOO_LARGE}, "is too large",
                     "the answer of api.example:443 is too large");
    expect_described(&(struct exchange){.failure = EXCHANGE_MEMORY}, "x", "memory ran out");
}

static void expect_host(const char *url, const char *expected) {
    const struct exchange exchange = {.url = url};
    char host[ERROR_HOST_ROOM];
    error_host(&exchange, host);
    assert_string_equal(host, expected);
}

static void its_host_is_shown_with_the_port(void **state) {
    (void)state;
    expect_host("https://api.example/v1/outbound", "api.example:443");
    expect_host("https://api.example", "api.example:443");
    expect_host("https://api.example:8443/order/a:b", "api.example:8443");
    expect_host("http://127.0.0.1/order", "127.0.0.1:80");
    expect_host("http://[::1]/order", "[::1]:80");
    expect_host("http://[::1]:8080/order", "[::1]:8080");
    expect_host("https://api.example?a=b:c/d", "api.example:443");
}

static void a_host_without_end_is_cut(void **state) {
    (void)state;
    char url[2000] = "https://";
    memset(url + 8, 'h', sizeof url - 9);
    const struct exchange exchange = {.url = url};
    char host[ERROR_HOST_ROOM];
    error_host(&exchange, host);
    assert_int_equal(strlen(host), 280 + strlen(":443"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_one_line_of_text),
        cmocka_unit_test(only_what_may_pass_is_retryable),
        cmocka_unit_test(a_copy_stands_for_itself_and_shares_details),
        cmocka_unit_test(every_kind_and_outcome_has_its_name),
        cmocka_unit_test(failures_to_connect_name_the_host_and_say_what_to_do),
        cmocka_unit_test(failures_to_trust_say_what_to_do),
        cmocka_unit_test(failures_to_answer_name_the_host_and_say_what_to_do),
        cmocka_unit_test(its_host_is_shown_with_the_port),
        cmocka_unit_test(a_host_without_end_is_cut),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
