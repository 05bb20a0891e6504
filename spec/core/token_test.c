#include "check.h"
#include "token.h"

enum { HOUR = 3600 };

static usec seconds(double count) {
    return usec_from_seconds(count);
}

/* A source whose first token was asked for at 1000 s and came. */
static struct token_source source_with(double margin, double jitter, double life) {
    struct token_source source = {.margin = seconds(margin), .jitter = jitter};
    token_login_sent(&source, seconds(1000));
    assert_true(token_accept(&source, "abc", 3, seconds(life)));
    return source;
}

static void without_a_token_calls_wait_for_a_login(void **state) {
    (void)state;
    struct token_source source = {0};
    assert_int_equal(token_state(&source, seconds(5)), TOKEN_MISSING);
    assert_int_equal(token_next_login(&source), 0);
}

static void a_token_becomes_a_header_line(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    assert_string_equal(source.current->authorization, "Authorization: Bearer abc");
    assert_string_equal(source.current->value, "abc");
    assert_int_equal(source.current->value_size, 3);
    assert_int_equal(source.current->generation, 1);
    token_source_clear(&source);
    assert_null(source.current);
}

static void it_lives_from_the_moment_its_login_was_sent(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    assert_int_equal(source.current->expires_at, seconds(1000 + HOUR));
    assert_int_equal(token_state(&source, seconds(1000)), TOKEN_GOOD);
    assert_int_equal(token_state(&source, seconds(1000 + HOUR - 300) - 1), TOKEN_GOOD);
    assert_int_equal(token_state(&source, seconds(1000 + HOUR - 300)), TOKEN_AGEING);
    assert_int_equal(token_state(&source, seconds(1000 + HOUR) - 1), TOKEN_AGEING);
    assert_int_equal(token_state(&source, seconds(1000 + HOUR)), TOKEN_MISSING);
    token_source_clear(&source);
}

static void the_margin_is_at_most_a_fifth_of_the_life(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, 100);
    assert_int_equal(source.current->renew_at, seconds(1000 + 80));
    token_source_clear(&source);
}

static void without_a_margin_a_token_never_ages(void **state) {
    (void)state;
    struct token_source source = source_with(0, 0.5, 100);
    assert_int_equal(token_state(&source, seconds(1100) - 1), TOKEN_GOOD);
    assert_int_equal(token_state(&source, seconds(1100)), TOKEN_MISSING);
    token_source_clear(&source);
}

static void clients_share_out_the_last_quarter_of_the_margin(void **state) {
    (void)state;
    for (int tenth = 0; tenth < 10; tenth++) {
        struct token_source source = source_with(300, tenth / 10.0, HOUR);
        double ahead = usec_to_seconds(source.current->expires_at - source.current->renew_at);
        assert_about(ahead, 300 - 75 * tenth / 10.0);
        token_source_clear(&source);
    }
}

static void one_login_at_a_time(void **state) {
    (void)state;
    struct token_source source = {0};
    token_login_sent(&source, seconds(1));
    assert_int_equal(token_next_login(&source), USEC_NEVER);
    token_failed(&source, seconds(2), seconds(3));
    assert_int_equal(token_next_login(&source), seconds(5));
}

static void each_token_is_a_new_generation(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    token_login_sent(&source, seconds(2000));
    assert_true(token_accept(&source, "def", 3, seconds(HOUR)));
    assert_int_equal(source.current->generation, 2);
    assert_string_equal(source.current->value, "def");
    token_source_clear(&source);
}

static void calls_under_way_keep_the_token_they_were_sent_with(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    struct token *held = token_hold(source.current);
    token_login_sent(&source, seconds(2000));
    assert_true(token_accept(&source, "def", 3, seconds(HOUR)));
    assert_string_equal(held->authorization, "Authorization: Bearer abc");
    token_release(held);
    token_source_clear(&source);
}

static void a_failure_takes_no_token_away_and_counts(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    const usec ageing = seconds(1000 + HOUR - 100);
    for (unsigned i = 1; i <= 3; i++) {
        token_login_sent(&source, ageing);
        token_failed(&source, ageing, seconds(i));
        assert_int_equal(source.failures, i);
        assert_int_equal(token_state(&source, ageing), TOKEN_AGEING);
        assert_int_equal(token_next_login(&source), ageing + seconds(i));
    }
    token_login_sent(&source, ageing);
    assert_true(token_accept(&source, "def", 3, seconds(HOUR)));
    assert_int_equal(source.failures, 0);
    assert_int_equal(token_next_login(&source), 0);
    token_source_clear(&source);
}

static void refused_credentials_rest_for_a_minute(void **state) {
    (void)state;
    struct token_source source = {0};
    token_login_sent(&source, seconds(1));
    token_refused(&source, seconds(2));
    assert_int_equal(token_state(&source, seconds(2)), TOKEN_REFUSED);
    assert_int_equal(token_state(&source, seconds(62) - 1), TOKEN_REFUSED);
    assert_int_equal(token_state(&source, seconds(62)), TOKEN_MISSING);
    assert_int_equal(token_next_login(&source), seconds(62));
}

static void a_refused_renewal_takes_no_token_away(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    const usec ageing = seconds(1000 + HOUR - 100);
    token_login_sent(&source, ageing);
    token_refused(&source, ageing);
    assert_int_equal(token_state(&source, ageing), TOKEN_AGEING);
    assert_int_equal(token_next_login(&source), ageing + seconds(60));
    token_source_clear(&source);
}

static void a_refused_token_is_dropped_only_by_its_generation(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    token_reject(&source, 0);
    token_reject(&source, 2);
    assert_int_equal(token_state(&source, seconds(1001)), TOKEN_GOOD);
    token_reject(&source, 1);
    assert_int_equal(token_state(&source, seconds(1001)), TOKEN_MISSING);
    token_reject(&source, 1);
    token_source_clear(&source);
}

static void a_token_that_is_refused_before_it_has_served_was_a_login_wasted(void **state) {
    (void)state;
    struct token_source source = source_with(300, 0, HOUR);
    assert_true(token_reject(&source, 1));
    assert_int_equal(source.wasted, 1);
    token_delay(&source, seconds(1001), seconds(3));
    assert_int_equal(token_next_login(&source), seconds(1004));

    token_login_sent(&source, seconds(1004));
    assert_true(token_accept(&source, "def", 3, seconds(HOUR)));
    assert_int_equal(source.wasted, 1); /* a login alone is no proof */
    token_serve(&source, source.current);
    assert_int_equal(source.wasted, 0);
    assert_false(token_reject(&source, 2));
    assert_int_equal(token_next_login(&source), 0);
    token_source_clear(&source);
}

static void others_are_trusted_until_they_have_misled_twice(void **state) {
    (void)state;
    struct token_source source = {.margin = seconds(300)};
    assert_true(token_is_worth_a_try(&source, seconds(1)));
    assert_true(token_adopt(&source, "one", 3, seconds(100), seconds(HOUR)));
    assert_false(token_reject(&source, 1)); /* no login of ours */
    assert_false(token_is_worth_a_try(&source, seconds(100)));
    assert_true(token_is_worth_a_try(&source, seconds(101)));
    assert_true(token_adopt(&source, "two", 3, seconds(101), seconds(HOUR)));
    token_reject(&source, 2);
    assert_false(token_trusts_others(&source));
    assert_false(token_is_worth_a_try(&source, seconds(200)));

    token_login_sent(&source, seconds(200));
    assert_true(token_accept(&source, "ours", 4, seconds(HOUR)));
    assert_true(token_is_worth_a_try(&source, seconds(201)));
    token_source_clear(&source);
}

static void an_absurd_life_does_not_overflow(void **state) {
    (void)state;
    struct token_source source = source_with(1e300, 0.3, 1e300);
    assert_int_equal(token_state(&source, seconds(1e6)), TOKEN_GOOD);
    assert_true(source.current->renew_at < source.current->expires_at);
    token_source_clear(&source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_token_calls_wait_for_a_login),
        cmocka_unit_test(a_token_becomes_a_header_line),
        cmocka_unit_test(it_lives_from_the_moment_its_login_was_sent),
        cmocka_unit_test(the_margin_is_at_most_a_fifth_of_the_life),
        cmocka_unit_test(without_a_margin_a_token_never_ages),
        cmocka_unit_test(clients_share_out_the_last_quarter_of_the_margin),
        cmocka_unit_test(one_login_at_a_time),
        cmocka_unit_test(each_token_is_a_new_generation),
        cmocka_unit_test(calls_under_way_keep_the_token_they_were_sent_with),
        cmocka_unit_test(a_failure_takes_no_token_away_and_counts),
        cmocka_unit_test(refused_credentials_rest_for_a_minute),
        cmocka_unit_test(a_refused_renewal_takes_no_token_away),
        cmocka_unit_test(a_refused_token_is_dropped_only_by_its_generation),
        cmocka_unit_test(a_token_that_is_refused_before_it_has_served_was_a_login_wasted),
        cmocka_unit_test(others_are_trusted_until_they_have_misled_twice),
        cmocka_unit_test(an_absurd_life_does_not_overflow),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
