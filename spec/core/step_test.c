/* What a step may cost, and when the next one is due. */
#include "check.h"
#include "scene.h"

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":1}}";
static const char broken[] = "{\"success\":false,\"error\":\"out of order\"}";

static double next_timeout(struct scene *scene) {
    scene_take_news(scene);
    return spreetail_next_timeout(scene->client);
}

/*
 * The budget of 2 ms. Here every look at the clock takes a quarter of that.
 */

enum { MANY = 200 };

static void start_many(struct scene *scene, spreetail_call **calls) {
    for (size_t i = 0; i < MANY; i++)
        calls[i] = scene_get(scene);
}

static size_t settled_of(spreetail_call **calls) {
    size_t count = 0;
    for (size_t i = 0; i < MANY; i++)
        count += spreetail_done(calls[i]);
    return count;
}

/* Steps until all are done, a few at a time. */
static void expect_to_end_in_small_steps(struct scene *scene, spreetail_call **calls) {
    scene->fake.each_read = 500;
    for (size_t before = 0; before < MANY; before = settled_of(calls)) {
        assert_about(next_timeout(scene), 0);
        spreetail_step(scene->client);
        assert_within(settled_of(calls) - before, 1, 8);
    }
}

static void a_step_stops_sending_when_its_time_is_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    start_many(scene, calls);
    scene->fake.each_read = 500;
    for (unsigned before = 0; scene->fake.requests < MANY; before = scene->fake.requests) {
        spreetail_step(scene->client);
        assert_within(scene->fake.requests - before, 1, 5);
        if (scene->fake.requests < MANY)
            assert_about(next_timeout(scene), 0);
    }
    for (size_t i = 0; i < MANY; i++)
        spreetail_drop(calls[i]);
}

static void a_step_stops_judging_answers_when_its_time_is_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    start_many(scene, calls);
    scene_step(scene);
    struct exchange *exchange;
    while ((exchange = fake_running(&scene->fake, 0)) != NULL)
        fake_answer(&scene->fake, exchange, 200, good_data);
    expect_to_end_in_small_steps(scene, calls);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_success(calls[i]);
}

/* An answer of two megabytes. */
static char *long_answer(void) {
    static const char start[] = "{\"success\":true,\"data\":[", item[] = "\"ABCDEFGHIJKLMN\",";
    const size_t items = 128 * 1024, length = sizeof item - 1;
    char *body = malloc(sizeof start + items * length + 3);
    strcpy(body, start);
    char *at = body + strlen(body);
    for (size_t i = 0; i < items; i++, at += length)
        memcpy(at, item, length);
    strcpy(at - 1, "]}");
    return body;
}

/* Two calls, of which the first is given a long answer and the second a short one. */
static void start_reading(struct scene *scene, spreetail_call *calls[2]) {
    char *body = long_answer();
    calls[0] = scene_post(scene);
    calls[1] = scene_get(scene);
    scene_step(scene);
    fake_answer(&scene->fake, fake_running(&scene->fake, 0), 200, body);
    fake_answer(&scene->fake, fake_running(&scene->fake, 0), 200, good_data);
    free(body);
    scene->fake.each_read = 1000;
    spreetail_step(scene->client);
    assert_false(spreetail_done(calls[0]));
}

static void a_long_answer_is_read_in_many_steps_and_holds_nobody_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[2];
    unsigned steps = 1, short_one = 0;
    for (start_reading(scene, calls); !spreetail_done(calls[0]); steps++) {
        assert_about(next_timeout(scene), 0);
        spreetail_step(scene->client);
        if (!short_one && spreetail_done(calls[1]))
            short_one = steps;
    }
    assert_within(short_one, 0, 5);
    assert_within(steps, 15, 100); /* of 64 KiB, one or two in each */
    assert_int_equal(json_array_size(spreetail_result(calls[0])->data), 128 * 1024);
    scene_expect_success(calls[0]);
    scene_expect_success(calls[1]);
}

/* It has come in time; the rest is done in one go. */
static void a_deadline_in_the_middle_of_an_answer_has_been_kept(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[2];
    start_reading(scene, calls);
    scene_advance(scene, 60);
    scene_expect_success(calls[0]);
    spreetail_drop(calls[1]);
}

static void a_call_may_be_stopped_in_the_middle_of_its_answer(void **state) {
    for (int closes = 0; closes <= 1; closes++) {
        scene_setup_logged_in(state);
        struct scene *scene = *state;
        spreetail_call *calls[2];
        start_reading(scene, calls);
        if (closes)
            spreetail_close(scene->client);
        else
            spreetail_cancel(calls[0]);
        scene->fake.each_read = 0;
        scene_step(scene);
        assert_int_equal(spreetail_result(calls[0])->attempts, 1);
        scene_expect_failure(calls[0], closes ? SPREETAIL_CLOSED : SPREETAIL_CANCELLED,
                             SPREETAIL_UNKNOWN);
        spreetail_drop(calls[1]);
        scene_teardown(state);
    }
}

static void a_step_stops_ending_calls_that_are_late_when_its_time_is_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    start_many(scene, calls);
    scene_step(scene);
    fake_advance(&scene->fake, 60);
    expect_to_end_in_small_steps(scene, calls);
    for (size_t i = 0; i < MANY; i++)
        spreetail_drop(calls[i]);
}

static void a_step_stops_failing_calls_that_wait_for_a_login_when_its_time_is_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    start_many(scene, calls);
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 401, broken);
    expect_to_end_in_small_steps(scene, calls);
    assert_int_equal(scene->fake.logins, 1);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_failure(calls[i], SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);

    scene->fake.each_read = 0;
    start_many(scene, calls); /* the refusal is remembered */
    expect_to_end_in_small_steps(scene, calls);
    assert_int_equal(scene->fake.logins, 1);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_failure(calls[i], SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
}

/* However little time it took to fail them: the program has yet to be told of each. */
static void a_step_settles_no_more_than_can_be_told_in_its_time(void **state) {
    struct scene *scene = *state;
    enum { COUNT = 1000, MOST = 300, ONE_OF_EACH_KIND = 5 };
    for (size_t i = 0; i < COUNT; i++) {
        spreetail_call *call = scene_get(scene);
        spreetail_watch(call);
        spreetail_drop(call);
    }
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 401, broken);
    for (size_t left = COUNT, told; left > 0; left -= told) {
        spreetail_step(scene->client);
        for (told = 0; spreetail_next_settled(scene->client);)
            told++;
        assert_within(told, left < MOST ? left : MOST, MOST + ONE_OF_EACH_KIND);
        assert_int_equal(spreetail_pending(scene->client), left - told);
        if (told < left)
            assert_about(next_timeout(scene), 0);
    }
}

static void what_a_login_decides_it_decides_before_the_next(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    spreetail_call *calls[MANY], *patient = scene_get(scene);
    request.retries = 0;
    for (size_t i = 0; i < MANY; i++)
        calls[i] = scene_start(scene, request);
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 503, broken);
    scene->fake.each_read = 500;
    spreetail_step(scene->client);
    assert_within(settled_of(calls), 1, 8);
    fake_advance(&scene->fake, 10); /* the pause between logins is over */
    spreetail_step(scene->client);
    assert_int_equal(scene->fake.logins, 1);
    expect_to_end_in_small_steps(scene, calls);
    scene->fake.each_read = 0;
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    assert_false(spreetail_done(patient));
    spreetail_drop(patient);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_failure(calls[i], SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
}

static void a_step_stops_telling_of_a_login_when_its_time_is_up(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    for (size_t i = 0; i < MANY; i++)
        calls[i] = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 200,
                "{\"success\":true,\"data\":{\"access_token\":\"t\",\"expires_in\":60}}");
    expect_to_end_in_small_steps(scene, calls);
    assert_int_equal(scene->fake.logins, 1);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_success(calls[i]);
}

static void a_deadline_that_comes_when_the_login_has_succeeded_has_been_kept(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[MANY];
    for (size_t i = 0; i < MANY; i++)
        calls[i] = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 200,
                "{\"success\":true,\"data\":{\"access_token\":\"t\",\"expires_in\":900}}");
    scene->fake.each_read = 500;
    spreetail_step(scene->client);
    fake_advance(&scene->fake, 60);
    expect_to_end_in_small_steps(scene, calls);
    for (size_t i = 0; i < MANY; i++)
        scene_expect_success(calls[i]);
}

static void a_step_fails_one_for_want_of_a_descriptor_however_long_that_took(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[] = {scene_get(scene), scene_get(scene)};
    scene->fake.cannot_open = true;
    scene->fake.each_read = 3000;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        spreetail_step(scene->client);
        assert_int_equal(spreetail_pending(scene->client), 1 - i);
        scene_expect_failure(calls[i], SPREETAIL_NETWORK, SPREETAIL_NO_OUTCOME);
    }
}

static void every_kind_of_work_gets_its_turn_in_each_step(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    request.timeout = 5;
    spreetail_call *late = scene_start(scene, request);
    scene_step(scene);
    spreetail_drop(scene_get(scene));
    fake_advance(&scene->fake, 5);
    fake_answer(&scene->fake, fake_running(&scene->fake, 0), 200, good_data);
    scene->fake.each_read = 3000; /* each look takes longer than a step may */
    spreetail_step(scene->client);
    assert_true(TAILQ_EMPTY(&scene->fake.done));
    assert_true(spreetail_done(late));
    assert_int_equal(scene->fake.requests, 3);
    spreetail_drop(late);
}

/*
 * When the next one is due.
 */

static void with_nothing_to_do_no_step_is_ever_due(void **state) {
    struct scene *scene = *state;
    assert_true(next_timeout(scene) < 0);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    assert_true(next_timeout(scene) < 0);
    scene_advance(scene, 86400);
    assert_true(next_timeout(scene) < 0);
}

static void a_call_that_was_started_makes_a_step_due(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    assert_about(next_timeout(scene), 0);
}

static void news_make_a_step_due(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    spreetail_watch(call);
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    assert_about(spreetail_next_timeout(scene->client), 0);
    scene_expect_success(call);
}

static void the_nearest_deadline_is_waited_for(void **state) {
    struct scene *scene = *state;
    static const double timeouts[] = {9, 3, 7};
    struct spreetail_request request = scene_reading();
    for (size_t i = 0; i < COUNT_OF(timeouts); i++) {
        request.timeout = timeouts[i];
        spreetail_drop(scene_start(scene, request));
    }
    scene_step(scene);
    assert_about(next_timeout(scene), 3);
    scene_advance(scene, 1);
    assert_about(next_timeout(scene), 2);
    scene_advance(scene, 2);
    assert_about(next_timeout(scene), 4);
}

static void so_is_the_end_of_a_pause_between_logins(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 429, "retry-after: 17", broken);
    assert_about(next_timeout(scene), 17);
    scene_advance(scene, 10);
    assert_about(next_timeout(scene), 7);
}

static void so_is_the_end_of_a_pause_between_attempts(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    fake_answer_with(&scene->fake, fake_running(&scene->fake, 0), 429, "retry-after: 5", broken);
    scene_step(scene);
    double pause = next_timeout(scene);
    assert_within(pause, 5, 15);
    scene_advance(scene, pause + 0.001);
    assert_int_equal(scene->fake.requests, 2);
}

static void the_descriptor_stays_the_same_until_close(void **state) {
    struct scene *scene = *state;
    int fd = spreetail_pollfd(scene->client);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(spreetail_pollfd(scene->client), fd);
    spreetail_close(scene->client);
    assert_int_equal(spreetail_pollfd(scene->client), -1);
}

static void waiting_returns_at_once_when_a_step_is_due(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    double before = usec_to_seconds(system_clock.monotonic(NULL));
    spreetail_wait(scene->client, 30);
    assert_within(usec_to_seconds(system_clock.monotonic(NULL)) - before, 0, 5);
}

/*
 * No busy loop: where next_timeout() says "now", a step finds something to do.
 */

/* Whatever a step may change. */
struct traces {
    unsigned logins, requests;
    size_t pending, queued, done;
};

static struct traces traces_of(struct scene *scene) {
    const spreetail_client *client = scene->client;
    return (struct traces){
        .logins = scene->fake.logins,
        .requests = scene->fake.requests,
        .pending = client->pending,
        .queued = client->queued,
        .done = !TAILQ_EMPTY(&scene->fake.done),
    };
}

static void expect_no_busy_loop(struct scene *scene) {
    for (int i = 0; i < 20 && next_timeout(scene) == 0; i++) {
        struct traces before = traces_of(scene), after;
        spreetail_step(scene->client);
        after = traces_of(scene);
        if (memcmp(&before, &after, sizeof before) == 0 && next_timeout(scene) == 0)
            fail_msg("a step was due and had nothing to do");
    }
    assert_false(next_timeout(scene) == 0);
}

static void calls_that_wait_for_an_answer_are_no_busy_loop(void **state) {
    struct scene *scene = *state;
    scene->fake.room = 1;
    spreetail_drop(scene_get(scene));
    spreetail_drop(scene_get(scene));
    expect_no_busy_loop(scene);
    fake_advance(&scene->fake, 10);
    expect_no_busy_loop(scene);
}

static void a_pause_between_logins_is_no_busy_loop(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    spreetail_drop(spreetail_login(scene->client, 0, 0, -1));
    expect_no_busy_loop(scene);
    scene_answer_login(scene, 503, NULL, broken);
    expect_no_busy_loop(scene);
}

static void an_ageing_token_and_refused_credentials_are_no_busy_loop(void **state) {
    struct scene *scene = *state;
    fake_advance(&scene->fake, 86300);
    scene->fake.room = 1;
    spreetail_drop(scene_get(scene));
    spreetail_drop(scene_get(scene));
    expect_no_busy_loop(scene);
    scene_answer_login(scene, 401, NULL, broken);
    expect_no_busy_loop(scene);
    spreetail_drop(spreetail_login(scene->client, 0, 0, -1));
    expect_no_busy_loop(scene);
    scene_advance(scene, 59);
    expect_no_busy_loop(scene);
}

static void a_token_that_expires_behind_a_full_transport_is_no_busy_loop(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.timeout = 1e6;
    scene->fake.room = 1;
    spreetail_drop(scene_start(scene, request));
    spreetail_drop(scene_start(scene, request));
    expect_no_busy_loop(scene);
    for (int i = 0; i < 10; i++) {
        fake_advance(&scene->fake, 10000);
        expect_no_busy_loop(scene);
    }
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
#define logged_in(test) cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        logged_in(a_step_stops_sending_when_its_time_is_up),
        logged_in(a_step_stops_judging_answers_when_its_time_is_up),
        logged_in(a_long_answer_is_read_in_many_steps_and_holds_nobody_up),
        logged_in(a_deadline_in_the_middle_of_an_answer_has_been_kept),
        cmocka_unit_test(a_call_may_be_stopped_in_the_middle_of_its_answer),
        logged_in(a_step_stops_ending_calls_that_are_late_when_its_time_is_up),
        fresh(a_step_stops_failing_calls_that_wait_for_a_login_when_its_time_is_up),
        fresh(a_step_settles_no_more_than_can_be_told_in_its_time),
        fresh(what_a_login_decides_it_decides_before_the_next),
        fresh(a_step_stops_telling_of_a_login_when_its_time_is_up),
        fresh(a_deadline_that_comes_when_the_login_has_succeeded_has_been_kept),
        logged_in(every_kind_of_work_gets_its_turn_in_each_step),
        fresh(a_step_fails_one_for_want_of_a_descriptor_however_long_that_took),
        logged_in(with_nothing_to_do_no_step_is_ever_due),
        logged_in(a_call_that_was_started_makes_a_step_due),
        logged_in(news_make_a_step_due),
        logged_in(the_nearest_deadline_is_waited_for),
        fresh(so_is_the_end_of_a_pause_between_logins),
        logged_in(so_is_the_end_of_a_pause_between_attempts),
        logged_in(the_descriptor_stays_the_same_until_close),
        logged_in(waiting_returns_at_once_when_a_step_is_due),
        logged_in(calls_that_wait_for_an_answer_are_no_busy_loop),
        fresh(a_pause_between_logins_is_no_busy_loop),
        logged_in(an_ageing_token_and_refused_credentials_are_no_busy_loop),
        logged_in(a_token_that_expires_behind_a_full_transport_is_no_busy_loop),
    };
    return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
