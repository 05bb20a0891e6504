#include "text.h"

#include "check.h"
#include "spreetail.h"

static void expect_encoded(const char *segment, size_t size, const char *expected) {
    char *encoded = malloc(size * 3 + 1); /* no more room than was promised */
    size_t used = spreetail_encode_segment(segment, size, encoded);
    encoded[used] = '\0';
    assert_string_equal(encoded, expected);
    free(encoded);
}

static void unreserved_characters_stay(void **state) {
    (void)state;
    expect_encoded("AZaz09-._~", 10, "AZaz09-._~");
    expect_encoded("", 0, "");
}

static void all_else_is_encoded_byte_by_byte(void **state) {
    (void)state;
    expect_encoded("a/b?c#d%e f", 11, "a%2Fb%3Fc%23d%25e%20f");
    expect_encoded("../x", 4, "..%2Fx");
    expect_encoded("\xc3\xa9", 2, "%C3%A9");
    expect_encoded("\0\n\x7f\xff", 4, "%00%0A%7F%FF");
    expect_encoded("+&=;:@!$'()*,", 13, "%2B%26%3D%3B%3A%40%21%24%27%28%29%2A%2C");
}

/* A code point as RFC 3629 has it; its size. */
static size_t encode(unsigned long point, char *bytes) {
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(leads[size] | point);
    return size;
}

static void every_code_point_is_utf8_but_for_surrogates(void **state) {
    (void)state;
    char bytes[4];
    for (unsigned long point = 0; point <= 0x110fff; point++) {
        bool valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        size_t size = encode(point, bytes);
        if (spreetail_is_utf8(bytes, size) != valid)
            fail_msg("U+%04lX is taken for %s", point, valid ? "invalid" : "valid");
    }
}

static void what_is_cut_overlong_or_stray_is_not(void **state) {
    (void)state;
    static const char *const texts[] = {
        "\x80",
        "\xbf",
        "\xc3",
        "\xc3(",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xe2\x82",
        "\xe2\x28\xa1",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x9f\x98",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "ok\xfe",
        "\xc3\xa9\xc3",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_false(spreetail_is_utf8(texts[i], strlen(texts[i])));
}

static void it_reads_no_further_than_the_text(void **state) {
    (void)state;
    assert_true(spreetail_is_utf8("", 0));
    assert_true(spreetail_is_utf8("a\xff", 1));
    assert_true(spreetail_is_utf8("a\0b", 3));
    char *cut = malloc(2); /* for the sanitizers and valgrind */
    memcpy(cut, "\xe2\x82", 2);
    assert_false(spreetail_is_utf8(cut, 2));
    free(cut);
}

static void expect_readable(const char *text, const char *expected) {
    char *copy = strdup(text);
    text_make_readable(copy, strlen(copy));
    assert_string_equal(copy, expected);
    free(copy);
}

static void what_people_read_has_no_control_characters_and_no_cut_ones(void **state) {
    (void)state;
    expect_readable("", "");
    expect_readable("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    expect_readable("a\nb\tc\x7f"
                    "d",
                    "a b c d");
    expect_readable("cut \xc3", "cut ?");
    expect_readable("cut \xe2\x82 (HTTP 400)", "cut ?? (HTTP 400)");
    expect_readable("\xff\xc3\xa9", "?\xc3\xa9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unreserved_characters_stay),
        cmocka_unit_test(all_else_is_encoded_byte_by_byte),
        cmocka_unit_test(every_code_point_is_utf8_but_for_surrogates),
        cmocka_unit_test(what_is_cut_overlong_or_stray_is_not),
        cmocka_unit_test(it_reads_no_further_than_the_text),
        cmocka_unit_test(what_people_read_has_no_control_characters_and_no_cut_ones),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
