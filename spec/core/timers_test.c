#include "check.h"
#include "clock.h"
#include "retry.h"

enum { COUNT = 200 };

static void without_timers_there_is_no_first(void **state) {
    (void)state;
    struct timers timers = {0};
    assert_null(timers_first(&timers));
    timers_free(&timers);
}

static void the_earliest_is_first_whatever_the_order(void **state) {
    (void)state;
    static const usec dues[] = {5, 1, 9, 1, 7, 3, USEC_NEVER, -4};
    struct timers timers = {0};
    struct timer set[COUNT_OF(dues)] = {{0}};
    assert_true(timers_reserve(&timers, COUNT_OF(dues)));
    for (size_t i = 0; i < COUNT_OF(dues); i++)
        timers_set(&timers, &set[i], dues[i]);
    usec last = -5;
    for (size_t i = 0; i < COUNT_OF(dues); i++) {
        struct timer *first = timers_first(&timers);
        assert_true(first->due >= last);
        last = first->due;
        timers_unset(&timers, first);
        timers_unset(&timers, first); /* harmless */
    }
    assert_null(timers_first(&timers));
    timers_free(&timers);
}

static void a_timer_can_be_moved_either_way(void **state) {
    (void)state;
    struct timers timers = {0};
    struct timer a = {0}, b = {0};
    assert_true(timers_reserve(&timers, 2));
    timers_set(&timers, &a, 10);
    timers_set(&timers, &b, 20);
    timers_set(&timers, &a, 30);
    assert_ptr_equal(timers_first(&timers), &b);
    timers_set(&timers, &a, 5);
    assert_ptr_equal(timers_first(&timers), &a);
    assert_int_equal(timers.count, 2);
    timers_free(&timers);
}

/* What the heap must say, found the slow way. */
static usec earliest(const struct timer *set) {
    usec first = USEC_NEVER;
    for (size_t i = 0; i < COUNT; i++)
        if (set[i].place && set[i].due < first)
            first = set[i].due;
    return first;
}

static void random_changes_agree_with_a_search_through_all(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random random = {seed};
        struct timers timers = {0};
        struct timer set[COUNT] = {{0}};
        size_t count = 0;
        for (int i = 0; i < 2000; i++) {
            struct timer *timer = &set[(size_t)(random_unit(&random) * COUNT)];
            bool was_set = timer->place;
            if (random_unit(&random) < 0.6) {
                assert_true(timers_reserve(&timers, count + 1));
                timers_set(&timers, timer, (usec)(random_unit(&random) * 100));
                count += !was_set;
            } else {
                timers_unset(&timers, timer);
                count -= was_set;
            }
            assert_int_equal(timers.count, count);
            const struct timer *first = timers_first(&timers);
            assert_int_equal(first ? first->due : USEC_NEVER, earliest(set));
        }
        timers_free(&timers);
    }
}

static void an_impossible_number_of_timers_is_refused(void **state) {
    (void)state;
    struct timers timers = {0};
    assert_false(timers_reserve(&timers, SIZE_MAX));
    assert_false(timers_reserve(&timers, SIZE_MAX / 16));
    timers_free(&timers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_timers_there_is_no_first),
        cmocka_unit_test(the_earliest_is_first_whatever_the_order),
        cmocka_unit_test(a_timer_can_be_moved_either_way),
        cmocka_unit_test(random_changes_agree_with_a_search_through_all),
        cmocka_unit_test(an_impossible_number_of_timers_is_refused),
    };
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
