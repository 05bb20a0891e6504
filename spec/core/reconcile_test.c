/* What is said about two orders that are not the same. */
#include "check.h"
#include "reconcile.h"

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static json_t *compare(const char *sent, const char *stored) {
    json_t *left = parse(sent), *right = parse(stored);
    json_t *differences = reconcile(left, right);
    assert_non_null(differences);
    json_decref(left);
    json_decref(right);
    return differences;
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

static void an_order_is_the_same_as_itself(void **state) {
    (void)state;
    static const char *const orders[] = {
        "{\"ReferenceNumber\":\"R-1\"}",
        "{\"OrderItems\":[{\"OrderLineNumber\":\"1\",\"SKU\":\"a\"},"
        "{\"OrderLineNumber\":\"1\",\"SKU\":\"b\"}]}",
        "{\"OrderItems\":[{\"OrderLineNumber\":{},\"SKU\":\"a\"},"
        "{\"OrderLineNumber\":null,\"SKU\":\"b\"}]}",
        "{\"a\":9007199254740993,\"b\":1e308,\"c\":\"1e999\",\"d\":\"\\u0000\"}",
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        json_t *differences = compare(orders[i], orders[i]);
        assert_int_equal(json_array_size(differences), 0);
        json_decref(differences);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_names_its_path_and_both_values),
        cmocka_unit_test(a_long_value_is_cut_between_two_characters),
        cmocka_unit_test(an_order_is_the_same_as_itself),
    };
    return cmocka_run_group_tests_name("reconcile", tests, NULL, NULL);
}
