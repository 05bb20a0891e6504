/* When two orders are the same, rule by rule. What single values may become: value_test.c. */
#include <stdbool.h>

#include "check.h"
#include "reconcile.h"

/* What is compared, the verdict, and where the first reason for it is; NULL: it is ours. */
struct comparison_case {
    const char *sent, *stored;
    enum match verdict;
    const char *path;
};

#define OURS MATCH_OURS, NULL
#define ANOTHER(path) MATCH_ANOTHER, path
#define UNCLEAR(path) MATCH_UNCLEAR, path

static json_t *parse(const char *text) {
    json_t *value = json_loads(text, JSON_ALLOW_NUL, NULL);
    if (!value)
        fail_msg("not JSON: %s", text);
    return value;
}

static void check_case(const struct comparison_case *c) {
    static const char *const names[] = {"ours", "another", "unclear"};
    json_t *sent = parse(c->sent), *stored = parse(c->stored);
    enum match verdict;
    json_t *reasons = reconcile(sent, stored, &verdict);
    assert_non_null(reasons);
    const char *path = json_string_value(json_object_get(json_array_get(reasons, 0), "path"));
    if (verdict != c->verdict)
        fail_msg("%s and %s: %s, because of '%s'", c->sent, c->stored, names[verdict],
                 path ? path : "");
    assert_int_equal(path == NULL, c->path == NULL);
    if (c->path)
        assert_string_equal(path, c->path);
    json_decref(reasons);
    json_decref(sent);
    json_decref(stored);
}

static void check_cases(const struct comparison_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_case(&cases[i]);
}

#define CHECK_CASES(cases) check_cases(cases, COUNT_OF(cases))

/* An order by which it may be known, and more of it. */
#define KNOWN "\"ReferenceNumber\":\"R\",\"OrderItems\":[{\"SKU\":\"A\",\"Qty\":1}]"
#define ORDER(...) "{" KNOWN "," __VA_ARGS__ "}"

static void only_what_was_sent_and_is_shown_counts(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ORDER("\"A\":1,\"B\":2"), ORDER("\"A\":1"), OURS},
        {ORDER("\"A\":1,\"B\":2"), ORDER("\"A\":1,\"B\":null"), OURS},
        {ORDER("\"A\":1,\"B\":null"), ORDER("\"A\":1,\"B\":2"), OURS},
        {ORDER("\"A\":1"), ORDER("\"A\":1,\"B\":2,\"C\":{\"D\":[1]}"), OURS},
        {ORDER("\"N\":{\"X\":1,\"Y\":2}"), ORDER("\"N\":{\"X\":1,\"Z\":3}"), OURS},
        {ORDER("\"N\":{\"X\":1}"), ORDER("\"N\":{\"X\":2}"), ANOTHER("N.X")},
        {ORDER("\"N\":\"x\""), ORDER("\"N\":\"\""), ANOTHER("N")},
        {ORDER("\"N\":\"\""), ORDER("\"N\":\"x\""), ANOTHER("N")},
        {ORDER("\"Status\":\"x\""), ORDER("\"Status\":\"Pending\""), OURS},
        {ORDER("\"N\":{\"Status\":\"x\"}"), ORDER("\"N\":{\"Status\":\"y\"}"), ANOTHER("N.Status")},
        {ORDER("\"\":{\"Status\":\"x\"}"), ORDER("\"\":{\"Status\":\"y\"}"), ANOTHER("Status")},
        {ORDER("\"N\":{\"X\":1}"), ORDER("\"N\":\"X\""), ANOTHER("N")},
        {ORDER("\"N\":[1]"), ORDER("\"N\":{\"X\":1}"), ANOTHER("N")},
        {ORDER("\"N\":\"x\""), ORDER("\"N\":[\"x\"]"), ANOTHER("N")},
    };
    CHECK_CASES(cases);
}

#define ITEMS(...)                                                                                 \
    "{\"ReferenceNumber\":\"R\",\"Currency\":\"EUR\",\"OrderItems\":[" __VA_ARGS__ "]}"

static void without_its_reference_and_its_items_an_order_is_not_known(void **state) {
    (void)state;
    static const char item[] = ITEMS("{\"SKU\":\"A\",\"Qty\":1,\"PricePerUnit\":2}");
    static const struct comparison_case cases[] = {
        {item, item, OURS},
        {item, "{}", UNCLEAR("ReferenceNumber")},
        {item, "{\"ReferenceNumber\":\"R\",\"Status\":\"Pending\"}", UNCLEAR("OrderItems")},
        {item, "{\"ReferenceNumber\":\"R\",\"Currency\":\"EUR\"}", UNCLEAR("OrderItems")},
        {item, "{\"OrderItems\":[{\"SKU\":\"A\",\"Qty\":1}]}", UNCLEAR("ReferenceNumber")},
        {item, "{\"ReferenceNumber\":null,\"OrderItems\":null}", UNCLEAR("ReferenceNumber")},
        {item, ITEMS("{\"SKU\":\"A\"}"), UNCLEAR("OrderItems[1].Qty")},
        {item, ITEMS("{\"SKU\":\"A\",\"Qty\":null}"), UNCLEAR("OrderItems[1].Qty")},
        {item, ITEMS("{\"Qty\":1}"), UNCLEAR("OrderItems[1].SKU")},
        {item, ITEMS("{}"), UNCLEAR("OrderItems[1].SKU")},
        {item, ITEMS("null"), UNCLEAR("OrderItems[1].SKU")},
        {item, ITEMS("{\"SKU\":\"A\",\"Qty\":1}"), OURS},
        /* Nor is one that was sent without. */
        {"{" KNOWN "}", "{" KNOWN "}", OURS},
        {"{}", "{" KNOWN "}", UNCLEAR("ReferenceNumber")},
        {"{\"ReferenceNumber\":\"R\"}", "{" KNOWN "}", UNCLEAR("OrderItems")},
        {ITEMS(""), ITEMS(""), UNCLEAR("OrderItems")},
        {ITEMS("{\"SKU\":\"\",\"Qty\":1}"), ITEMS("{\"SKU\":\" \",\"Qty\":1}"),
         UNCLEAR("OrderItems[1].SKU")},
        /* What disagrees goes before. */
        {item, "{\"Currency\":\"GBP\"}", ANOTHER("Currency")},
        {item, "{\"ReferenceNumber\":\"S\"}", ANOTHER("ReferenceNumber")},
    };
    CHECK_CASES(cases);
}

#define LINE(line, sku, qty) "{\"OrderLineNumber\":" line ",\"SKU\":\"" sku "\",\"Qty\":" qty "}"
#define BARE(sku, qty) "{\"SKU\":\"" sku "\",\"Qty\":" qty "}"
#define FIRST LINE("\"1\"", "A", "1")
#define SECOND LINE("\"2\"", "B", "2")

/* One SKU, and one that stands for it in what is stored. */
static void check_sku(const char *sent, const char *stored, bool same) {
    char left[300], right[300];
    snprintf(left, sizeof left, ITEMS(BARE("%s", "1")), sent);
    snprintf(right, sizeof right, ITEMS(BARE("%s", "1")), stored);
    check_case(&(struct comparison_case){left, right, same ? MATCH_OURS : MATCH_ANOTHER,
                                         same ? NULL : "OrderItems[1].SKU"});
}

static void a_brand_may_have_been_put_before_a_sku(void **state) {
    (void)state;
    static const struct {
        const char *sent, *stored;
        bool same;
    } cases[] = {
        {"SKU1", "SKU1", true},
        {"SKU1", "BRAND_SKU1", true},
        {"SKU1", " BRAND_SKU1 ", true},
        {"SKU-1", "MY_BRAND_SKU-1", true},
        {"A_1", "A_1", true},
        {"A_1", "OTHER_A_1", false},
        {"1", "A_1", true},
        {"A_1", "1", false},
        {"BRAND_SKU1", "SKU1", false},
        {"SKU1", "BRANDSKU1", false},
        {"SKU1", "BRAND-SKU1", false},
        {"SKU1", "_SKU1", false},
        {"SKU1", "SKU1_BRAND", false},
        {"SKU1", "BRAND_SKU12", false},
        {"SKU1", "BRAND_sku1", false},
        {"ONE_SKU1", "TWO_SKU1", false},
        {"SKU1", "BRAND_", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_sku(cases[i].sent, cases[i].stored, cases[i].same);
}

static void it_is_the_same_before_every_sku(void **state) {
    (void)state;
#define TWO(a, b) ITEMS(BARE(a, "1") "," BARE(b, "2"))
    static const struct comparison_case cases[] = {
        {TWO("A", "B"), TWO("X_A", "X_B"), OURS},
        {TWO("A", "B"), TWO("X_A", "B"), ANOTHER("OrderItems[2].SKU")},
        {TWO("A", "B"), TWO("A", "X_B"), ANOTHER("OrderItems[2].SKU")},
        {TWO("A", "B"), TWO("X_A", "Y_B"), ANOTHER("OrderItems[2].SKU")},
        {TWO("X_A", "B"), TWO("X_A", "X_B"), ANOTHER("OrderItems[2].SKU")},
        /* One of the SKUs that had none before shows which it is. */
        {TWO("A_1", "B"), TWO("X_A_1", "X_B"), OURS},
        {TWO("B", "A_1"), TWO("X_B", "X_A_1"), OURS},
        {TWO("A_1", "B_1"), TWO("X_A_1", "X_B_1"), ANOTHER("OrderItems[1].SKU")},
        /* Elsewhere than in an item none is put. */
        {ORDER("\"SKU\":\"A\""), ORDER("\"SKU\":\"X_A\""), ANOTHER("SKU")},
    };
    CHECK_CASES(cases);
}

static void items_stand_for_each_other_by_line_number(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST "," SECOND), OURS},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," FIRST), OURS},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("2", "X_B", "2.0") "," LINE("1", "X_A", "\"1\"")),
         OURS},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"2\"", "B", "3") "," FIRST),
         ANOTHER("OrderItems[2].Qty")},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"1\"", "A", "2") "," LINE("\"2\"", "B", "1")),
         ANOTHER("OrderItems[1].Qty")},
        {ITEMS(FIRST "," SECOND), ITEMS(LINE("\"7\"", "A", "1") "," LINE("\"8\"", "B", "2")),
         ANOTHER("OrderItems[1].OrderLineNumber")},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," BARE("A", "1")), OURS},
        {ITEMS(FIRST "," SECOND), ITEMS(SECOND "," BARE("C", "1")), ANOTHER("OrderItems[1].SKU")},
        {ITEMS(LINE("{}", "A", "1")), ITEMS(LINE("{}", "A", "1")), OURS},
        {ITEMS(LINE("[]", "A", "1")), ITEMS(LINE("null", "A", "1")), OURS},
    };
    CHECK_CASES(cases);
}

static void without_line_numbers_they_do_by_their_contents(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ITEMS(FIRST "," SECOND), ITEMS(BARE("A", "1") "," BARE("B", "2")), OURS},
        {ITEMS(FIRST "," SECOND), ITEMS(BARE("B", "2") "," BARE("A", "1")), OURS},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(SECOND "," FIRST), OURS},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(BARE("X_B", "2") "," BARE("X_A", "1")),
         OURS},
        {ITEMS(BARE("A", "1") "," BARE("A", "2")), ITEMS(BARE("A", "2") "," BARE("A", "1")), OURS},
        {ITEMS(BARE("A", "1") "," BARE("A", "2") "," BARE("A", "3")),
         ITEMS(BARE("X_A", "2") "," BARE("X_A", "3") "," BARE("X_A", "1")), OURS},
        {ITEMS(BARE("A", "1") "," BARE("A", "2")), ITEMS(BARE("A", "1") "," BARE("A", "1")),
         ANOTHER("OrderItems[2].Qty")},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(BARE("B", "1") "," BARE("A", "1")),
         ANOTHER("OrderItems[2].Qty")},
        /* Where none agrees wholly, the SKU says which is meant. */
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(BARE("B", "9") "," BARE("A", "9")),
         ANOTHER("OrderItems[1].Qty")},
        {ITEMS(BARE("A", "1") "," BARE("B", "2")), ITEMS(FIRST "," SECOND), OURS},
    };
    CHECK_CASES(cases);
}

/* As they come when the program numbers none: the numbers that were filled in were sent. */
static void lines_of_one_sku_may_come_in_another_order(void **state) {
    (void)state;
#define SAME(line, qty) LINE("\"" line "\"", "A", qty)
    static const struct comparison_case cases[] = {
        {ITEMS(SAME("1", "1") "," SAME("2", "5")), ITEMS(SAME("2", "5") "," SAME("1", "1")), OURS},
        {ITEMS(SAME("1", "1") "," SAME("2", "5")), ITEMS(BARE("A", "5") "," BARE("A", "1")), OURS},
        {ITEMS(SAME("1", "1") "," SAME("2", "5")), ITEMS(SAME("2", "1") "," SAME("1", "5")),
         ANOTHER("OrderItems[1].Qty")},
    };
    CHECK_CASES(cases);
}

static void each_item_stands_for_one_alone(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        /* Lines numbered alike: the second of what is stored must not go unseen. */
        {ITEMS(FIRST "," FIRST), ITEMS(FIRST "," FIRST), OURS},
        {ITEMS(FIRST "," FIRST), ITEMS(FIRST "," LINE("\"1\"", "C", "9")),
         ANOTHER("OrderItems[2].SKU")},
        {ITEMS(FIRST "," LINE("\"1\"", "B", "2")), ITEMS(FIRST "," LINE("\"1\"", "B", "2")), OURS},
        {ITEMS(BARE("A", "1") "," FIRST), ITEMS(FIRST "," BARE("C", "9")),
         ANOTHER("OrderItems[1].SKU")},
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST "," FIRST), ANOTHER("OrderItems[2].OrderLineNumber")},
    };
    CHECK_CASES(cases);
}

static void lists_of_different_length_differ(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {
        {ITEMS(FIRST "," SECOND), ITEMS(FIRST), ANOTHER("OrderItems")},
        {ITEMS(FIRST), ITEMS(FIRST "," SECOND), ANOTHER("OrderItems")},
        {ITEMS(FIRST), ITEMS(""), ANOTHER("OrderItems")},
        {ITEMS(""), ITEMS(FIRST), ANOTHER("OrderItems")},
    };
    CHECK_CASES(cases);
}

static void other_lists_are_compared_likewise(void **state) {
    (void)state;
#define LIST(...) ORDER("\"L\":[" __VA_ARGS__ "]")
    static const struct comparison_case cases[] = {
        {LIST(""), LIST(""), OURS},
        {LIST("1,2"), LIST("1,2.0"), OURS},
        {LIST("1,2"), LIST("2,1"), ANOTHER("L[1]")},
        {LIST("[1,[2]]"), LIST("[1,[2]]"), OURS},
        {LIST("[1,[2]]"), LIST("[1,[3]]"), ANOTHER("L[1][2][1]")},
        {LIST("{\"N\":1,\"V\":2},{\"N\":3,\"V\":4}"), LIST("{\"N\":3,\"V\":4},{\"N\":1,\"V\":2}"),
         OURS},
        {LIST("{\"N\":1,\"V\":2},{\"N\":3,\"V\":4}"), LIST("{\"N\":3,\"V\":2},{\"N\":1,\"V\":4}"),
         ANOTHER("L[1].N")},
    };
    CHECK_CASES(cases);
}

static void what_is_no_object_is_no_order(void **state) {
    (void)state;
    static const struct comparison_case cases[] = {{"{" KNOWN "}", "[1]", ANOTHER("")}};
    CHECK_CASES(cases);
}

/* Lists within lists are gone through once for each level, not once for each pair of them. */
static void depth_costs_no_more_than_size(void **state) {
    enum { DEPTH = 300 };
    static char text[DEPTH * 40];
    (void)state;
    strcpy(text, "{" KNOWN ",\"L\":");
    for (int i = 0; i < DEPTH; i++)
        strcat(text, "[{\"L\":");
    strcat(text, "1");
    for (int i = 0; i < DEPTH; i++)
        strcat(text, "}]");
    strcat(text, "}");
    check_case(&(struct comparison_case){text, text, OURS});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_sent_and_is_shown_counts),
        cmocka_unit_test(without_its_reference_and_its_items_an_order_is_not_known),
        cmocka_unit_test(a_brand_may_have_been_put_before_a_sku),
        cmocka_unit_test(it_is_the_same_before_every_sku),
        cmocka_unit_test(items_stand_for_each_other_by_line_number),
        cmocka_unit_test(without_line_numbers_they_do_by_their_contents),
        cmocka_unit_test(lines_of_one_sku_may_come_in_another_order),
        cmocka_unit_test(each_item_stands_for_one_alone),
        cmocka_unit_test(lists_of_different_length_differ),
        cmocka_unit_test(other_lists_are_compared_likewise),
        cmocka_unit_test(what_is_no_object_is_no_order),
        cmocka_unit_test(depth_costs_no_more_than_size),
    };
    return cmocka_run_group_tests_name("reconcile_rules", tests, NULL, NULL);
}
