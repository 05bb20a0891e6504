/* Moments in the API's texts. */
#include "check.h"
#include "value.h"

static bool read(const char *text, int64_t *instant) {
    return instant_read(text, strlen(text), instant);
}

static void one_moment_is_written_in_many_ways(void **state) {
    (void)state;
    static const char *const same[] = {
        "2026-03-01T10:00:00Z",      "2026-03-01T10:00:00.000Z",  "2026-03-01T10:00:00.9999999Z",
        "2026-03-01T12:00:00+02:00", "2026-03-01T12:00:00+0200",  "2026-03-01T12:00:00+02",
        "2026-03-01T05:30:00-04:30", "2026-03-01 10:00:00",       "2026-03-01T10:00:00",
        "2026-03-01T10:00Z",         "2026-03-01T10:00",          "2026-03-01t10:00:00z",
        "2026-03-02T00:00:00+14:00", "2026-02-28T22:00:00-12:00", "2026-03-01T10:00:00,5Z",
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        int64_t instant;
        if (!read(same[i], &instant) || instant != 1772359200)
            fail_msg("%s", same[i]);
    }
}

static void what_is_no_moment_is_not_read(void **state) {
    (void)state;
    static const char *const others[] = {
        "",
        "2026",
        "2026-03",
        "2026-3-1",
        "2026-03-01T",
        "2026-03-01T10",
        "2026-03-01T10:00:00X",
        "01.03.2026 10:00",
        "2026-13-01",
        "2026-00-01",
        "2026-03-32",
        "2026-03-00",
        "2026-03-01T10:00:00Z then",
        " 2026-03-01",
        "2026-03-01T10:00:00+2",
    };
    int64_t instant;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (read(others[i], &instant))
            fail_msg("'%s' was read", others[i]);
    assert_false(instant_read("2026-03-01\0", 11, &instant));
}

static void dates_follow_the_calendar(void **state) {
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"2026-03-01", "2026-03-01T00:00:00Z", true},
        {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z", true},
        {"2024-02-29T23:00:00-02:00", "2024-03-01T01:00:00Z", true},
        {"2026-02-28T23:00:00-02:00", "2026-03-01T01:00:00Z", true},
        {"2000-02-29T12:00:00Z", "2000-02-29 12:00", true},
        {"1969-12-31T23:00:00-01:00", "1970-01-01", true},
        {"2026-03-01", "2026-03-02", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t one = 0, other = 0;
        assert_true(read(cases[i].one, &one));
        assert_true(read(cases[i].other, &other));
        assert_int_equal(one == other, cases[i].same);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_moment_is_written_in_many_ways),
        cmocka_unit_test(what_is_no_moment_is_not_read),
        cmocka_unit_test(dates_follow_the_calendar),
    };
    return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
