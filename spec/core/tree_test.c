/* jansson's values out of what was read, in one go and piece by piece. What they are of is the
 * reader's: reader_test.c compares them with those of jansson's own. */
#include "tree.h"

#include "check.h"
#include "reader.h"

static const char text[] = "{\"a\":[1,-2.5,true,false,null,\"x\\u0000y\",[[]],{}],\"e\":{\"b\":"
                           "{\"c\":0}},\"z\":\"\"}";

static json_t *parse(const char *json) {
    return json_loads(json, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
}

static void it_is_made_in_pieces_of_any_size(void **state) {
    (void)state;
    json_t *whole = tree_read(text, sizeof text - 1);
    assert_int_equal(json_object_size(whole), 3);
    assert_int_equal(json_array_size(json_object_get(whole, "a")), 8);
    struct reader reader;
    char copy[sizeof text];
    reader_begin(&reader, memcpy(copy, text, sizeof text), sizeof text - 1);
    assert_int_equal(reader_continue(&reader, SIZE_MAX), READER_DONE);
    for (size_t piece = 1; piece <= reader.count; piece++) {
        struct tree tree;
        size_t pieces = 1;
        tree_begin(&tree, reader.values);
        while (tree_continue(&tree, piece) == TREE_GOES_ON)
            pieces++;
        assert_true(json_equal(tree.root, whole));
        assert_true(pieces <= (reader.count + piece - 1) / piece);
        tree_clear(&tree);
    }
    reader_clear(&reader);
    json_decref(whole);
}

static void it_may_be_given_up_in_the_middle(void **state) {
    (void)state;
    struct reader reader;
    char copy[sizeof text];
    reader_begin(&reader, memcpy(copy, text, sizeof text), sizeof text - 1);
    assert_int_equal(reader_continue(&reader, SIZE_MAX), READER_DONE);
    for (size_t count = 0; count < reader.count; count++) {
        struct tree tree;
        tree_begin(&tree, reader.values);
        tree_continue(&tree, count);
        tree_clear(&tree);
    }
    reader_clear(&reader);
}

static void it_may_be_of_any_value(void **state) {
    (void)state;
    static const char *const values[] = {"null", "true", "\"x\"",   "7",
                                         "0.5",  "[]",   "[[1],2]", "{\"a\":{}}"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct reader reader;
        char list[40];
        reader_begin(&reader, list,
                     (size_t)snprintf(list, sizeof list, "[%s,\"behind\"]", values[i]));
        assert_int_equal(reader_continue(&reader, SIZE_MAX), READER_DONE);
        json_t *made = tree_of(reader.values + 1), *expected = parse(values[i]);
        assert_true(json_equal(made, expected));
        json_decref(made);
        json_decref(expected);
        reader_clear(&reader);
    }
}

static void what_is_no_json_makes_none(void **state) {
    (void)state;
    assert_null(tree_read("[1", 2));
    assert_null(tree_read("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_in_pieces_of_any_size),
        cmocka_unit_test(it_may_be_given_up_in_the_middle),
        cmocka_unit_test(it_may_be_of_any_value),
        cmocka_unit_test(what_is_no_json_makes_none),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
