/* When two orders are the same, rule by rule. */
#include <stdbool.h>

#include "check.h"
#include "reconcile.h"

/* What is compared, and where the first difference is; NULL: they are the same order. */
struct comparison_case {
    const char *sent, *stored, *path;
};

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_ALLOW_NUL, NULL);
    if (!value)
        fail_msg("not JSON: %s", text);
    return value;
}

static json_t *differences_of(const char *sent_text, const char *stored_text) {
    json_t *sent = parse(sent_text), *stored = parse(stored_text);
    json_t *differences = reconcile(sent, stored);
    assert_non_null(differences);
    json_decref(sent);
    json_decref(stored);
    return differences;
}

static void check_case(const struct comparison_case *c) {
    json_t *differences = differences_of(c->sent, c->stored);
    const json_t *first = json_array_get(differences, 0);
    const char *path = json_string_value(json_object_get(first, "path"));
    if (!c->path && path)
        fail_msg("%s and %s differ in '%s'", c->sent, c->stored, path);
    if (c->path && !path)
        fail_msg("%s and %s do not differ", c->sent, c->stored);
    if (c->path)
        assert_string_equal(path, c->path);
    json_decref(differences);
}

static void check_cases(const struct comparison_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_case(&cases[i]);
}

#define CHECK_CASES(cases) check_cases(cases, COUNT_OF(cases))

/* Two values of one field, beside others that are the same. */
static void check_values(const char *key, const char *sent, const char *stored, bool same) {
    char left[300], right[300];
    snprintf(left, sizeof left, "{\"Currency\":\"EUR\",\"%s\":%s}", key, sent);
    snprintf(right, sizeof right, "{\"Currency\":\"EUR\",\"%s\":%s}", key, stored);
    check_case(&(struct comparison_case){left, right, same ? NULL : key});
}

struct value_case {
    const char *sent, *stored;
    bool same;
};

static void check_both_ways(const char *key, const struct value_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check_values(key, cases[i].sent, cases[i].stored, cases[i].same);
        check_values(key, cases[i].stored, cases[i].sent, cases[i].same);
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
    check_both_ways("Qty", cases, COUNT_OF(cases));
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
    };
    check_both_ways("ChannelBuyerName", cases, COUNT_OF(cases));
}

static void times_are_compared_as_instants(void **state) {
    (void)state;
    static const char *const same[] = {
        "2026-03-01T10:00:00Z",      "2026-03-01T10:00:00.000Z",  "2026-03-01T10:00:00.9999999Z",
        "2026-03-01T12:00:00+02:00", "2026-03-01T12:00:00+0200",  "2026-03-01T12:00:00+02",
        "2026-03-01T05:30:00-04:30", "2026-03-01 10:00:00",       "2026-03-01T10:00:00",
        "2026-03-01T10:00Z",         "2026-03-01T10:00",          "2026-03-01t10:00:00z",
        "2026-03-02T00:00:00+14:00", "2026-02-28T22:00:00-12:00", "2026-03-01T10:00:00,5Z",
        " 2026-03-01T10:00:00Z ",
    };
    static const char *const others[] = {
        "2026-03-01T10:00:01Z", "2026-03-01T11:00:00Z",      "2026-03-01T10:00:00+01:00",
        "2026-03-01",           "2025-03-01T10:00:00Z",      "2026-03-01T10",
        "2026-03-01T10:00:00X", "2026-3-1T10:00:00Z",        "01.03.2026 10:00",
        "2026-13-01T10:00:00Z", "2026-03-01T10:00:00Z then", "",
    };
    char left[80], right[80];
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        snprintf(left, sizeof left, "\"%s\"", same[i]);
        for (size_t j = 0; j < COUNT_OF(same); j++) {
            snprintf(right, sizeof right, "\"%s\"", same[j]);
            check_values("DispatchBy", left, right, true);
        }
        for (size_t j = 0; j < COUNT_OF(others); j++) {
            snprintf(right, sizeof right, "\"%s\"", others[j]);
            check_values("DispatchBy", left, right, false);
        }
    }
}

static void dates_follow_the_calendar(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"\"2026-03-01\"", "\"2026-03-01T00:00:00Z\"", true},
        {"\"2026-01-01T00:30:00+01:00\"", "\"2025-12-31T23:30:00Z\"", true},
        {"\"2024-02-29T23:00:00-02:00\"", "\"2024-03-01T01:00:00Z\"", true},
        {"\"2026-02-28T23:00:00-02:00\"", "\"2026-03-01T01:00:00Z\"", true},
        {"\"2000-02-29T12:00:00Z\"", "\"2000-02-29 12:00\"", true},
        {"\"1969-12-31T23:00:00-01:00\"", "\"1970-01-01\"", true},
        {"\"2026-03-01\"", "\"2026-03-02\"", false},
    };
    check_both_ways("ReceivedDate", cases, COUNT_OF(cases));
}

static void a_sku_may_gain_or_lose_a_brand(void **state) {
    (void)state;
    static const struct value_case cases[] = {
        {"\"SKU1\"", "\"BRAND_SKU1\"", true},    {"\"SKU1\"", "\" BRAND_SKU1 \"", true},
        {"\"A_B\"", "\"BRAND_A_B\"", true},      {"\"SKU1\"", "\"BRANDSKU1\"", false},
        {"\"SKU1\"", "\"BRAND-SKU1\"", false},   {"\"SKU1\"", "\"_SKU1\"", false},
        {"\"SKU1\"", "\"SKU1_BRAND\"", false},   {"\"SKU1\"", "\"BRAND_SKU12\"", false},
        {"\"ONE_SKU1\"", "\"TWO_SKU1\"", false}, {"\"\"", "\"BRAND_\"", false},
        {"\"SKU1\"", "\"BRAND_sku1\"", false},   {"\"SKU1\"", "\"SKU1\"", true},
    };
    check_both_ways("SKU", cases, COUNT_OF(cases));
}

static void only_what_was_sent_and_is_stored_counts(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {"{\"A\":1,\"B\":2}", "{\"A\":1}", NULL},
        {"{\"A\":1,\"B\":2}", "{\"A\":1,\"B\":null}", NULL},
        {"{\"A\":1,\"B\":null}", "{\"A\":1,\"B\":2}", NULL},
        {"{\"A\":1}", "{\"A\":1,\"B\":2,\"C\":{\"D\":[1]}}", NULL},
        {"{\"A\":1,\"N\":{\"X\":1,\"Y\":2}}", "{\"A\":1,\"N\":{\"X\":1,\"Z\":3}}", NULL},
        {"{\"A\":1,\"N\":{\"X\":1}}", "{\"A\":1,\"N\":{\"X\":2}}", "N.X"},
        {"{\"A\":1,\"Status\":\"x\"}", "{\"A\":1,\"Status\":\"Pending\"}", NULL},
        {"{\"A\":1,\"N\":{\"Status\":\"x\"}}", "{\"A\":1,\"N\":{\"Status\":\"y\"}}", "N.Status"},
        {"{\"A\":1,\"N\":{\"X\":1}}", "{\"A\":1,\"N\":\"X\"}", "N"},
        {"{\"A\":1,\"N\":[1]}", "{\"A\":1,\"N\":{\"X\":1}}", "N"},
        {"{\"A\":1,\"N\":\"x\"}", "{\"A\":1,\"N\":[\"x\"]}", "N"},
    };
    CHECK_CASES(cases);
}

static void records_that_share_nothing_differ(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {"{\"A\":1}", "{}", ""},
        {"{\"A\":1}", "{\"B\":1}", ""},
        {"{\"A\":1}", "{\"A\":null}", ""},
        {"{\"A\":1,\"L\":[]}", "{\"L\":[]}", ""},
        {"{}", "{}", ""},
        {"{\"Status\":\"Pending\"}", "{\"Status\":\"Pending\"}", ""},
        /* By its reference the record was found: that proves nothing about the rest. */
        {"{\"ReferenceNumber\":\"R\",\"A\":1}", "{\"ReferenceNumber\":\"R\",\"Status\":\"x\"}", ""},
        {"{\"ReferenceNumber\":\"R\",\"A\":1}", "{\"ReferenceNumber\":\"R\",\"A\":1}", NULL},
        {"{\"ReferenceNumber\":\"R\",\"A\":1}", "{\"A\":1}", NULL},
        {"{\"ReferenceNumber\":\"R\"}", "{\"ReferenceNumber\":\"R\"}", NULL},
        {"{\"ReferenceNumber\":\"R\",\"A\":1}", "{\"ReferenceNumber\":\"S\",\"A\":1}",
         "ReferenceNumber"},
    };
    CHECK_CASES(cases);
}

#define ITEMS(...) "{\"Currency\":\"EUR\",\"OrderItems\":[" __VA_ARGS__ "]}"
#define LINE(line, sku, qty) "{\"OrderLineNumber\":" line ",\"SKU\":\"" sku "\",\"Qty\":" qty "}"
#define BARE(sku, qty) "{\"SKU\":\"" sku "\",\"Qty\":" qty "}"
#define FIRST LINE("\"1\"", "A", "1")
#define SECOND LINE("\"2\"", "B", "2")

static void items_stand_for_each_other_by_line_number(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST "," SECOND), NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," FIRST), NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("2", "X_B", "2.0") "," LINE("1", "X_A", "\"1\"")),
         NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"2\"", "B", "3") "," FIRST), "OrderItems[2].Qty"},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"1\"", "A", "2") "," LINE("\"2\"", "B", "1")),
         "OrderItems[1].Qty"},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"7\"", "A", "1") "," LINE("\"8\"", "B", "2")),
         "OrderItems[1].OrderLineNumber"},
        {ITEMS(FIRST "," SECOND), ITEMS(BARE("A", "1") "," BARE("B", "2")), NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(BARE("B", "2") "," BARE("A", "1")), NULL},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(SECOND "," FIRST), NULL},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(BARE("X_B", "2") "," BARE("X_A", "1")),
         NULL},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(BARE("B", "1") "," BARE("A", "1")),
         "OrderItems[2].Qty"},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(FIRST "," SECOND), NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," BARE("A", "1")), NULL},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," BARE("C", "1")), "OrderItems[1].SKU"},
        {ITEMS(LINE("{}", "A", "1")), ITEMS(LINE("{}", "A", "1")), NULL},
        {ITEMS(LINE("[]", "A", "1")), ITEMS(LINE("null", "A", "1")), NULL},
    };
    CHECK_CASES(cases);
}

static void each_item_stands_for_one_alone(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        /* Lines numbered alike: the second of what is stored must not go unseen. */
        {ITEMS(FIRST "," FIRST), ITEMS(FIRST "," FIRST), NULL},
        {ITEMS(FIRST "," FIRST), ITEMS(FIRST "," LINE("\"1\"", "C", "9")), "OrderItems[2].SKU"},
        {ITEMS(FIRST "," LINE("\"1\"", "B", "2")), ITEMS(FIRST "," LINE("\"1\"", "B", "2")), NULL},
        {ITEMS(BARE("A", "1") "," FIRST), ITEMS(FIRST "," BARE("C", "9")), "OrderItems[1].SKU"},
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST "," FIRST), "OrderItems[2].OrderLineNumber"},
    };
    CHECK_CASES(cases);
}

static void lists_of_different_length_differ(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST), "OrderItems"},
        {ITEMS(FIRST), ITEMS(FIRST "," SECOND), "OrderItems"},
        {ITEMS(FIRST), ITEMS(""), "OrderItems"},
        {ITEMS(""), ITEMS(FIRST), "OrderItems"},
        {ITEMS(""), ITEMS(""), NULL},
        {ITEMS("1,2"), ITEMS("1,2.0"), NULL},
        {ITEMS("1,2"), ITEMS("2,1"), "OrderItems[1]"},
        {ITEMS("[1,[2]]"), ITEMS("[1,[3]]"), "OrderItems[1][2][1]"},
    };
    CHECK_CASES(cases);
}

static void what_is_no_object_is_no_order(void **state) {
    (void)state;
    json_t *order = parse("{\"A\":1}"), *list = parse("[1]");
    json_t *differences = reconcile(order, list);
    assert_int_equal(json_array_size(differences), 1);
    json_decref(differences);
    json_decref(order);
    json_decref(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(texts_are_compared_without_the_spaces_around_them),
        cmocka_unit_test(times_are_compared_as_instants),
        cmocka_unit_test(dates_follow_the_calendar),
        cmocka_unit_test(a_sku_may_gain_or_lose_a_brand),
        cmocka_unit_test(only_what_was_sent_and_is_stored_counts),
        cmocka_unit_test(records_that_share_nothing_differ),
        cmocka_unit_test(items_stand_for_each_other_by_line_number),
        cmocka_unit_test(each_item_stands_for_one_alone),
        cmocka_unit_test(lists_of_different_length_differ),
        cmocka_unit_test(what_is_no_object_is_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
