#include "buffer.h"
#include "check.h"

static void what_is_added_lies_there_with_a_nul_behind_it(void **state) {
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_add(&buffer, "a\0b", 3));
    assert_true(buffer_add_text(&buffer, "cd"));
    assert_true(buffer_printf(&buffer, "-%d-%s", 7, "x"));
    assert_int_equal(buffer.size, 9);
    assert_memory_equal(buffer.data, "a\0bcd-7-x", 10);
    buffer_free(&buffer);
}

static void it_may_be_written_in_place(void **state) {
    (void)state;
    struct buffer buffer = {0};
    for (char c = 'a'; c <= 'z'; c++)
        memset(buffer_extend(&buffer, 100), c, 100);
    assert_int_equal(buffer.size, 2600);
    assert_int_equal(strlen(buffer.data), 2600);
    assert_memory_equal(buffer.data + 99, "ab", 2);
    assert_null(buffer_extend(&buffer, SIZE_MAX / 2));
    assert_int_equal(buffer.size, 2600);
    buffer_free(&buffer);
}

static void adding_nothing_makes_an_empty_text(void **state) {
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_add(&buffer, NULL, 0));
    assert_string_equal(buffer.data, "");
    buffer_free(&buffer);
    assert_true(buffer_printf(&buffer, "%s", ""));
    assert_string_equal(buffer.data, "");
    buffer_free(&buffer);
}

static void it_grows_in_plain_and_in_secret_memory(void **state) {
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct buffer buffer = {.secret = secret};
        for (int i = 0; i < 20000; i++)
            assert_true(buffer_add(&buffer, i % 2 ? "b" : "a", 1));
        assert_int_equal(buffer.size, 20000);
        for (int i = 0; i < 20000; i++)
            assert_int_equal(buffer.data[i], i % 2 ? 'b' : 'a');
        assert_int_equal(buffer.data[20000], 0);
        buffer_free(&buffer);
    }
}

static void it_can_be_cut_and_goes_on(void **state) {
    (void)state;
    struct buffer buffer = {0};
    buffer_cut(&buffer, 0);
    buffer_add_text(&buffer, "abcdef");
    buffer_cut(&buffer, 2);
    assert_string_equal(buffer.data, "ab");
    buffer_add_text(&buffer, "!");
    assert_string_equal(buffer.data, "ab!");
    buffer_free(&buffer);
}

static void freed_it_is_empty_and_usable(void **state) {
    (void)state;
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "abc");
    buffer_free(&buffer);
    buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    buffer_add_text(&buffer, "d");
    assert_string_equal(buffer.data, "d");
    buffer_free(&buffer);
}

static void what_can_never_fit_is_refused_and_changes_nothing(void **state) {
    (void)state;
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "abc");
    assert_false(buffer_add(&buffer, "x", SIZE_MAX));
    assert_false(buffer_add(&buffer, "x", SIZE_MAX / 2));
    assert_string_equal(buffer.data, "abc");
    buffer_free(&buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_lies_there_with_a_nul_behind_it),
        cmocka_unit_test(it_may_be_written_in_place),
        cmocka_unit_test(adding_nothing_makes_an_empty_text),
        cmocka_unit_test(it_grows_in_plain_and_in_secret_memory),
        cmocka_unit_test(it_can_be_cut_and_goes_on),
        cmocka_unit_test(freed_it_is_empty_and_usable),
        cmocka_unit_test(what_can_never_fit_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
