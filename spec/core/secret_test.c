#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "secret.h"

/*
 * Memory.
 */

/* The line of flags that the kernel shows for the mapping that holds `address`. */
static void read_flags(const void *address, char *flags, size_t size) {
    char line[512];
    unsigned long start, end, wanted = (unsigned long)address;
    bool inside = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    flags[0] = '\0';
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            inside = start <= wanted && wanted < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, size, "%s", line);
    }
    fclose(file);
}

static void secret_memory_is_left_out_of_core_dumps(void **state) {
    (void)state;
    char flags[512];
    char *secret = secret_copy("sesame", 6);
    read_flags(secret, flags, sizeof flags);
    assert_contains(flags, " dd");
    read_flags(secret + 4000, flags, sizeof flags);
    assert_contains(flags, " dd");
    secret_free(secret);
}

static void secret_memory_is_zeroed_and_as_large_as_asked(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 4079, 4080, 4081, 100000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *memory = secret_alloc(sizes[i]);
        assert_non_null(memory);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(memory[at], 0);
        memset(memory, 'x', sizes[i]);
        secret_free(memory);
    }
    secret_free(NULL);
    assert_null(secret_alloc(SIZE_MAX));
}

static void a_copy_ends_with_a_nul(void **state) {
    (void)state;
    char *copy = secret_copy("sesame!", 6);
    assert_string_equal(copy, "sesame");
    secret_free(copy);
}

static void freed_secrets_are_gone(void **state) {
    (void)state;
    char *secret = secret_copy("sesame", 6);
    char *page = secret - (uintptr_t)secret % (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char resident;
    assert_int_equal(mincore(page, 1, &resident), 0);
    secret_free(secret);
    assert_int_equal(mincore(page, 1, &resident), -1); /* nothing is mapped there */
    assert_int_equal(errno, ENOMEM);
}

static void what_others_freed_is_overwritten_within_bounds(void **state) {
    (void)state;
    const size_t mebibyte = (size_t)1 << 20;
    assert_int_equal(secret_wipe_freed(512, 528), 2 * (512 + 528));
    assert_in_range(secret_wipe_freed(mebibyte / 64, 2 * mebibyte), 1, mebibyte);
    assert_int_equal(secret_wipe_freed(10 * mebibyte, 11 * mebibyte), 0);
    assert_int_equal(secret_wipe_freed(SIZE_MAX - 64, SIZE_MAX), 0);
}

static void the_libraries_are_initialised_once(void **state) {
    (void)state;
    assert_true(secret_init_libraries());
    assert_true(secret_init_libraries());
    assert_true(secret_libcurl_wipes());
}

/*
 * Scrubbing.
 */

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
        cmocka_unit_test(secret_memory_is_left_out_of_core_dumps),
        cmocka_unit_test(secret_memory_is_zeroed_and_as_large_as_asked),
        cmocka_unit_test(a_copy_ends_with_a_nul),
        cmocka_unit_test(freed_secrets_are_gone),
        cmocka_unit_test(what_others_freed_is_overwritten_within_bounds),
        cmocka_unit_test(the_libraries_are_initialised_once),
        cmocka_unit_test(every_occurrence_of_a_secret_is_masked),
        cmocka_unit_test(a_mask_is_never_longer_than_what_it_hides),
        cmocka_unit_test(a_secret_that_was_cut_short_is_masked),
        cmocka_unit_test(a_secret_is_masked_in_json_within_json),
        cmocka_unit_test(a_cut_secret_leaves_no_half_of_a_character),
        cmocka_unit_test(what_looks_like_a_token_is_masked_known_or_not),
        cmocka_unit_test(other_text_stays),
        cmocka_unit_test(scrubbing_stays_within_the_text),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
