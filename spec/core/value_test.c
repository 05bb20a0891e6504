/* When two values in JSON say the same. */
#include "check.h"
#include "reader.h"
#include "value.h"

struct value_case {
    const char *sent, *stored;
    bool same;
};

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!value)
        fail_msg("not JSON: %s", text);
    return value;
}

static void check_values(const char *sent, const char *stored, bool same) {
    json_t *left = parse(sent), *right = parse(stored);
    if (value_is_same(left, right) != same)
        fail_msg("%s and %s are %s", sent, stored, same ? "not the same" : "the same");
    json_decref(left);
    json_decref(right);
}

static void check_both_ways(const struct value_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check_values(cases[i].sent, cases[i].stored, cases[i].same);
        check_values(cases[i].stored, cases[i].sent, cases[i].same);
    }
}

static void numbers_are_compared_as_numbers(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"100", "100", true},
        {"100", "100.0", true},
        {"100", "\"100\"", true},
        {"100", "\"100.00\"", true},
        {"100.0", "\" 100 \"", true},
        {"1e2", "\"100\"", true},
        {"29.99", "29.990000000000002", true},
        {"29.99", "\"29.99\"", true},
        {"30", "29.999999999999996", true},
        {"-1", "\"-1.0\"", true},
        {"0", "-0.0", true},
        {"0", "0.0", true},
        {"100", "101", false},
        {"29.99", "30", false},
        {"29.99", "29.98", false},
        {"0", "1e-12", false},
        {"1", "-1", false},
        {"4006381333931", "4006381333932", false},
        {"4006381333931", "\"4006381333932\"", false},
        {"4006381333931", "4006381333932.0", false},
        {"9007199254740993", "9007199254740992", false},
        {"16", "\"0x10\"", false},
        {"100", "\"100 EUR\"", false},
        {"100", "\"\"", false},
        {"0", "\"\"", false},
        {"1", "\"Infinity\"", false},
        {"1", "true", false},
        {"0", "false", false},
        {"true", "\"true\"", false},
        {"true", "false", false},
        {"true", "true", true},
    };
    check_both_ways(cases, COUNT_OF(cases));
}

/* As a server does that keeps prices as 32-bit floats. */
static void a_number_may_have_gone_through_a_32_bit_float(void **state) {
    (void)state;
    char sent[40], stored[40];
    for (int cents = 1; cents < how_many(5000000); cents += 7) {
        snprintf(sent, sizeof sent, "%.2f", cents / 100.0);
        snprintf(stored, sizeof stored, "%.17g", (double)(float)(cents / 100.0));
        check_values(sent, stored, true);
        snprintf(stored, sizeof stored, "%.9g", (double)(float)((cents + 1) / 100.0));
        check_values(sent, stored, false);
    }
    static const struct value_case cases[] = {
        {"29.99", "29.989999771118164", true},
        {"29.99", "\"29.9899998\"", true},
        {"4.9", "4.900000095367432", true},
        {"29.99", "29.9899", false},
        {"29.99", "29.98999", false},
        /* Where a float has no room for cents. */
        {"300000.01", "300000.02", false},
        {"300000.01", "300000", false},
        {"16777216.5", "16777217.5", false},
        {"16777217", "16777216.0", false},
    };
    check_both_ways(cases, COUNT_OF(cases));
}

static void texts_are_compared_without_the_spaces_around_them(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"\"Ada\"", "\"Ada\"", true},     {"\"Ada\"", "\"  Ada\\t\\n\"", true},
        {"\"\"", "\"   \"", true},        {"\"Ada L\"", "\"AdaL\"", false},
        {"\"Ada\"", "\"ada\"", false},    {"\"Ada\"", "\"Adah\"", false},
        {"\"01234\"", "\"1234\"", false}, {"\"Ada\"", "\"\"", false},
        {"\"7\"", "\"7.0\"", false},      {"\"a\\u0000b\"", "\"a\\u0000c\"", false},
        {"\"\\u00e9\"", "\"e\"", false},  {"\"BRAND_Ada\"", "\"Ada\"", false},
        {"\"B_A\"", "\"A\"", false},
    };
    check_both_ways(cases, COUNT_OF(cases));
}

static void line_ends_may_have_become_others(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"\"Ring\\ntwice\"", "\"Ring\\r\\ntwice\"", true},
        {"\"a\\n\\nb\"", "\"a\\r\\n\\r\\nb\"", true},
        {"\"a\\r\\nb\\nc\"", "\"a\\nb\\r\\nc\\r\\n\"", true},
        {"\"Ring\\ntwice\"", "\"Ring twice\"", false},
        {"\"Ring\\ntwice\"", "\"Ringtwice\"", false},
        {"\"Ring\\ntwice\"", "\"Ring\\n\\ntwice\"", false},
        {"\"a\\rb\"", "\"ab\"", false},
        {"\"a\\r\"", "\"a\\n\"", true}, /* around it */
    };
    check_both_ways(cases, COUNT_OF(cases));
}

static void texts_may_be_times(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"\"2026-03-01T10:00:00Z\"", "\"2026-03-01T12:00:00+02:00\"", true},
        {"\" 2026-03-01T10:00:00Z \"", "\"2026-03-01 10:00\"", true},
        {"\"2026-03-01T10:00:00Z\"", "\"2026-03-01T10:00:01Z\"", false},
        {"\"2026-03-01T10:00:00Z\"", "\"01.03.2026 10:00\"", false},
        {"\"2026-03-01\"", "20260301", false},
    };
    check_both_ways(cases, COUNT_OF(cases));
}

static void a_value_may_be_a_text_or_its_digits(void **state) {
    (void)state;
    static const struct {
        const char *value, *text;
        bool same;
    } cases[] = {
        {"\"R-1\"", "R-1", true},         {"\" R-1\"", "R-1", true},   {"\"R-1\"", " R-1 ", true},
        {"1001", "1001", true},           {"\"R-2\"", "R-1", false},   {"\"r-1\"", "R-1", false},
        {"\"\"", "R-1", false},           {"1001", "01001", false},    {"1001.0", "1001", false},
        {"true", "true", false},          {"[\"R-1\"]", "R-1", false}, {"{}", "", false},
        {"\"R-1\\u0000\"", "R-1", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char list[40];
        struct reader reader;
        reader_begin(&reader, list, (size_t)snprintf(list, sizeof list, "[%s]", cases[i].value));
        assert_int_equal(reader_continue(&reader, SIZE_MAX), READER_DONE);
        if (value_is_text(&reader.values[1], cases[i].text) != cases[i].same)
            fail_msg("%s, '%s'", cases[i].value, cases[i].text);
        reader_clear(&reader);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(a_number_may_have_gone_through_a_32_bit_float),
        cmocka_unit_test(texts_are_compared_without_the_spaces_around_them),
        cmocka_unit_test(line_ends_may_have_become_others),
        cmocka_unit_test(texts_may_be_times),
        cmocka_unit_test(a_value_may_be_a_text_or_its_digits),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
