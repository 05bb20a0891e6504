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

static void expect_described(enum exchange_failure failure, long verify_result, const char *detail,
                             const char *part) {
    struct exchange exchange = {.failure = failure,
                                .verify_result = verify_result,
                                .status = 200,
                                .timeout = 30 * USEC_PER_SEC};
    struct buffer text = {0};
    snprintf(exchange.detail, sizeof exchange.detail, "%s", detail);
    assert_true(describe_failure(&text, &exchange));
    assert_contains(text.data, part);
    buffer_free(&text);
}

static void failures_say_what_to_do_about_them(void **state) {
    (void)state;
    expect_described(EXCHANGE_RESOLVE, 0, "Could not resolve host: x", "base_url");
    expect_described(EXCHANGE_CONNECT, 0, "refused", "no connection: refused");
    expect_described(EXCHANGE_TLS, 10, "x", "has expired");
    expect_described(EXCHANGE_TLS, 9, "x", "this machine's clock");
    expect_described(EXCHANGE_TLS, 20, "x", "ca_file");
    expect_described(EXCHANGE_TLS, 0, "SSL: no alternative certificate subject name matches",
                     "another host");
    expect_described(EXCHANGE_TLS, 0, "x", "handshake");
    expect_described(EXCHANGE_TIMEOUT, 0, "x", "30 s");
    expect_described(EXCHANGE_LOST, 0, "reset", "reset");
    expect_described(EXCHANGE_CUT, 0, "x", "HTTP 200");
    expect_described(EXCHANGE_NONSENSE, 0, "x", "no HTTP");
    expect_described(EXCHANGE_TOO_LARGE, 0, "is too long", "the answer (HTTP 200) is too long");
    expect_described(EXCHANGE_MEMORY, 0, "x", "memory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_one_line_of_text),
        cmocka_unit_test(only_what_may_pass_is_retryable),
        cmocka_unit_test(a_copy_stands_for_itself_and_shares_details),
        cmocka_unit_test(every_kind_and_outcome_has_its_name),
        cmocka_unit_test(failures_say_what_to_do_about_them),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
