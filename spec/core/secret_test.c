#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "secret.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_memory_is_left_out_of_core_dumps),
        cmocka_unit_test(secret_memory_is_zeroed_and_as_large_as_asked),
        cmocka_unit_test(a_copy_ends_with_a_nul),
        cmocka_unit_test(freed_secrets_are_gone),
        cmocka_unit_test(what_others_freed_is_overwritten_within_bounds),
        cmocka_unit_test(the_libraries_are_initialised_once),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
