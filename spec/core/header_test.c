/* The lines at the head of an answer, and what is read from those that were kept. */
#include "answer.h"
#include "check.h"
#include "header.h"

static int status_of(const char *line, int *major) {
    int status = -1;
    assert_true(header_is_status(line, strlen(line)));
    return header_read_status(line, strlen(line), major, &status) ? status : -1;
}

static void a_status_line_tells_the_protocol_and_the_status(void **state) {
    (void)state;
    int major;
    assert_int_equal(status_of("HTTP/1.1 200 OK\r\n", &major), 200);
    assert_int_equal(major, 1);
    assert_int_equal(status_of("HTTP/2 503\r\n", &major), 503);
    assert_int_equal(major, 2);
    assert_int_equal(status_of("HTTP/1.0 404\r\n", &major), 404);
}

static void a_status_line_without_a_status_tells_nothing(void **state) {
    (void)state;
    int major;
    assert_int_equal(status_of("HTTP/1.1 \r\n", &major), -1);
    assert_int_equal(status_of("HTTP/1.1 OK\r\n", &major), -1);
    assert_int_equal(status_of("HTTP/x", &major), -1);
    assert_false(header_is_status("HTTP/", 5));
    assert_false(header_is_status("Http-Version: 1", 15));
}

/* Lines separated by '\n' as a block of pairs. */
static struct buffer block_of(const char *lines) {
    struct buffer headers = {0};
    while (*lines) {
        size_t size = strcspn(lines, "\n");
        assert_true(header_add(&headers, lines, size));
        lines += size + (lines[size] != '\0');
    }
    return headers;
}

static void names_lose_their_case_and_values_the_spaces_around_them(void **state) {
    (void)state;
    static const char expected[] = "retry-after\0003 s\0x\0\0";
    struct buffer headers = block_of("Retry-After: \t 3 s \r\nno header\nX:\n");
    assert_int_equal(headers.size, sizeof expected - 1);
    assert_memory_equal(headers.data, expected, headers.size);
    assert_string_equal(answer_header(headers.data, headers.size, "x"), "");
    assert_null(answer_header(headers.data, headers.size, "y"));
    buffer_free(&headers);
}

/* It would end a name or a value before its time, and shift every pair behind it. */
static void a_line_with_a_nul_in_it_is_left_out(void **state) {
    (void)state;
    struct buffer headers = {0};
    assert_true(header_add(&headers, "a\0b: c", 6));
    assert_true(header_add(&headers, "a: b\0c", 6));
    assert_int_equal(headers.size, 0);
    assert_true(header_add(&headers, "a: b", 4));
    assert_string_equal(answer_header(headers.data, headers.size, "a"), "b");
    buffer_free(&headers);
}

static void a_name_without_a_value_is_not_read_beyond_its_end(void **state) {
    (void)state;
    char *headers = strdup("retry-after"); /* of just that size: a sanitizer sees the rest */
    assert_null(answer_header(headers, strlen(headers), "retry-after"));
    assert_null(answer_header(headers, strlen(headers) + 1, "retry-after"));
    assert_true(answer_retry_after(headers, strlen(headers)) < 0);
    free(headers);
    assert_null(answer_header(NULL, 0, "retry-after"));
}

static double pause_of(const char *lines) {
    struct buffer headers = block_of(lines);
    double seconds = answer_retry_after(headers.data, headers.size);
    buffer_free(&headers);
    return seconds;
}

static void retry_after_is_seconds_or_a_date_by_the_servers_clock(void **state) {
    (void)state;
    assert_about(pause_of("Retry-After: 120"), 120);
    assert_about(pause_of("Date: Fri, 31 Dec 1999 23:59:29 GMT\n"
                          "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"),
                 30);
    assert_about(pause_of("Date: Fri, 31 Dec 1999 23:59:59 GMT\n"
                          "Retry-After: Fri, 31 Dec 1999 23:59:29 GMT"),
                 0);
}

static void retry_after_that_makes_no_sense_is_none(void **state) {
    (void)state;
    static const char *const values[] = {"", "-5", "inf", "nan", "1e999", "soon", "5 minutes"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char line[64];
        snprintf(line, sizeof line, "Retry-After: %s", values[i]);
        assert_true(pause_of(line) < 0);
    }
    assert_true(pause_of("X: 1") < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_line_tells_the_protocol_and_the_status),
        cmocka_unit_test(a_status_line_without_a_status_tells_nothing),
        cmocka_unit_test(names_lose_their_case_and_values_the_spaces_around_them),
        cmocka_unit_test(a_line_with_a_nul_in_it_is_left_out),
        cmocka_unit_test(a_name_without_a_value_is_not_read_beyond_its_end),
        cmocka_unit_test(retry_after_is_seconds_or_a_date_by_the_servers_clock),
        cmocka_unit_test(retry_after_that_makes_no_sense_is_none),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
