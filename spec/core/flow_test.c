#include "check.h"
#include "retry.h"

static void it_begins_with_what_the_program_allows(void **state) {
    (void)state;
    struct flow flow = flow_of(256);
    assert_int_equal(flow_limit(&flow), 256);
    for (int i = 0; i < 1000; i++)
        flow_answered(&flow);
    assert_int_equal(flow_limit(&flow), 256);
}

static void a_429_halves_what_is_in_flight(void **state) {
    (void)state;
    struct flow flow = flow_of(256);
    flow_limited(&flow, 100, 10, 20);
    assert_int_equal(flow_limit(&flow), 50);
}

static void those_sent_before_say_nothing_new(void **state) {
    (void)state;
    struct flow flow = flow_of(256);
    for (usec sent = 10; sent < 20; sent++)
        flow_limited(&flow, 100, sent, 20);
    assert_int_equal(flow_limit(&flow), 50);
    flow_limited(&flow, 50, 21, 30);
    assert_int_equal(flow_limit(&flow), 25);
}

static void one_call_at_a_time_is_always_allowed(void **state) {
    (void)state;
    struct flow flow = flow_of(4);
    for (usec now = 0; now < 100; now += 2)
        flow_limited(&flow, 1, now, now + 1);
    assert_int_equal(flow_limit(&flow), 1);
}

static void good_answers_raise_it_by_one_for_as_many_as_it_is(void **state) {
    (void)state;
    struct flow flow = flow_of(256);
    flow_limited(&flow, 20, 1, 2);
    assert_int_equal(flow_limit(&flow), 10);
    for (int i = 0; i < 11; i++)
        flow_answered(&flow);
    assert_int_equal(flow_limit(&flow), 11);
    for (int i = 0; i < 100000; i++)
        flow_answered(&flow);
    assert_int_equal(flow_limit(&flow), 256);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_what_the_program_allows),
        cmocka_unit_test(a_429_halves_what_is_in_flight),
        cmocka_unit_test(those_sent_before_say_nothing_new),
        cmocka_unit_test(one_call_at_a_time_is_always_allowed),
        cmocka_unit_test(good_answers_raise_it_by_one_for_as_many_as_it_is),
    };
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
