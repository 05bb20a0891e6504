#include "check.h"
#include "retry.h"

static void random_numbers_lie_between_nothing_and_one_and_repeat_by_seed(void **state) {
    (void)state;
    struct random one = {7}, same = {7}, other = {8};
    double sum = 0, differences = 0;
    for (int i = 0; i < 10000; i++) {
        double number = random_unit(&one);
        assert_true(number >= 0 && number < 1);
        assert_true(number == random_unit(&same));
        differences += number != random_unit(&other);
        sum += number;
    }
    assert_within(sum / 10000, 0.48, 0.52);
    assert_within(differences, 9999, 10000);
}

static void seeds_differ(void **state) {
    (void)state;
    assert_true(random_seeded().state != random_seeded().state);
}

static void answers_that_may_be_better_next_time_are_asked_for_again(void **state) {
    (void)state;
    static const int again[] = {408, 421, 425, 429, 460, 499, 500, 502, 503, 504};
    static const int never[] = {400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 451, 501, 505};
    for (size_t i = 0; i < COUNT_OF(again); i++)
        assert_int_equal(rule_after_answer(again[i], SPREETAIL_SERVER), RETRY_IF_SAFE);
    for (size_t i = 0; i < COUNT_OF(never); i++)
        assert_int_equal(rule_after_answer(never[i], SPREETAIL_REJECTED), RETRY_NEVER);
}

static void a_success_is_asked_for_again_only_when_it_makes_no_sense(void **state) {
    (void)state;
    assert_int_equal(rule_after_answer(200, SPREETAIL_PROTOCOL), RETRY_IF_SAFE);
    assert_int_equal(rule_after_answer(201, SPREETAIL_PROTOCOL), RETRY_IF_SAFE);
    assert_int_equal(rule_after_answer(200, SPREETAIL_REJECTED), RETRY_NEVER);
    assert_int_equal(rule_after_answer(302, SPREETAIL_PROTOCOL), RETRY_NEVER);
}

static void what_did_not_leave_is_sent_again_whatever_it_is(void **state) {
    (void)state;
    static const enum exchange_failure failures[] = {
        EXCHANGE_RESOLVE, EXCHANGE_CONNECT, EXCHANGE_TIMEOUT, EXCHANGE_LOST, EXCHANGE_MEMORY,
    };
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        assert_int_equal(rule_after_failure(failures[i], false), RETRY_ALWAYS);
        assert_int_equal(rule_after_failure(failures[i], true), RETRY_IF_SAFE);
    }
}

static void what_would_fail_the_same_way_is_not_sent_again(void **state) {
    (void)state;
    for (int sent = 0; sent < 2; sent++) {
        assert_int_equal(rule_after_failure(EXCHANGE_TLS, sent), RETRY_NEVER);
        assert_int_equal(rule_after_failure(EXCHANGE_TOO_LARGE, sent), RETRY_NEVER);
    }
}

/* The least and the greatest of many pauses, in seconds. */
static void measure(usec (*pause)(unsigned, struct random *), unsigned tries, double *least,
                    double *most) {
    struct random random = {tries};
    *least = 1e9;
    *most = 0;
    for (int i = 0; i < 2000; i++) {
        double seconds = usec_to_seconds(pause(tries, &random));
        *least = seconds < *least ? seconds : *least;
        *most = seconds > *most ? seconds : *most;
    }
}

static void pauses_between_attempts_lie_anywhere_below_a_bound_that_doubles(void **state) {
    (void)state;
    double bound = 0.25, least, most;
    for (unsigned tries = 1; tries < 20; tries++) {
        measure(retry_pause, tries, &least, &most);
        assert_within(least, 0, bound * 0.1);
        assert_within(most, bound * 0.9, bound);
        bound = bound * 2 < 10 ? bound * 2 : 10;
    }
}

static void pauses_between_logins_lie_in_the_upper_half_of_theirs(void **state) {
    (void)state;
    double bound = 0.5, least, most;
    for (unsigned failures = 1; failures < 20; failures++) {
        measure(retry_login_pause, failures, &least, &most);
        assert_within(least, bound * 0.5, bound * 0.55);
        assert_within(most, bound * 0.95, bound);
        bound = bound * 2 < 30 ? bound * 2 : 30;
    }
}

static void however_often_it_failed_a_pause_is_bounded(void **state) {
    (void)state;
    struct random random = {1};
    assert_true(retry_pause(UINT32_MAX, &random) <= 10 * USEC_PER_SEC);
    assert_true(retry_login_pause(UINT32_MAX, &random) <= 30 * USEC_PER_SEC);
}

static void a_server_that_fails_for_good_uses_the_budget_up(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    int failures = 0;
    retry_budget_count(&budget, false, 1);
    assert_true(retry_budget_allows(&budget));
    while (retry_budget_allows(&budget)) {
        retry_budget_count(&budget, true, 1);
        assert_true(++failures < 1000);
    }
    for (int i = 0; i < 5; i++)
        retry_budget_count(&budget, false, 1);
    assert_true(retry_budget_allows(&budget));
}

static void a_server_that_fails_every_third_time_never_does(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    for (int i = 0; i < 100000; i++) {
        retry_budget_count(&budget, i % 3 == 0, 1);
        assert_true(retry_budget_allows(&budget));
    }
}

static void nor_does_one_connection_that_takes_many_calls_with_it(void **state) {
    (void)state;
    struct retry_budget budget = {0};
    for (int i = 0; i < 256; i++)
        retry_budget_count(&budget, true, 256);
    assert_true(retry_budget_allows(&budget));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_lie_between_nothing_and_one_and_repeat_by_seed),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(answers_that_may_be_better_next_time_are_asked_for_again),
        cmocka_unit_test(a_success_is_asked_for_again_only_when_it_makes_no_sense),
        cmocka_unit_test(what_did_not_leave_is_sent_again_whatever_it_is),
        cmocka_unit_test(what_would_fail_the_same_way_is_not_sent_again),
        cmocka_unit_test(pauses_between_attempts_lie_anywhere_below_a_bound_that_doubles),
        cmocka_unit_test(pauses_between_logins_lie_in_the_upper_half_of_theirs),
        cmocka_unit_test(however_often_it_failed_a_pause_is_bounded),
        cmocka_unit_test(a_server_that_fails_for_good_uses_the_budget_up),
        cmocka_unit_test(a_server_that_fails_every_third_time_never_does),
        cmocka_unit_test(nor_does_one_connection_that_takes_many_calls_with_it),
    };
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
