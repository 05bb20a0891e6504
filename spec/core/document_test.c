/* Looking into what was read. */
#include "document.h"

#include "check.h"
#include "reader.h"

/* Reads a text, which has to be one; the values are there until the next. */
static const struct spreetail_value *read_text(const char *text) {
    static struct reader reader;
    static char *copy;
    reader_clear(&reader);
    free(copy);
    copy = strdup(text);
    reader_begin(&reader, copy, strlen(copy));
    assert_int_equal(reader_continue(&reader, SIZE_MAX), READER_DONE);
    return reader.values;
}

static void a_member_is_found_behind_whatever_others_hold(void **state) {
    (void)state;
    const struct spreetail_value *root =
        read_text("{\"a\":[{\"x\":0},[],{}],\"b\":{\"x\":[1,2]},\"x\":7,\"ab\":\"b\",\"\":8}");
    assert_int_equal(document_member(root, "x")->integer, 7);
    assert_int_equal(document_member(root, "")->integer, 8);
    assert_string_equal(document_text(document_member(root, "ab")), "b");
    assert_int_equal(document_member(document_member(root, "b"), "x")->size, 2);
    assert_int_equal(document_member(root, "a")->size, 3);
    assert_null(document_member(root, "y"));
    assert_null(document_member(read_text("{\"x\\u0000\":1}"), "x"));
}

static void of_several_members_with_one_name_the_last_counts(void **state) {
    (void)state;
    const struct spreetail_value *root = read_text("{\"a\":1,\"b\":2,\"a\":[],\"\\u0061\":3}");
    assert_int_equal(root->size, 4);
    assert_int_equal(document_member(root, "a")->integer, 3);
}

static void only_objects_have_members(void **state) {
    (void)state;
    assert_null(document_member(NULL, "a"));
    assert_null(document_member(read_text("[\"a\",1]"), "a"));
    assert_null(document_member(read_text("[\"a\",1]") + 1, "a"));
    assert_null(document_member(read_text("{}"), "a"));
}

static void a_value_is_what_it_is_and_nothing_else(void **state) {
    (void)state;
    const struct spreetail_value *item = read_text("[null,false,true,-7,0.5,\"7\",[],{}]") + 1;
    for (int type = SPREETAIL_NULL; type <= SPREETAIL_OBJECT; type++) {
        for (int other = SPREETAIL_NULL; other <= SPREETAIL_OBJECT; other++)
            assert_int_equal(document_is(item, (enum spreetail_type)other), other == type);
        assert_true((document_text(item) != NULL) == (type == SPREETAIL_STRING));
        assert_about(document_number(item), type == SPREETAIL_INTEGER ? -7
                                            : type == SPREETAIL_REAL  ? 0.5
                                                                      : 0);
        item = spreetail_behind(item);
    }
    assert_false(document_is(NULL, SPREETAIL_NULL));
    assert_null(document_text(NULL));
    assert_about(document_number(NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_found_behind_whatever_others_hold),
        cmocka_unit_test(of_several_members_with_one_name_the_last_counts),
        cmocka_unit_test(only_objects_have_members),
        cmocka_unit_test(a_value_is_what_it_is_and_nothing_else),
    };
    return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
