#include "check.h"
#include "seal.h"

static const struct seal_identity identity = {"secret", 6, "https://a.example/api", "client"};

static void derive(const struct seal_identity *from, const char *purpose,
                   unsigned char key[SEAL_KEY_SIZE]) {
    assert_true(seal_derive(from, purpose, key, SEAL_KEY_SIZE));
}

static void what_was_sealed_can_be_opened(void **state) {
    (void)state;
    unsigned char key[SEAL_KEY_SIZE], sealed[5 + SEAL_OVERHEAD];
    char plain[5];
    derive(&identity, "seal", key);
    assert_true(seal(key, "token", 5, sealed));
    assert_true(unseal(key, sealed, sizeof sealed, plain));
    assert_memory_equal(plain, "token", 5);
    assert_null(memmem(sealed, sizeof sealed, "token", 5));
}

static void no_two_seals_are_alike(void **state) {
    (void)state;
    unsigned char key[SEAL_KEY_SIZE], one[5 + SEAL_OVERHEAD], other[5 + SEAL_OVERHEAD];
    derive(&identity, "seal", key);
    assert_true(seal(key, "token", 5, one) && seal(key, "token", 5, other));
    assert_memory_not_equal(one, other, sizeof one);
}

static void a_changed_bit_anywhere_is_noticed(void **state) {
    (void)state;
    unsigned char key[SEAL_KEY_SIZE], sealed[5 + SEAL_OVERHEAD];
    char plain[5];
    derive(&identity, "seal", key);
    assert_true(seal(key, "token", 5, sealed));
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_false(unseal(key, sealed, sizeof sealed, plain));
        sealed[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

static void a_seal_that_was_cut_short_is_noticed(void **state) {
    (void)state;
    unsigned char key[SEAL_KEY_SIZE], sealed[5 + SEAL_OVERHEAD];
    char plain[5];
    derive(&identity, "seal", key);
    assert_true(seal(key, "token", 5, sealed));
    for (size_t size = 0; size < sizeof sealed; size++)
        assert_false(unseal(key, sealed, size, plain));
}

static void every_part_of_the_identity_and_the_purpose_make_another_key(void **state) {
    (void)state;
    const struct seal_identity others[] = {
        {"secreT", 6, "https://a.example/api", "client"},
        {"secret", 6, "https://b.example/api", "client"},
        {"secret", 6, "https://a.example/api", "client2"},
        {"secret", 6, "https://a.example/apiclient", ""}, /* nothing runs into the next */
    };
    unsigned char key[SEAL_KEY_SIZE], other[SEAL_KEY_SIZE];
    derive(&identity, "seal", key);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        derive(&others[i], "seal", other);
        assert_memory_not_equal(key, other, sizeof key);
    }
    derive(&identity, "store key", other);
    assert_memory_not_equal(key, other, sizeof key);
    derive(&identity, "seal", other);
    assert_memory_equal(key, other, sizeof key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_can_be_opened),
        cmocka_unit_test(no_two_seals_are_alike),
        cmocka_unit_test(a_changed_bit_anywhere_is_noticed),
        cmocka_unit_test(a_seal_that_was_cut_short_is_noticed),
        cmocka_unit_test(every_part_of_the_identity_and_the_purpose_make_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
