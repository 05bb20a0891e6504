/* The limit of calls in flight over a long time: where it goes, and where it settles. */
#include "check.h"
#include "retry.h"

static usec seconds(double count) {
    return usec_from_seconds(count);
}

static void answers_never_raise_it_beyond_that(void **state) {
    (void)state;
    struct flow flow = flow_of(8);
    for (int i = 0; i < 1000; i++)
        flow_answered(&flow);
    assert_int_equal(flow_limit(&flow), 8);
}

static void it_is_never_less_than_one(void **state) {
    (void)state;
    struct flow flow = flow_of(64);
    for (int i = 0; i < 50; i++)
        flow_limited(&flow, flow_limit(&flow), seconds(2 * i + 1), seconds(2 * i + 2));
    assert_int_equal(flow_limit(&flow), 1);
}

static void it_comes_back_to_all_that_is_allowed(void **state) {
    (void)state;
    struct flow flow = flow_of(40);
    size_t answers = 0;
    flow_limited(&flow, 40, seconds(1), seconds(2));
    for (; flow_limit(&flow) < 40; answers++)
        flow_answered(&flow);
    assert_within(answers, 500, 700); /* 20 + 21 + ... + 39 */
}

/* A server that takes 12 at one time and says 429 to the rest. */
static void it_settles_around_what_the_server_takes(void **state) {
    (void)state;
    enum { ROUNDS = 400, TAKES = 12 };
    struct flow flow = flow_of(256);
    size_t sum = 0, refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
        usec sent_at = seconds(10 * round + 1), now = seconds(10 * round + 2);
        size_t sent = flow_limit(&flow);
        for (size_t i = 0; i < sent; i++) {
            if (i < TAKES)
                flow_answered(&flow);
            else
                flow_limited(&flow, sent - i, sent_at, now);
        }
        if (round >= 100) {
            sum += sent;
            refused += sent > TAKES ? sent - TAKES : 0;
        }
    }
    assert_within((double)sum / (ROUNDS - 100), 4, 13);
    assert_true(refused < sum / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_never_raise_it_beyond_that),
        cmocka_unit_test(it_is_never_less_than_one),
        cmocka_unit_test(it_comes_back_to_all_that_is_allowed),
        cmocka_unit_test(it_settles_around_what_the_server_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
