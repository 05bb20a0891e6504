/* JSON texts, in one go and piece by piece. Every production of the grammar, and every way to break
 * it, is in spec/lua/json_texts.lua. */
#include "reader.h"

#include <time.h>

#include "check.h"
#include "tree.h"

static enum reader_state state_of(const char *text, size_t size, size_t piece, json_t **root) {
    struct reader reader;
    enum reader_state state;
    char *copy = malloc(size + 1); /* of just that size: a sanitizer sees what is read beyond */
    memcpy(copy, text, size);
    copy[size] = '\0';
    reader_begin(&reader, copy, size);
    while ((state = reader_continue(&reader, piece)) == READER_GOES_ON)
        continue;
    *root = state == READER_DONE ? tree_of(reader.values) : NULL;
    reader_clear(&reader);
    free(copy);
    return state;
}

/* What a text is read as, written again. */
static void assert_read(const char *text, const char *expected) {
    json_t *root;
    if (state_of(text, strlen(text), SIZE_MAX, &root) != READER_DONE)
        fail_msg("%s is refused", text);
    char *written = json_dumps(root, JSON_COMPACT);
    assert_string_equal(written, expected);
    free(written);
    json_decref(root);
}

static void assert_state(const char *text, enum reader_state expected) {
    json_t *root;
    if (state_of(text, strlen(text), SIZE_MAX, &root) != expected)
        fail_msg("%s", text);
    json_decref(root);
}

static void it_makes_values_of_a_text(void **state) {
    (void)state;
    assert_read(" { \"a\" : [ 1 , -2.5 , true , false , null , \"x\" ] , \"b\" : { } } \r\n\t",
                "{\"a\":[1,-2.5,true,false,null,\"x\"],\"b\":{}}");
    assert_read("[]", "[]");
    assert_read("{\"a\":1,\"b\":2,\"a\":[3]}", "{\"a\":[3],\"b\":2}");
}

static void escapes_stand_for_characters(void **state) {
    (void)state;
    assert_read("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\"\\\\/\\b\\f\\n\\r\\t\"]");
    assert_read("[\"a\\u00e9\\u20AC\\ud83d\\ude00z\"]",
                "[\"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\"]");
    assert_read("{\"\\u0061\\n\":1}", "{\"a\\n\":1}");
    static const char *const broken[] = {"[\"\\x\"]",       "[\"\\u12\"]",   "[\"\\u12g4\"]",
                                         "[\"\\ud800\"]",   "[\"\\udc00\"]", "[\"\\ud800\\u0041\"]",
                                         "[\"\\ud800x\"]",  "[\"\\",         "[\"\\u",
                                         "[\"\\ud800\\",    "[\"\\ud800\\u", "[\"\\ud800\\udc0",
                                         "[\"\\n\n\"]",     "[\"\\n\xff\"]", "[\"\xc3\"]",
                                         "{\"\\ud800\":1}", "[\"a\\"};
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        assert_state(broken[i], READER_BROKEN);
}

static void a_nul_is_a_character_in_strings_and_keys_when_it_is_written_as_one(void **state) {
    (void)state;
    json_t *root = tree_read("{\"a\\u0000b\":\"c\\u0000d\"}", 23);
    assert_int_equal(json_string_length(json_object_getn(root, "a\0b", 3)), 3);
    json_decref(root);
    assert_null(tree_read("[1\0]", 4));
    assert_null(tree_read("[\"a\0b\"]", 7));
    assert_null(tree_read("[tru\0]", 6));
    assert_null(tree_read("[]\0", 3));
}

static void numbers_that_jansson_can_not_hold_are_text(void **state) {
    (void)state;
    assert_read("[9223372036854775807,-9223372036854775808,0,-0,100]",
                "[9223372036854775807,-9223372036854775808,0,0,100]");
    assert_read("[9223372036854775808,-9223372036854775809,12345678901234567890]",
                "[\"9223372036854775808\",\"-9223372036854775809\",\"12345678901234567890\"]");
    assert_read("[1e400,-1E+400 , 0.001e312]", "[\"1e400\",\"-1E+400\",\"0.001e312\"]");
    assert_read("[1e99999999999999999999]", "[\"1e99999999999999999999\"]");
    assert_read("[1e-400,0e400,0.0e99999999999999999999]", "[0.0,0.0,0.0]");
    static const char *const broken[] = {"[01e400]",      "[-01e400]",
                                         "[1e400.5]",     "[1.e400]",
                                         "[.1e400]",      "[+1e400]",
                                         "[1e400x]",      "[1e400\"\"]",
                                         "{1e400:1}",     "{1e400 \n:1}",
                                         "{1e400}",       "{\"a\":1e400:1}",
                                         "[1e400",        "1e400]",
                                         "[--1e400]",     "[1e4001e400]",
                                         "[1e400 1e400]", "[0x1e400]",
                                         "[1e",           "[1e+",
                                         "[1.",           "[-"};
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        assert_state(broken[i], READER_BROKEN);
}

static void a_text_is_a_list_or_an_object_and_nothing_else(void **state) {
    (void)state;
    static const char *const broken[] = {
        "",     "1",     "\"a\"", "true",      "[",       "[]]",      "[1,]",
        "[,1]", "[1 2]", "{]",    "[}",        "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{,}",  "[]x",   "[] []", "{\"a\" 1}", "{1:2}",   "]",        ","};
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        assert_state(broken[i], READER_BROKEN);
}

static void nesting_ends_at_2048(void **state) {
    (void)state;
    char text[2 * 2049 + 1];
    for (size_t depth = 2048; depth <= 2049; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        assert_state(text, depth == 2048 ? READER_DONE : READER_BROKEN);
    }
}

/*
 * In pieces.
 */

static const char many_sided[] = "{\"a\":[1,-2.5e3,true,false,null,\"x\\u00e9y\"],\"key "
                                 "\\n\":{\"b\":[[],{}]},\"n\":123456789012345678901}";

static void the_size_of_the_pieces_changes_nothing(void **state) {
    (void)state;
    json_t *whole = tree_read(many_sided, sizeof many_sided - 1), *root;
    assert_non_null(whole);
    for (size_t piece = 1; piece <= sizeof many_sided; piece++) {
        assert_int_equal(state_of(many_sided, sizeof many_sided - 1, piece, &root), READER_DONE);
        assert_true(json_equal(root, whole));
        json_decref(root);
    }
    json_decref(whole);
}

static void it_may_be_given_up_in_the_middle(void **state) {
    (void)state;
    for (size_t size = 0; size < sizeof many_sided; size++) {
        struct reader reader;
        char text[sizeof many_sided];
        memcpy(text, many_sided, sizeof text);
        reader_begin(&reader, text, sizeof text - 1);
        reader_continue(&reader, size);
        reader_clear(&reader);
    }
}

/* Against jansson's own reader, on what differs from a good text in a few places. */
static void it_agrees_with_jansson(void **state) {
    (void)state;
    static const char bytes[] = "{}[]:,\"\\/u0019afetrunls.+-E \n\t\xc3\xa9\x01";
    unsigned seed = 1, good = 0;
    for (int i = 0; i < how_many(100000); i++) {
        char text[sizeof many_sided];
        size_t size = sizeof many_sided - 1;
        memcpy(text, many_sided, size);
        for (unsigned change = 0; change < 1 + seed % 3; change++) {
            seed = seed * 1103515245 + 12345;
            text[(seed >> 8) % size] = bytes[(seed >> 16) % (sizeof bytes - 1)];
        }
        json_error_t error = {0};
        json_t *ours, *theirs = json_loadb(text, size, JSON_ALLOW_NUL, &error);
        state_of(text, size, 1 + seed % 40, &ours);
        bool differs_by_design = json_error_code(&error) == json_error_numeric_overflow ||
                                 json_error_code(&error) == json_error_null_byte_in_key;
        if (!differs_by_design && !(ours ? json_equal(ours, theirs) : !theirs))
            fail_msg("jansson %s %.*s", theirs ? "reads" : "refuses", (int)size, text);
        good += ours != NULL;
        json_decref(ours);
        json_decref(theirs);
    }
    assert_within(good, how_many(5000), how_many(90000));
}

/*
 * What it may take.
 */

/* So many bytes of a piece, in a list. */
static char *repeated(const char *piece, size_t *size) {
    size_t length = strlen(piece), count = *size / length;
    char *text = calloc(1, count * length + 3), *at = text;
    *at++ = '[';
    for (size_t i = 0; i < count; i++, at += length)
        memcpy(at, piece, length);
    at[-1] = ']'; /* in the place of the last comma */
    *size = (size_t)(at - text);
    return text;
}

static enum reader_state state_of_repeated(const char *piece, size_t size, double *longest) {
    struct reader reader;
    enum reader_state state;
    char *text = repeated(piece, &size);
    *longest = 0;
    reader_begin(&reader, text, size);
    do {
        struct timespec start, end;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
        state = reader_continue(&reader, 64 * 1024);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        double took =
            difftime(end.tv_sec, start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
        *longest = took > *longest ? took : *longest;
    } while (state == READER_GOES_ON);
    reader_clear(&reader);
    free(text);
    return state;
}

static void values_without_end_are_refused(void **state) {
    (void)state;
    static const char *const pieces[] = {"[],", "{},", "[[]],", "[1],", "{\"a\":1},", "{\"\":{}},"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        double longest;
        assert_int_equal(state_of_repeated(pieces[i], 15 << 20, &longest), READER_TOO_MUCH);
        assert_int_equal(state_of_repeated(pieces[i], 300 << 10, &longest), READER_DONE);
    }
}

/* Sixteen megabytes, as much as an answer may have, of what a server could have to say. */
static void what_makes_sense_is_not(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "{\"SKU\":\"A-1\",\"Location\":\"W1\",\"Quantity\":12},",
        "{\"SKU\":\"ABC-12345\",\"Description\":\"A thing of some "
        "kind\",\"Weight\":0.25,\"Height\":10,"
        "\"Barcodes\":[\"4006381333931\"],\"Stock\":[{\"Location\":\"W1\",\"Free\":3,\"Total\":5}]}"
        ",",
        "\"A-12345\",",
        "12345,",
        "null,",
    };
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        double longest;
        assert_int_equal(state_of_repeated(pieces[i], (size_t)how_many(16 << 20), &longest),
                         READER_DONE);
        print_message("%.40s...: at most %.2f ms for a piece\n", pieces[i], longest * 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_makes_values_of_a_text),
        cmocka_unit_test(escapes_stand_for_characters),
        cmocka_unit_test(a_nul_is_a_character_in_strings_and_keys_when_it_is_written_as_one),
        cmocka_unit_test(numbers_that_jansson_can_not_hold_are_text),
        cmocka_unit_test(a_text_is_a_list_or_an_object_and_nothing_else),
        cmocka_unit_test(nesting_ends_at_2048),
        cmocka_unit_test(the_size_of_the_pieces_changes_nothing),
        cmocka_unit_test(it_may_be_given_up_in_the_middle),
        cmocka_unit_test(it_agrees_with_jansson),
        cmocka_unit_test(values_without_end_are_refused),
        cmocka_unit_test(what_makes_sense_is_not),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
