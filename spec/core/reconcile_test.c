/* What is said about a stored order that is another, or may be. */
#include "check.h"
#include "reconcile.h"

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static json_t *compare(const char *sent, const char *stored) {
    json_t *left = parse(sent), *right = parse(stored);
    enum match verdict;
    json_t *reasons = reconcile(left, right, &verdict);
    assert_non_null(reasons);
    json_decref(left);
    json_decref(right);
    return reasons;
}

static const char *member(const json_t *differences, size_t index, const char *name) {
    return json_string_value(json_object_get(json_array_get(differences, index), name));
}

static void a_difference_names_its_path_and_both_values(void **state) {
    (void)state;
    json_t *differences = compare("{\"Currency\":\"EUR\",\"OrderItems\":[{\"Qty\":1}]}",
                                  "{\"Currency\":\"GBP\",\"OrderItems\":[{\"Qty\":2}]}");
    assert_int_equal(json_array_size(differences), 2);
    assert_string_equal(member(differences, 0, "path"), "Currency");
    assert_string_equal(member(differences, 0, "message"), "sent \"EUR\", stored \"GBP\"");
    assert_string_equal(member(differences, 1, "path"), "OrderItems[1].Qty");
    assert_string_equal(member(differences, 1, "message"), "sent 1, stored 2");
    json_decref(differences);
}

/* Cut within a character a message would be no text at all, and the difference be lost. */
static void a_long_value_is_cut_between_two_characters(void **state) {
    (void)state;
    static const char umlauts[] = "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü";
    for (const char *shift = "xxx"; *shift; shift++) {
        char sent[256], stored[256];
        snprintf(sent, sizeof sent, "{\"Town\":\"%s%s\"}", shift, umlauts);
        snprintf(stored, sizeof stored, "{\"Town\":\"%s%s!\"}", shift, umlauts);
        json_t *differences = compare(sent, stored);
        assert_int_equal(json_array_size(differences), 1);
        const char *message = member(differences, 0, "message");
        assert_contains(message, "stored \"x");
        assert_true(strlen(message) < 230);
        json_decref(differences);
    }
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    json_t *reasons =
        compare("{\"ReferenceNumber\":\"R\",\"OrderItems\":[{\"Qty\":1},{\"Qty\":2}]}",
                "{\"OrderItems\":[{\"Qty\":1},{\"SKU\":\"A\"}]}");
    static const char *const paths[] = {"ReferenceNumber", "OrderItems[1].SKU",
                                        "OrderItems[2].Qty"};
    assert_int_equal(json_array_size(reasons), COUNT_OF(paths));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_string_equal(member(reasons, i, "path"), paths[i]);
        assert_string_equal(member(reasons, i, "message"), "is not shown");
    }
    json_decref(reasons);
}

static void an_order_does_not_differ_from_itself(void **state) {
    (void)state;
    static const char *const orders[] = {
        "{\"ReferenceNumber\":\"R-1\"}",
        "{\"OrderItems\":[{\"OrderLineNumber\":\"1\",\"SKU\":\"a\"},"
        "{\"OrderLineNumber\":\"1\",\"SKU\":\"b\"}]}",
        "{\"OrderItems\":[{\"OrderLineNumber\":{},\"SKU\":\"a\"},"
        "{\"OrderLineNumber\":null,\"SKU\":\"b\"}]}",
        "{\"OrderItems\":[{\"SKU\":\"\",\"Qty\":1},{\"SKU\":\"\",\"Qty\":2}]}",
        "{\"a\":9007199254740993,\"b\":1e308,\"c\":\"1e999\",\"d\":\"\\u0000\"}",
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        json_t *order = parse(orders[i]), *reasons;
        enum match verdict;
        reasons = reconcile(order, order, &verdict);
        assert_int_equal(verdict, MATCH_UNCLEAR); /* they show too little */
        json_decref(reasons);
        json_decref(order);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_names_its_path_and_both_values),
        cmocka_unit_test(a_long_value_is_cut_between_two_characters),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(an_order_does_not_differ_from_itself),
    };
    return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
