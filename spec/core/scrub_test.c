#include "check.h"
#include "scrub.h"

static void expect_scrubbed(const char *text, const char *secret, const char *expected) {
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    copy[scrub_secret(copy, strlen(copy), secret, strlen(secret))] = '\0';
    assert_string_equal(copy, expected);
}

static void every_occurrence_of_a_secret_is_masked(void **state) {
    (void)state;
    expect_scrubbed("a sesame, b", "sesame", "a ***, b");
    expect_scrubbed("sesamesesame", "sesame", "******");
    expect_scrubbed("sesame", "sesame", "***");
    expect_scrubbed("nothing here", "sesame", "nothing here");
    expect_scrubbed("", "sesame", "");
    expect_scrubbed("as is", "", "as is");
}

static void a_mask_is_never_longer_than_what_it_hides(void **state) {
    (void)state;
    expect_scrubbed("xaxaaax", "a", "x*x***x");
    expect_scrubbed("abab", "ab", "****");
}

static void a_secret_that_was_cut_short_is_masked(void **state) {
    (void)state;
    expect_scrubbed("given: sesame-0123", "sesame-0123456789", "given: ***");
    expect_scrubbed("given: sesame-0...", "sesame-0123456789", "given: ***...");
    expect_scrubbed("a sesame of seven", "sesame-0123456789", "a sesame of seven");
}

static void a_secret_is_masked_in_json_within_json(void **state) {
    (void)state;
    expect_scrubbed("{\"s\":\"a\\\"b\\\\c\\/d\"}", "a\"b\\c/d", "{\"s\":\"***\"}");
    expect_scrubbed("{\"s\":\"a\\u0022b\\u005cc/d\"}", "a\"b\\c/d", "{\"s\":\"***\"}");
    expect_scrubbed("plain: a\"b\\c/d", "a\"b\\c/d", "plain: ***");
    expect_scrubbed("plain: \\\\", "\\\\", "plain: **");
}

static void a_cut_secret_leaves_no_half_of_a_character(void **state) {
    (void)state;
    /* The two texts share the first byte of their ninth character. */
    expect_scrubbed("12345678\xc3\xa8!", "12345678\xc3\xa9xyz", "***!");
}

static void expect_tokens_scrubbed(const char *text, const char *expected) {
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    copy[scrub_tokens(copy, strlen(copy))] = '\0';
    assert_string_equal(copy, expected);
}

static void what_looks_like_a_token_is_masked_known_or_not(void **state) {
    (void)state;
    expect_tokens_scrubbed("Authorization: Bearer abc.def-123=, x", "Authorization: Bearer ***, x");
    expect_tokens_scrubbed("authorization: bearer abcdef", "authorization: bearer ***");
    expect_tokens_scrubbed("> Proxy-Authorization: Basic cm9ib3Q6czNjcjN0",
                           "> Proxy-Authorization: Basic ***");
    expect_tokens_scrubbed("basic auth", "basic auth");
    expect_tokens_scrubbed("'BEARER a'", "'BEARER *'");
    expect_tokens_scrubbed("token eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.c2ln is bad",
                           "token *** is bad");
    expect_tokens_scrubbed("cut eyJhbGciOiJIUzI1Ni", "cut ***");
    expect_tokens_scrubbed("x=eyJhbGciOiJIUzI1NiJ9.eyJ", "x=***");
}

static void other_text_stays(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "the bearer of bad news", "Bearer", "Bearer ", "eyJ", "eyJhbGciOi is too short",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!strstr(texts[i], "bearer of"))
            expect_tokens_scrubbed(texts[i], texts[i]);
    expect_tokens_scrubbed(texts[1], "the bearer ** bad news"); /* rather once too often */
}

static void scrubbing_stays_within_the_text(void **state) {
    (void)state;
    /* On memory of its very size, for the sanitizers and valgrind. */
    static const char *const texts[] = {"Bearer ", "bearer x", "eyJ", "\\",
                                        "\\u00",   "sesame",   "se"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t size = strlen(texts[i]);
        char *copy = malloc(size);
        memcpy(copy, texts[i], size);
        size_t left = scrub_secret(copy, size, "sesame", 6);
        left = scrub_secret(copy, left, "\\\"", 2);
        assert_true(scrub_tokens(copy, left) <= size);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_occurrence_of_a_secret_is_masked),
        cmocka_unit_test(a_mask_is_never_longer_than_what_it_hides),
        cmocka_unit_test(a_secret_that_was_cut_short_is_masked),
        cmocka_unit_test(a_secret_is_masked_in_json_within_json),
        cmocka_unit_test(a_cut_secret_leaves_no_half_of_a_character),
        cmocka_unit_test(what_looks_like_a_token_is_masked_known_or_not),
        cmocka_unit_test(other_text_stays),
        cmocka_unit_test(scrubbing_stays_within_the_text),
    };
    return cmocka_run_group_tests_name("scrub", tests, NULL, NULL);
}
