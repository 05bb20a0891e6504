/* Numbers that are too large for jansson: which they are, and that nothing else is touched. */
#include <jansson.h>

#include "answer.h"
#include "check.h"
#include "number.h"

static void assert_quoted(const char *text, const char *expected) {
    struct buffer quoted = {0};
    size_t size = strlen(text);
    char *copy = malloc(size); /* of just that size: a sanitizer sees what is read beyond */
    memcpy(copy, text, size);
    assert_true(number_quote_large(copy, size, &quoted));
    assert_string_equal(quoted.data, expected);
    buffer_free(&quoted);
    free(copy);
}

static void assert_untouched(const char *text) {
    assert_quoted(text, text);
}

static void integers_beyond_64_bits_are_put_in_quotes(void **state) {
    (void)state;
    assert_quoted("[9223372036854775808]", "[\"9223372036854775808\"]");
    assert_quoted("[-9223372036854775809]", "[\"-9223372036854775809\"]");
    assert_quoted("{\"a\":12345678901234567890,\"b\":1}",
                  "{\"a\":\"12345678901234567890\",\"b\":1}");
    assert_untouched("[9223372036854775807,-9223372036854775808,0,-0,100]");
}

static void reals_beyond_a_double_are_put_in_quotes(void **state) {
    (void)state;
    assert_quoted("[1e400,-1E+400 , 0.001e312]", "[\"1e400\",\"-1E+400\" , \"0.001e312\"]");
    assert_quoted("[1e99999999999999999999]", "[\"1e99999999999999999999\"]");
    assert_untouched("[1e308,1.7976931348623157e308,1e-400,0e400,0.0e99999999999999999999]");
    assert_untouched("[1e-99999999999999999999,123456789012345678901234567890.5]");
}

static void a_number_ends_where_the_text_does(void **state) {
    (void)state;
    assert_quoted("1e400", "\"1e400\"");
    assert_untouched("1e");
    assert_untouched("1e+");
    assert_untouched("1.");
    assert_untouched("-");
    assert_untouched("");
}

static void text_is_left_alone(void **state) {
    (void)state;
    assert_untouched("[\"1e400\",\"\\\"1e400\",\"\\\\\"]");
    assert_quoted("[\"\\\\\",1e400]", "[\"\\\\\",\"1e400\"]");
    assert_untouched("\"1e400");
    assert_untouched("\"1e400\\");
}

static void what_is_no_json_stays_none(void **state) {
    (void)state;
    static const char *const texts[] = {
        "[01e400]", "[-01e400]",   "[1e400.5]", "[1.e400]",     "[.1e400]",      "[+1e400]",
        "[1e400x]", "[1e400\"\"]", "{1e400:1}", "{1e400 \n:1}", "{1e400}",       "{\"a\":1e400:1}",
        "[1e400",   "1e400]",      "[--1e400]", "[1e4001e400]", "[1e400 1e400]", "[0x1e400]",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct buffer quoted = {0};
        assert_true(number_quote_large(texts[i], strlen(texts[i]), &quoted));
        json_t *value = json_loadb(quoted.data, quoted.size, 0, NULL);
        if (value)
            fail_msg("%s was made JSON: %s", texts[i], quoted.data);
        buffer_free(&quoted);
    }
}

/* A number out of `seed`, near the borders more often than not. */
static void write_number(char *text, size_t size, unsigned *seed) {
    static const char *const heads[] = {"1.7976931348623157",
                                        "1.7976931348623158",
                                        "1.7976931348623159",
                                        "17976931348623158.07937",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "0.00017976931348623158079372897140530",
                                        "922337203685477580",
                                        "0.0",
                                        "0",
                                        "1",
                                        "999999999999999999999.9"};
    const char *head = heads[*seed % COUNT_OF(heads)];
    *seed = *seed * 1103515245 + 12345;
    int exponent = (int)(*seed >> 16) % 40 + 285;
    switch ((*seed >> 8) % 4) {
    case 0:
        snprintf(text, size, "%s", head);
        break;
    case 1:
        snprintf(text, size, "-%s", head);
        break;
    default:
        snprintf(text, size, "%s%se%d", *seed & 64 ? "-" : "", head, exponent);
    }
}

static void it_finds_large_what_jansson_does(void **state) {
    (void)state;
    unsigned seed = 1, large = 0;
    for (int i = 0; i < 100000; i++) {
        char number[64], text[72];
        json_error_t error;
        struct buffer quoted = {0};
        seed += (unsigned)i;
        write_number(number, sizeof number, &seed);
        snprintf(text, sizeof text, "[%s]", number);
        json_t *value = json_loads(text, 0, &error);
        assert_true(number_quote_large(text, strlen(text), &quoted));
        if (!value)
            assert_int_equal(json_error_code(&error), json_error_numeric_overflow);
        if (!value != (strchr(quoted.data, '"') != NULL))
            fail_msg("jansson %s %s", value ? "reads" : "refuses", number);
        large += !value;
        json_decref(value);
        buffer_free(&quoted);
    }
    assert_within(large, 20000, 80000);
}

/* The digits of 2^1024 - 2^970 + `add` (at its last place); see number.c. */
static void the_border_is_exact(void **state) {
    (void)state;
    static const char border[] =
        "179769313486231580793728971405303415079934132710037826936173778980"
        "444968292764750946649017977587207096330286416692887910946555547851"
        "940402630657488671505820681908902000708383676273854845817711531764"
        "475730270069855571366959622842914819860834936475292719074168444365"
        "51070434271155969950809304288017790417449779";
    static const char *const below[] = {"%s1.9", "0.%s19e309", "%s1.9999999999e0", "%s10e-1"};
    static const char *const from[] = {"%s2.0", "0.%s2e309", "%s2e0", "%s20000e-3", "%s3.0"};
    char number[400], expected[410];
    for (size_t i = 0; i < COUNT_OF(below); i++) {
        snprintf(number, sizeof number, below[i], border);
        assert_untouched(number);
    }
    for (size_t i = 0; i < COUNT_OF(from); i++) {
        snprintf(number, sizeof number, from[i], border);
        snprintf(expected, sizeof expected, "\"%s\"", number);
        assert_quoted(number, expected);
    }
}

static void an_answer_keeps_such_numbers_as_text(void **state) {
    (void)state;
    static const char body[] = "{\"success\":true,\"data\":{\"ean\":12345678901234567890,\"n\":1}}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_OK);
    assert_string_equal(json_string_value(json_object_get(answer.data, "ean")),
                        "12345678901234567890");
    assert_int_equal(json_integer_value(json_object_get(answer.data, "n")), 1);
    answer_clear(&answer);
}

static void an_answer_with_such_a_number_may_still_be_broken(void **state) {
    (void)state;
    static const char body[] = "{\"data\":[1e400,]}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_PROTOCOL);
    answer_clear(&answer);
}

/* jansson 2.14 takes back what follows a number, and forgets it when that is a NUL. */
static void an_answer_with_a_nul_behind_a_number_is_broken(void **state) {
    (void)state;
    static const char body[] = "{\"data\":[1\0,2]}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_PROTOCOL);
    answer_clear(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_beyond_64_bits_are_put_in_quotes),
        cmocka_unit_test(reals_beyond_a_double_are_put_in_quotes),
        cmocka_unit_test(a_number_ends_where_the_text_does),
        cmocka_unit_test(text_is_left_alone),
        cmocka_unit_test(what_is_no_json_stays_none),
        cmocka_unit_test(it_finds_large_what_jansson_does),
        cmocka_unit_test(the_border_is_exact),
        cmocka_unit_test(an_answer_keeps_such_numbers_as_text),
        cmocka_unit_test(an_answer_with_such_a_number_may_still_be_broken),
        cmocka_unit_test(an_answer_with_a_nul_behind_a_number_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
