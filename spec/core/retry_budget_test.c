/* How long a client goes on repeating what fails. */
#include <stdbool.h>

#include "check.h"
#include "retry.h"

/* Attempts of calls with four retries, of which so many out of a hundred fail. Returns how many
 * calls were lost because the budget would not have them repeated. */
static unsigned lose(struct retry_budget *budget, unsigned calls, double failing, size_t parallel,
                     struct random *random) {
    unsigned lost = 0;
    for (unsigned i = 0; i < calls; i++) {
        bool again = true;
        for (unsigned attempt = 0; attempt < 5 && again; attempt++) {
            bool failed = random_unit(random) < failing;
            retry_budget_count(budget, failed, parallel);
            again = failed && retry_budget_allows(budget);
            lost += failed && !again && attempt < 4;
        }
    }
    return lost;
}

static void a_third_that_fails_for_ever_costs_no_call(void **state) {
    (void)state;
    static const size_t parallels[] = {1, 8, 256};
    for (size_t i = 0; i < COUNT_OF(parallels); i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct retry_budget budget = {0};
            struct random random = {seed};
            assert_int_equal(lose(&budget, 20000, 1 / 3.0, parallels[i], &random), 0);
        }
}

static void nine_in_ten_that_fail_dry_it_up(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct retry_budget budget = {0};
        struct random random = {seed};
        unsigned attempts = 0;
        retry_budget_count(&budget, false, 1);
        for (; retry_budget_allows(&budget); attempts++)
            retry_budget_count(&budget, random_unit(&random) < 0.9, 1);
        assert_within(attempts, 32, 90);
        unsigned lost = lose(&budget, 1000, 0.9, 1, &random);
        assert_true(lost > 600); /* almost none of them is repeated any more */
    }
}

static void it_recovers_with_the_server(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    struct random random = {5};
    lose(&budget, 100000, 1, 1, &random); /* however long that was */
    assert_false(retry_budget_allows(&budget));
    retry_budget_count(&budget, false, 1);
    assert_true(retry_budget_allows(&budget));
    for (int i = 0; i < 40; i++)
        retry_budget_count(&budget, false, 1);
    assert_int_equal(lose(&budget, 20000, 1 / 3.0, 1, &random), 0);
}

static void calls_that_fail_together_leave_some_over(void **state) {
    (void)state;
    static const size_t parallels[] = {1, 10, 256, 100000};
    for (size_t i = 0; i < COUNT_OF(parallels); i++) {
        struct retry_budget budget = {0};
        for (size_t call = 0; call < parallels[i]; call++) {
            retry_budget_count(&budget, true, parallels[i]);
            assert_true(retry_budget_allows(&budget));
        }
    }
}

static void successes_are_not_saved_up(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    unsigned failures = 0;
    for (int i = 0; i < 100000; i++)
        retry_budget_count(&budget, false, 1);
    for (; retry_budget_allows(&budget); failures++)
        retry_budget_count(&budget, true, 1);
    assert_int_equal(failures, 32);
}

static void a_burst_asks_no_more_of_a_server_that_fails(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    for (int i = 0; i < 32; i++)
        retry_budget_count(&budget, true, 1);
    assert_false(retry_budget_allows(&budget));
    for (int i = 0; i < 1000; i++) {
        retry_budget_count(&budget, true, 1000);
        assert_false(retry_budget_allows(&budget));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_that_fails_for_ever_costs_no_call),
        cmocka_unit_test(nine_in_ten_that_fail_dry_it_up),
        cmocka_unit_test(it_recovers_with_the_server),
        cmocka_unit_test(calls_that_fail_together_leave_some_over),
        cmocka_unit_test(a_burst_asks_no_more_of_a_server_that_fails),
        cmocka_unit_test(successes_are_not_saved_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
