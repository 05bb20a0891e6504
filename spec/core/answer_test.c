#include "answer.h"
#include "check.h"
#include "document.h"

/* The text stays until the next one. */
static struct answer read_answer(int status, const char *body) {
    static char *text;
    struct answer answer;
    free(text);
    text = strdup(body); /* of just that size: a sanitizer sees what is read beyond */
    answer_read(&answer, status, text, strlen(text));
    return answer;
}

static void expect_kind(int status, const char *body, enum spreetail_kind kind) {
    struct answer answer = read_answer(status, body);
    if (answer.kind != kind)
        fail_msg("HTTP %d with '%s' is '%s'", status, body, spreetail_kind_name(answer.kind));
    if (kind == SPREETAIL_PROTOCOL)
        assert_non_null(answer.nonsense);
    answer_clear(&answer);
}

static void every_status_has_its_kind(void **state) {
    (void)state;
    static const struct {
        int status;
        enum spreetail_kind kind;
    } named[] = {
        {401, SPREETAIL_AUTH},     {403, SPREETAIL_FORBIDDEN},  {404, SPREETAIL_NOT_FOUND},
        {409, SPREETAIL_CONFLICT}, {429, SPREETAIL_RATE_LIMIT}, {408, SPREETAIL_SERVER},
        {421, SPREETAIL_SERVER},   {425, SPREETAIL_SERVER},     {460, SPREETAIL_SERVER},
        {499, SPREETAIL_SERVER},
    };
    for (int status = 0; status < 1000; status++) {
        enum spreetail_kind kind = status < 200   ? SPREETAIL_PROTOCOL
                                   : status < 300 ? SPREETAIL_OK
                                   : status < 400 ? SPREETAIL_PROTOCOL
                                   : status < 500 ? SPREETAIL_REJECTED
                                   : status < 600 ? SPREETAIL_SERVER
                                                  : SPREETAIL_PROTOCOL;
        for (size_t i = 0; i < COUNT_OF(named); i++)
            if (named[i].status == status)
                kind = named[i].kind;
        expect_kind(status, "{}", kind);
    }
}

/* `expected`: JSON, or NULL. */
static void assert_data(const struct answer *answer, const char *expected) {
    if (!expected) {
        assert_null(answer->data);
        return;
    }
    json_t *json = tree_of(answer->data);
    char *data = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    assert_string_equal(data, expected);
    free(data);
    json_decref(json);
}

static void the_data_of_a_success_is_taken_out_of_its_envelope(void **state) {
    (void)state;
    static const struct {
        const char *body, *data; /* NULL: there is none */
    } cases[] = {
        {"{\"success\":true,\"data\":{\"a\":1}}", "{\"a\":1}"},
        {"{\"success\":true,\"data\":[1,2]}", "[1,2]"},
        {"{\"success\":true,\"data\":[]}", "[]"},
        {"{\"success\":true,\"data\":\"x\"}", "\"x\""},
        {"{\"success\":true,\"data\":false}", "false"},
        {"{\"success\":true,\"data\":null}", NULL},
        {"{\"success\":true}", NULL},
        {"{\"success\":true,\"message\":\"x\"}", NULL},
        {"{\"data\":{\"a\":1}}", "{\"a\":1}"},
        {"{\"a\":1}", "{\"a\":1}"}, /* no envelope */
        {"{}", "{}"},
        {" \r\n{\"data\":1}\n ", "1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct answer answer = read_answer(200, cases[i].body);
        assert_int_equal(answer.kind, SPREETAIL_OK);
        assert_null(answer.json);
        assert_data(&answer, cases[i].data);
        answer_clear(&answer);
    }
}

static void it_is_made_jansson_s_when_that_is_wanted(void **state) {
    (void)state;
    static const char envelope[] = "{\"success\":true,\"data\":{\"a\":[1,2.5,\"x\"]}}";
    for (size_t piece = 1; piece <= sizeof envelope; piece++) {
        struct answer answer;
        char *text = strdup(envelope);
        answer_begin(&answer, 200, text, strlen(text), true);
        while (!answer_continue(&answer, piece))
            continue;
        assert_int_equal(answer.kind, SPREETAIL_OK);
        json_t *expected = json_pack("{s:[i,f,s]}", "a", 1, 2.5, "x");
        assert_true(json_equal(answer.json, expected));
        json_decref(expected);
        answer_clear(&answer);
        free(text);
    }
}

static void an_empty_success_is_one_only_where_http_says_so(void **state) {
    (void)state;
    expect_kind(204, "", SPREETAIL_OK);
    expect_kind(205, "", SPREETAIL_OK);
    expect_kind(200, "", SPREETAIL_PROTOCOL);
    expect_kind(201, "", SPREETAIL_PROTOCOL);
}

static void a_success_that_says_it_is_none_is_a_refusal(void **state) {
    (void)state;
    struct answer answer = read_answer(200, "{\"success\":false,\"error\":\"no\",\"data\":{}}");
    assert_int_equal(answer.kind, SPREETAIL_REJECTED);
    assert_string_equal(answer.words, "no");
    assert_null(answer.data);
    answer_clear(&answer);
}

static void what_is_no_json_object_makes_no_sense_as_a_success(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "<html>",         "[1]",         "[]",          "1",
        "\"x\"",          "null",        "{",           "{\"a\":}",
        "{\"a\":1}x",     "{\"a\":1}{}", "{'a':1}",     "{\"a\":\"\xff\"}",
        "\xef\xbb\xbf{}", "{\"a\":1,}",  "{\"a\":NaN}", "{\"a\":01}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        expect_kind(200, bodies[i], SPREETAIL_PROTOCOL);
}

static void what_is_neither_success_nor_failure_makes_no_sense(void **state) {
    (void)state;
    expect_kind(200, "{\"success\":\"true\",\"data\":{}}", SPREETAIL_PROTOCOL);
    expect_kind(200, "{\"success\":null}", SPREETAIL_PROTOCOL);
    expect_kind(200, "{\"error\":\"x\"}", SPREETAIL_PROTOCOL);
}

static void a_failure_needs_no_json(void **state) {
    (void)state;
    static const char *const bodies[] = {"", "<html>", "[1]", "{", "null", "{\"error\":5}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct answer answer = read_answer(502, bodies[i]);
        assert_int_equal(answer.kind, SPREETAIL_SERVER);
        assert_null(answer.words);
        assert_null(answer.details);
        answer_clear(&answer);
    }
}

static void the_words_of_a_failure_are_found_where_servers_put_them(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"error\":\"why\"}",
        "{\"error\":\"why\",\"message\":\"other\"}",
        "{\"message\":\"why\"}",
        "{\"title\":\"why\"}",
        "{\"error\":{\"message\":\"why\"}}",
        "{\"error\":\"\",\"message\":\"why\"}",
        "{\"error\":\"why\\u0000hidden\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct answer answer = read_answer(400, bodies[i]);
        assert_string_equal(answer.words, "why");
        answer_clear(&answer);
    }
}

static void numbers_and_strings_keep_what_they_hold(void **state) {
    (void)state;
    struct answer answer =
        read_answer(200, "{\"data\":{\"big\":9223372036854775807,\"least\":-9223372036854775808,"
                         "\"nul\":\"a\\u0000b\",\"real\":1.5}}");
    assert_int_equal(answer.kind, SPREETAIL_OK);
    assert_true(document_member(answer.data, "big")->integer == INT64_MAX);
    assert_true(document_member(answer.data, "least")->integer == INT64_MIN);
    assert_int_equal(document_member(answer.data, "nul")->size, 3);
    assert_about(document_number(document_member(answer.data, "real")), 1.5);
    answer_clear(&answer);
}

static void nesting_without_end_makes_no_sense(void **state) {
    (void)state;
    enum { DEPTH = 100000 };
    char *body = malloc(DEPTH * 5 + 1);
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(body + i * 5, "{\"a\":", 6);
    expect_kind(200, body, SPREETAIL_PROTOCOL);
    expect_kind(500, body, SPREETAIL_SERVER);
    free(body);
}

/*
 * Logins.
 */

static double life_of(const char *data) {
    char body[512];
    snprintf(body, sizeof body, "{\"data\":%s}", data);
    struct answer answer = read_answer(200, body);
    size_t size;
    usec life;
    if (!answer_token(&answer, &size, &life))
        fail_msg("no token in %s", body);
    answer_clear(&answer);
    return usec_to_seconds(life);
}

static void a_token_comes_with_its_life(void **state) {
    (void)state;
    assert_about(life_of("{\"access_token\":\"a\",\"expires_in\":86400}"), 86400);
    assert_about(life_of("{\"access_token\":\"a\",\"expires_in\":\"3600\"}"), 3600);
    assert_about(life_of("{\"access_token\":\"a\",\"expires_in\":90.5}"), 90.5);
}

/* {"iat":1000,"exp":4600} and others, in base64url between two more parts. */
static void without_it_a_jwts_own_times_count(void **state) {
    (void)state;
    assert_about(life_of("{\"access_token\":\"h.eyJpYXQiOjEwMDAsImV4cCI6NDYwMH0.s\"}"), 3600);
    assert_about(life_of("{\"access_token\":\"h.eyJpYXQiOjEwMDAsImV4cCI6NDYwMH0.s\","
                         "\"expires_in\":0}"),
                 3600);
}

static void else_a_token_lives_for_a_day(void **state) {
    (void)state;
    static const char *const data[] = {
        "{\"access_token\":\"opaque\"}",
        "{\"access_token\":\"a.b.c\"}",
        "{\"access_token\":\"a..c\"}",
        "{\"access_token\":\"...\"}",
        "{\"access_token\":\"a.b\"}",
        "{\"access_token\":\"h.eyJleHAiOjQ2MDB9.s\"}",                /* no iat */
        "{\"access_token\":\"h.eyJpYXQiOjQ2MDAsImV4cCI6MTAwMH0.s\"}", /* exp before iat */
        "{\"access_token\":\"a\",\"expires_in\":0}",
        "{\"access_token\":\"a\",\"expires_in\":-5}",
        "{\"access_token\":\"a\",\"expires_in\":null}",
        "{\"access_token\":\"a\",\"expires_in\":\"soon\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"nan\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"inf\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"12abc\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"0x10\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"90,5\"}",
        "{\"access_token\":\"a\",\"expires_in\":[1]}",
    };
    for (size_t i = 0; i < COUNT_OF(data); i++)
        assert_about(life_of(data[i]), 86400);
}

static void an_absurd_life_is_held_within_what_clocks_can_count(void **state) {
    (void)state;
    assert_within(life_of("{\"access_token\":\"a\",\"expires_in\":1e300}"), 1e9, 1e11);
    assert_within(life_of("{\"access_token\":\"a\",\"expires_in\":9223372036854775807}"), 1e9,
                  1e11);
}

static void what_could_not_stand_in_a_header_is_no_token(void **state) {
    (void)state;
    static const char *const data[] = {
        "null",
        "[]",
        "{}",
        "{\"access_token\":null}",
        "{\"access_token\":\"\"}",
        "{\"access_token\":1}",
        "{\"access_token\":\"a b\"}",
        "{\"access_token\":\"a\\nb\"}",
        "{\"access_token\":\"a\\r\\nX: y\"}",
        "{\"access_token\":\"a\\u0000b\"}",
        "{\"access_token\":\"\\u00e9\"}",
        "{\"access_token\":\"a\\u007f\"}",
    };
    for (size_t i = 0; i < COUNT_OF(data); i++) {
        char body[256];
        size_t size;
        usec life;
        snprintf(body, sizeof body, "{\"success\":true,\"data\":%s}", data[i]);
        struct answer answer = read_answer(200, body);
        if (answer_token(&answer, &size, &life))
            fail_msg("a token in %s", body);
        answer_clear(&answer);
    }
}

/*
 * Headers.
 */

static void headers_are_found_by_name(void **state) {
    (void)state;
    static const char headers[] = "a\0one\0b\0\0c\0a\0a\0two";
    assert_string_equal(answer_header(headers, sizeof headers, "a"), "one");
    assert_string_equal(answer_header(headers, sizeof headers, "b"), "");
    assert_string_equal(answer_header(headers, sizeof headers, "c"), "a");
    assert_null(answer_header(headers, sizeof headers, "two"));
    assert_null(answer_header(NULL, 0, "a"));
}

static double retry_after(const char *value, const char *date) {
    char headers[256];
    int size = snprintf(headers, sizeof headers, "retry-after%c%s%c", 0, value, 0);
    if (date)
        size += snprintf(headers + size, sizeof headers - (size_t)size, "date%c%s%c", 0, date, 0);
    return answer_retry_after(headers, (size_t)size);
}

static void retry_after_is_a_number_of_seconds(void **state) {
    (void)state;
    assert_about(retry_after("120", NULL), 120);
    assert_about(retry_after("0", NULL), 0);
    assert_about(retry_after("1.5", NULL), 1.5);
    assert_true(answer_retry_after(NULL, 0) < 0);
}

static void or_a_date_by_the_servers_clock(void **state) {
    (void)state;
    static const char now[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_about(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), 30);
    assert_about(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
    assert_about(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", NULL), 0);
}

static void nonsense_says_nothing(void **state) {
    (void)state;
    static const char *const values[] = {"",     "soon",  "-1",   "inf", "nan", "1e999",
                                         "-0.5", "12abc", "0x10", "1,5", "1e3"};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (retry_after(values[i], NULL) >= 0)
            fail_msg("'%s' is taken for a time", values[i]);
}

static void a_cancelled_order_is_known_by_its_status(void **state) {
    (void)state;
    static const struct {
        const char *data;
        bool cancelled;
    } cases[] = {
        {"{\"Status\":\"Cancelled\"}", true},
        {"{\"Status\":\"CANCELLED\"}", true},
        {"{\"Status\":\"canceled\"}", true},
        {"{\"Status\":\" Cancelled by the customer\"}", true},
        {"{\"Status\":\"CANCELLED_REFUNDED\"}", true},
        {"{\"Status\":\"Pending\"}", false},
        {"{\"Status\":\"Cancelling\"}", false},
        {"{\"Status\":\"Cancellation requested\"}", false},
        {"{\"Status\":\"Cancel\"}", false},
        {"{\"Status\":\"Not cancelled\"}", false},
        {"{\"Status\":\"\"}", false},
        {"{\"Status\":true}", false},
        {"{\"CancelledDate\":null}", false},
        {"[\"Cancelled\"]", false},
        {"\"Cancelled\"", false},
        {"null", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char body[120];
        snprintf(body, sizeof body, "{\"success\":true,\"data\":%s}", cases[i].data);
        struct answer answer = read_answer(200, body);
        if (answer_shows_cancelled(&answer) != cases[i].cancelled)
            fail_msg("%s", cases[i].data);
        answer_clear(&answer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_kind),
        cmocka_unit_test(the_data_of_a_success_is_taken_out_of_its_envelope),
        cmocka_unit_test(it_is_made_jansson_s_when_that_is_wanted),
        cmocka_unit_test(an_empty_success_is_one_only_where_http_says_so),
        cmocka_unit_test(a_success_that_says_it_is_none_is_a_refusal),
        cmocka_unit_test(what_is_no_json_object_makes_no_sense_as_a_success),
        cmocka_unit_test(what_is_neither_success_nor_failure_makes_no_sense),
        cmocka_unit_test(a_failure_needs_no_json),
        cmocka_unit_test(the_words_of_a_failure_are_found_where_servers_put_them),
        cmocka_unit_test(numbers_and_strings_keep_what_they_hold),
        cmocka_unit_test(nesting_without_end_makes_no_sense),
        cmocka_unit_test(a_token_comes_with_its_life),
        cmocka_unit_test(without_it_a_jwts_own_times_count),
        cmocka_unit_test(else_a_token_lives_for_a_day),
        cmocka_unit_test(an_absurd_life_is_held_within_what_clocks_can_count),
        cmocka_unit_test(what_could_not_stand_in_a_header_is_no_token),
        cmocka_unit_test(headers_are_found_by_name),
        cmocka_unit_test(retry_after_is_a_number_of_seconds),
        cmocka_unit_test(or_a_date_by_the_servers_clock),
        cmocka_unit_test(nonsense_says_nothing),
        cmocka_unit_test(a_cancelled_order_is_known_by_its_status),
    };
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
