/* The lines at the head of an answer, and what is read from those that were kept. */
#include "answer.h"
#include "check.h"
#include "header.h"

/* Reads lines, separated by '\n', up to the first that is refused. */
static enum head_verdict read_head(struct head *head, struct buffer *headers, const char *lines) {
    enum head_verdict verdict = HEAD_GOES_ON;
    while (*lines && verdict == HEAD_GOES_ON) {
        size_t size = strcspn(lines, "\n");
        verdict = head_read(head, headers, lines, size);
        lines += size + (lines[size] != '\0');
    }
    return verdict;
}

static void the_first_line_tells_the_protocol_and_the_status(void **state) {
    (void)state;
    static const struct {
        const char *line;
        int major, status;
    } cases[] = {{"HTTP/1.1 200 OK\r", 1, 200},
                 {"HTTP/2 503 \r", 2, 503},
                 {"HTTP/1.0 404\r", 1, 404},
                 {"HTTP/1.1 100 Continue", 1, 100}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct head head = {0};
        struct buffer headers = {0};
        assert_int_equal(read_head(&head, &headers, cases[i].line), HEAD_GOES_ON);
        assert_int_equal(head.major, cases[i].major);
        assert_int_equal(head.status, cases[i].status);
        assert_int_equal(head_is_final(&head), cases[i].status >= 200);
    }
}

static void a_first_line_without_a_status_is_nonsense(void **state) {
    (void)state;
    static const char *const lines[] = {
        "HTTP/1.1 \r", "HTTP/1.1 OK\r",    "HTTP/x", "HTTP/",
        "\r",          "HTTP/1.1 099 X\r", "X: 1\r", "http/1.1 200\r"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct head head = {0};
        struct buffer headers = {0};
        assert_int_equal(read_head(&head, &headers, lines[i]), HEAD_NONSENSE);
    }
}

static void no_later_line_tells_a_status_whatever_it_looks_like(void **state) {
    (void)state;
    struct head head = {0};
    struct buffer headers = {0};
    read_head(&head, &headers,
              "HTTP/1.1 500 X\nHTTP/1.1 200: y\nX: 1\n\r\nHTTP/1.1 409: trailer\n");
    assert_int_equal(head.place, HEAD_OVER);
    assert_int_equal(head.status, 500);
    assert_string_equal(answer_header(headers.data, headers.size, "http/1.1 200"), "y");
    assert_null(answer_header(headers.data, headers.size, "http/1.1 409"));
    buffer_free(&headers);
}

static void an_interim_head_is_followed_by_another(void **state) {
    (void)state;
    struct head head = {0};
    struct buffer headers = {0};
    read_head(&head, &headers, "HTTP/1.1 103 Early Hints\nLink: x\n\r\n");
    assert_int_equal(head.place, HEAD_DUE);
    read_head(&head, &headers, "HTTP/1.1 201 Created\nX: 1\n\r\n");
    assert_int_equal(head.place, HEAD_OVER);
    assert_int_equal(head.status, 201);
    assert_null(answer_header(headers.data, headers.size, "link"));
    assert_string_equal(answer_header(headers.data, headers.size, "x"), "1");
    buffer_free(&headers);
}

static void of_lines_without_end_only_so_many_are_read(void **state) {
    (void)state;
    static const char *const floods[] = {"X: 1\n", "\r\nHTTP/1.1 100 C\n"};
    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        struct head head = {0};
        struct buffer headers = {0};
        read_head(&head, &headers, "HTTP/1.1 100 C\n");
        while (read_head(&head, &headers, floods[i]) == HEAD_GOES_ON)
            assert_true(head.lines <= MOST_HEADER_LINES);
        assert_int_equal(read_head(&head, &headers, floods[i]), HEAD_TOO_LARGE);
        assert_true(head.lines > MOST_HEADER_LINES);
        buffer_free(&headers);
    }
}

static void of_lines_that_are_long_only_so_many_bytes_are_read(void **state) {
    (void)state;
    static char line[MOST_HEADER_BYTES / 4];
    struct head head = {0};
    struct buffer headers = {0};
    read_head(&head, &headers, "HTTP/1.1 200 OK\n");
    memset(line, 'x', sizeof line);
    line[1] = ':';
    for (int i = 0; i < 3; i++)
        assert_int_equal(head_read(&head, &headers, line, sizeof line), HEAD_GOES_ON);
    assert_int_equal(head_read(&head, &headers, line, sizeof line), HEAD_TOO_LARGE);
    buffer_free(&headers);
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

static void a_folded_line_goes_on_with_the_value_before_it(void **state) {
    (void)state;
    struct buffer headers =
        block_of(" nothing: before\nX: 1\r\n  y: z \r\n\t\r\nEmpty:\n a\nLast: 2");
    assert_string_equal(answer_header(headers.data, headers.size, "x"), "1 y: z");
    assert_string_equal(answer_header(headers.data, headers.size, "empty"), "a");
    assert_string_equal(answer_header(headers.data, headers.size, "last"), "2");
    buffer_free(&headers);
}

static void compression_is_counted_wherever_it_is_told(void **state) {
    (void)state;
    static const struct {
        const char *lines;
        unsigned count;
    } cases[] = {
        {"X: gzip", 0},
        {"Content-Encoding: identity\nTransfer-Encoding: Chunked", 0},
        {"Content-Encoding: gzip\nTransfer-Encoding: chunked", 1},
        {"Content-Encoding: gzip,\tbr", 2},
        {"Content-Encoding: gzip\ncontent-encoding: gzip", 2},
        {"Content-Encoding: gzip\nTransfer-Encoding: gzip, chunked", 2},
        {"Content-Encoding: ,gzip,,\n deflate ,", 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buffer headers = block_of(cases[i].lines);
        assert_int_equal(header_codings(&headers), cases[i].count);
        buffer_free(&headers);
    }
    assert_int_equal(header_codings(&(struct buffer){0}), 0);
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
        cmocka_unit_test(the_first_line_tells_the_protocol_and_the_status),
        cmocka_unit_test(a_first_line_without_a_status_is_nonsense),
        cmocka_unit_test(no_later_line_tells_a_status_whatever_it_looks_like),
        cmocka_unit_test(an_interim_head_is_followed_by_another),
        cmocka_unit_test(of_lines_without_end_only_so_many_are_read),
        cmocka_unit_test(of_lines_that_are_long_only_so_many_bytes_are_read),
        cmocka_unit_test(names_lose_their_case_and_values_the_spaces_around_them),
        cmocka_unit_test(a_folded_line_goes_on_with_the_value_before_it),
        cmocka_unit_test(compression_is_counted_wherever_it_is_told),
        cmocka_unit_test(a_line_with_a_nul_in_it_is_left_out),
        cmocka_unit_test(a_name_without_a_value_is_not_read_beyond_its_end),
        cmocka_unit_test(retry_after_is_seconds_or_a_date_by_the_servers_clock),
        cmocka_unit_test(retry_after_that_makes_no_sense_is_none),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
