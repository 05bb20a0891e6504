/* Numbers as texts have them: which are too large for jansson, and that no locale matters. */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "check.h"
#include "document.h"

static void a_number_ends_where_the_grammar_says(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        bool whole;
    } cases[] = {
        {"0", 1, true},    {"-0", 2, true},     {"10,", 2, true},     {"1.5]", 3, false},
        {"1e5", 3, false}, {"1E+5}", 4, false}, {"1.5e-3", 6, false}, {"0x10", 1, true},
        {"01", 0, true},   {"-", 0, true},      {"+1", 0, true},      {".5", 0, true},
        {"1.", 0, true},   {"1.e5", 0, true},   {"1e", 0, false},     {"1e+", 0, false},
        {"", 0, true},     {"abc", 0, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool whole;
        size_t size = strlen(cases[i].text);
        char *copy = malloc(size + 1); /* of just that size: a sanitizer sees what is read beyond */
        memcpy(copy + 1, cases[i].text, size);
        assert_int_equal(number_size(copy + 1, size, &whole), cases[i].size);
        if (cases[i].size)
            assert_int_equal(whole, cases[i].whole);
        free(copy);
    }
}

static bool is_large(const char *text) {
    bool whole;
    json_int_t integer;
    double real;
    size_t size = strlen(text);
    assert_int_equal(number_size(text, size, &whole), size);
    if (whole)
        return !number_is_integer(text, size, &integer);
    assert_true(number_as_real(text, size, &real));
    return !isfinite(real);
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
        char number[64];
        json_error_t error;
        seed += (unsigned)i;
        write_number(number, sizeof number, &seed);
        json_t *value = json_loads(number, JSON_DECODE_ANY, &error);
        if (!value)
            assert_int_equal(json_error_code(&error), json_error_numeric_overflow);
        if (!value != is_large(number))
            fail_msg("jansson %s %s", value ? "reads" : "refuses", number);
        large += !value;
        json_decref(value);
    }
    assert_within(large, 20000, 80000);
}

/* The digits of 2^1024 - 2^970 + `add` (at its last place); the least that is rounded to what is no
 * double. */
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
    char number[400];
    for (size_t i = 0; i < COUNT_OF(below); i++) {
        snprintf(number, sizeof number, below[i], border);
        assert_false(is_large(number));
    }
    for (size_t i = 0; i < COUNT_OF(from); i++) {
        snprintf(number, sizeof number, from[i], border);
        assert_true(is_large(number));
    }
}

static void reals_are_read_to_the_last_bit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0.1", 0.1},         {"-2.5e-3", -2.5e-3},
                 {"5e-324", 5e-324},   {"1e23", 1e23},
                 {"1e22", 1e22},       {"-0.0", -0.0},
                 {"9.99e0", 9.99},     {"1e-22", 1e-22},
                 {"0e99999999999", 0}, {"1e99999999999", INFINITY}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value;
        assert_true(number_as_real(cases[i].text, strlen(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
}

/* Of one digit to eighteen behind the point, near 1 and far from it. */
static void they_are_read_as_strtod_does(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < how_many(1000000); i++) {
        char text[64];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int places = 1 + (int)((seed >> 33) % 18);
        int whole = seed & 1 ? (int)((seed >> 40) % 1000) : 0;
        int size = snprintf(text, sizeof text, "%s%d.%.*s", seed & 2 ? "-" : "", whole, places,
                            &"0071828182845904523536028747135266"[(seed >> 50) % 16]);
        if (seed & 4)
            snprintf(text + size, sizeof text - (size_t)size, "%s%d", seed & 8 ? "e" : "E-",
                     (int)((seed >> 55) % 30));
        text[size / 2] = (char)(text[size / 2] == '.' ? '.' : '0' + (seed >> 20) % 10);
        double value, expected = strtod(text, NULL);
        assert_true(number_as_real(text, strlen(text), &value));
        if (memcmp(&value, &expected, sizeof value) != 0)
            fail_msg("%s is read as %.17g", text, value);
    }
}

static void seconds_are_digits_and_nothing_else(void **state) {
    (void)state;
    assert_about(number_of_seconds("0"), 0);
    assert_about(number_of_seconds("86400"), 86400);
    assert_about(number_of_seconds("007"), 7);
    assert_about(number_of_seconds("90.25"), 90.25);
    static const char *const others[] = {"",    " 1",  "1 ",    "+1",   "-1",    "1.",
                                         ".5",  "1,5", "1e3",   "0x10", "12abc", "abc",
                                         "nan", "inf", "1.5.2", "."};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (number_of_seconds(others[i]) >= 0)
            fail_msg("'%s' is taken for a time", others[i]);
}

static int read_with_a_comma(const char *directory) {
    double value = 0;
    setenv("LOCPATH", directory, 1);
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") || *localeconv()->decimal_point != ',')
        return 1;
    return !number_as_real("2.5", 3, &value) || value != 2.5 || number_of_seconds("90.5") != 90.5;
}

static void the_locales_comma_changes_nothing(void **state) {
    (void)state;
    char directory[] = "/tmp/locale.XXXXXX", command[200];
    int status;
    assert_non_null(mkdtemp(directory));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8", directory);
    assert_int_equal(system(command), 0);
    pid_t child = fork(); /* which keeps the locale to itself */
    if (child == 0)
        _exit(read_with_a_comma(directory));
    assert_int_equal(waitpid(child, &status, 0), child);
    snprintf(command, sizeof command, "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(status, 0);
}

static void an_answer_keeps_such_numbers_as_text(void **state) {
    (void)state;
    char body[] = "{\"success\":true,\"data\":{\"ean\":12345678901234567890,\"n\":1}}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_OK);
    assert_string_equal(document_text(document_member(answer.data, "ean")), "12345678901234567890");
    assert_int_equal(document_member(answer.data, "n")->integer, 1);
    answer_clear(&answer);
}

static void an_answer_with_such_a_number_may_still_be_broken(void **state) {
    (void)state;
    char body[] = "{\"data\":[1e400,]}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_PROTOCOL);
    answer_clear(&answer);
}

/* jansson 2.14 takes back what follows a number, and forgets it when that is a NUL. */
static void an_answer_with_a_nul_behind_a_number_is_broken(void **state) {
    (void)state;
    char body[] = "{\"data\":[1\0,2]}";
    struct answer answer;
    answer_read(&answer, 200, body, sizeof body - 1);
    assert_int_equal(answer.kind, SPREETAIL_PROTOCOL);
    answer_clear(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_ends_where_the_grammar_says),
        cmocka_unit_test(it_finds_large_what_jansson_does),
        cmocka_unit_test(the_border_is_exact),
        cmocka_unit_test(reals_are_read_to_the_last_bit),
        cmocka_unit_test(they_are_read_as_strtod_does),
        cmocka_unit_test(seconds_are_digits_and_nothing_else),
        cmocka_unit_test(the_locales_comma_changes_nothing),
        cmocka_unit_test(an_answer_keeps_such_numbers_as_text),
        cmocka_unit_test(an_answer_with_such_a_number_may_still_be_broken),
        cmocka_unit_test(an_answer_with_a_nul_behind_a_number_is_broken),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
