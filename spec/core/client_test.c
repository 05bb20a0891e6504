/* The queue of calls, deadlines, and the ends that programs make: cancel, close, release. */
#include "check.h"
#include "scene.h"

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":1}}";
static const char broken[] = "{\"success\":false,\"error\":\"out of order\"}";

static struct spreetail_stats stats_of(const struct scene *scene) {
    struct spreetail_stats stats;
    spreetail_stats(scene->client, &stats);
    return stats;
}

static const char *message_of(const spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    assert_non_null(result->error.message);
    return result->error.message;
}

/*
 * The queue.
 */

static void calls_beyond_max_in_flight_queue_in_order(void **state) {
    struct scene *scene = *state;
    struct spreetail_options options = scene_options();
    options.max_in_flight = 3;
    scene_open(scene, options);
    for (int i = 0; i < 10; i++) {
        struct spreetail_request request = scene_reading();
        char path[] = "/order/0";
        path[7] = (char)('0' + i);
        request.path = path;
        spreetail_drop(scene_start(scene, request));
    }
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(stats_of(scene).in_flight, i < 8 ? 3 : 10 - i);
        assert_int_equal(stats_of(scene).queued, i < 7 ? 7 - i : 0);
        const char *url = fake_running(&scene->fake, 0)->url;
        assert_int_equal(url[strlen(url) - 1], '0' + i);
        scene_answer(scene, 200, good_data);
    }
    assert_int_equal(scene->fake.most_running, 3);
}

static void calls_wait_for_room_in_the_transport(void **state) {
    struct scene *scene = *state;
    scene->fake.room = 2;
    for (int i = 0; i < 5; i++)
        spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(fake_running_count(&scene->fake), 2);
    scene_answer(scene, 200, good_data);
    assert_int_equal(fake_running_count(&scene->fake), 2);
    assert_int_equal(scene->fake.requests, 3);
}

static void a_call_whose_time_runs_out_in_the_queue_was_never_sent(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.timeout = 5;
    scene->fake.room = 1;
    spreetail_drop(scene_get(scene));
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    scene_advance(scene, 5);
    assert_contains(message_of(call), "to be sent");
    scene_expect_failure(call, SPREETAIL_TIMEOUT, SPREETAIL_NOT_SENT);
    assert_int_equal(scene->fake.requests, 1);
}

/* Time may pass between the step's look at the deadlines and its sending. */
static void nor_when_its_time_runs_out_as_a_place_becomes_free(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    spreetail_call *calls[20];
    request.timeout = 5;
    scene->fake.room = 1;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_start(scene, request);
    fake_advance(&scene->fake, 5);
    scene->fake.each_read = 1000;
    scene_answer(scene, 200, good_data);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        scene_expect_failure(calls[i], SPREETAIL_TIMEOUT, SPREETAIL_NOT_SENT);
    assert_int_equal(scene->fake.requests, 1);
}

static void without_a_descriptor_calls_fail_and_later_ones_work(void **state) {
    struct scene *scene = *state;
    scene->fake.cannot_open = true;
    spreetail_call *call = scene_post(scene), *login = spreetail_login(scene->client, 0, 0, -1);
    assert_int_equal(spreetail_pollfd(scene->client), -1);
    scene_step(scene);
    assert_contains(message_of(call), "Too many open files");
    scene_expect_failure(call, SPREETAIL_NETWORK, SPREETAIL_NOT_SENT);
    scene_expect_failure(login, SPREETAIL_NETWORK, SPREETAIL_NO_OUTCOME);

    scene->fake.cannot_open = false;
    call = scene_post(scene);
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
}

/*
 * Deadlines.
 */

static void the_deadline_covers_the_wait_for_a_login(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.timeout = 3;
    spreetail_call *call = scene_start(scene, request);
    spreetail_call *login = spreetail_login(scene->client, 4, 0, -1);
    scene_step(scene);
    scene_advance(scene, 3);
    scene_expect_failure(call, SPREETAIL_TIMEOUT, SPREETAIL_NOT_SENT);
    assert_false(spreetail_done(login));
    scene_advance(scene, 1);
    scene_expect_failure(login, SPREETAIL_TIMEOUT, SPREETAIL_NO_OUTCOME);
}

static void the_deadline_covers_the_wait_for_an_answer(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.timeout = 3;
    spreetail_call *not_sent = scene_start(scene, request), *sent = scene_start(scene, request);
    scene_step(scene);
    fake_send(fake_running(&scene->fake, 1));
    scene_advance(scene, 2.999);
    assert_false(spreetail_done(sent));
    scene_advance(scene, 0.002);
    assert_contains(message_of(sent), "3 s");
    assert_int_equal(spreetail_result(sent)->attempts, 1);
    scene_expect_failure(not_sent, SPREETAIL_TIMEOUT, SPREETAIL_NOT_SENT);
    scene_expect_failure(sent, SPREETAIL_TIMEOUT, SPREETAIL_UNKNOWN);
    assert_int_equal(scene->fake.cancelled, 2);
    assert_int_equal(stats_of(scene).in_flight, 0);
}

static void an_answer_that_comes_with_the_deadline_counts(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    fake_advance(&scene->fake, 60);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
}

static void deadlines_do_not_run_while_the_machine_sleeps(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    fake_suspend(&scene->fake, 3600);
    scene_step(scene);
    assert_false(spreetail_done(call));
    spreetail_drop(call);
}

/*
 * Ends that the program makes. Each of these brings one changing call into one state.
 */

static spreetail_call *call_waiting_for_login(struct scene *scene) {
    scene_open(scene, scene_options());
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    return call;
}

static spreetail_call *call_being_sent(struct scene *scene) {
    spreetail_call *call = call_waiting_for_login(scene);
    scene_give_token(scene, "token-1", 86400);
    return call;
}

static spreetail_call *call_queued(struct scene *scene) {
    spreetail_drop(call_being_sent(scene));
    scene->fake.room = 1;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    return call;
}

static spreetail_call *call_sent(struct scene *scene) {
    spreetail_call *call = call_being_sent(scene);
    fake_send(fake_running(&scene->fake, 0));
    return call;
}

static spreetail_call *call_answered(struct scene *scene) {
    spreetail_call *call = call_being_sent(scene);
    fake_answer(&scene->fake, fake_running(&scene->fake, 0), 200, good_data);
    return call; /* and no step has seen it */
}

static spreetail_call *call_pausing(struct scene *scene) {
    spreetail_call *call = call_being_sent(scene);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_CONNECT, false, 0);
    scene_step(scene);
    return call;
}

static const struct {
    spreetail_call *(*bring)(struct scene *scene);
    enum spreetail_outcome outcome;
} states[] = {
    {call_waiting_for_login, SPREETAIL_NOT_SENT},
    {call_being_sent, SPREETAIL_NOT_SENT},
    {call_queued, SPREETAIL_NOT_SENT},
    {call_sent, SPREETAIL_UNKNOWN},
    {call_answered, SPREETAIL_UNKNOWN},
    {call_pausing, SPREETAIL_NOT_SENT},
};

static void a_call_can_be_cancelled_in_every_state(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        spreetail_call *call = states[i].bring(scene);
        spreetail_cancel(call);
        spreetail_cancel(call);
        scene_step(scene);
        scene_expect_failure(call, SPREETAIL_CANCELLED, states[i].outcome);
    }
}

static void closing_settles_a_call_in_every_state(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        spreetail_call *call = states[i].bring(scene);
        spreetail_close(scene->client);
        spreetail_close(scene->client);
        assert_int_equal(scene->fake.closed, 1);
        assert_true(TAILQ_EMPTY(&scene->fake.running));
        assert_int_equal(spreetail_step(scene->client), 0);
        scene_expect_failure(call, SPREETAIL_CLOSED, states[i].outcome);
    }
}

static void releasing_leaves_held_calls_readable(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        spreetail_call *call = states[i].bring(scene);
        spreetail_release(scene->client);
        scene->client = NULL;
        spreetail_watch(call); /* nobody is there to be told */
        spreetail_cancel(call);
        scene_expect_failure(call, SPREETAIL_CLOSED, states[i].outcome);
    }
}

static void a_settled_call_keeps_its_result(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = call_being_sent(scene);
    scene_answer(scene, 200, good_data);
    spreetail_cancel(call);
    spreetail_release(scene->client);
    scene->client = NULL;
    assert_int_equal(json_integer_value(json_object_get(spreetail_result(call)->data, "n")), 1);
    scene_expect_success(call);
}

static void calls_may_be_dropped_in_any_order_after_release(void **state) {
    struct scene *scene = *state;
    static const int order[] = {3, 0, 4, 2, 1};
    spreetail_call *calls[5];
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_get(scene);
    scene_step(scene);
    spreetail_watch(calls[2]);
    scene_answer(scene, 200, good_data);
    spreetail_release(scene->client);
    scene->client = NULL;
    for (size_t i = 0; i < COUNT_OF(order); i++)
        spreetail_drop(calls[order[i]]);
}

static void a_dropped_call_runs_on(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_post(scene));
    scene_step(scene);
    assert_int_equal(spreetail_pending(scene->client), 1);
    scene_answer(scene, 200, good_data);
    assert_int_equal(spreetail_pending(scene->client), 0);
}

static void a_closed_client_fails_calls_and_waits_for_nothing(void **state) {
    struct scene *scene = *state;
    spreetail_close(scene->client);
    scene_take_news(scene);
    assert_int_equal(spreetail_pollfd(scene->client), -1);
    assert_true(spreetail_next_timeout(scene->client) < 0);
    struct spreetail_request invalid = scene_changing();
    invalid.path = "none";
    scene_expect_failure(scene_post(scene), SPREETAIL_CLOSED, SPREETAIL_NOT_SENT);
    scene_expect_failure(scene_start(scene, invalid), SPREETAIL_CLOSED, SPREETAIL_NOT_SENT);
    scene_expect_failure(spreetail_login(scene->client, 0, 0, -1), SPREETAIL_CLOSED,
                         SPREETAIL_NO_OUTCOME);
}

static void the_secret_is_wiped_when_a_client_closes(void **state) {
    struct scene *scene = *state;
    spreetail_close(scene->client);
    assert_null(scene->client->settings.client_secret);
    assert_null(scene->client->tokens.current);
}

/*
 * Being told.
 */

static void watched_calls_are_told_once_in_the_order_of_settling(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[4];
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_get(scene);
    scene_step(scene);
    spreetail_watch(calls[0]);
    spreetail_watch(calls[1]);
    spreetail_watch(calls[1]);
    fake_answer(&scene->fake, fake_running(&scene->fake, 2), 200, good_data);
    fake_answer(&scene->fake, fake_running(&scene->fake, 1), 200, good_data);
    scene_step(scene);
    spreetail_watch(calls[2]); /* after it has settled */
    scene_answer_all(scene, 200, good_data);
    assert_true(spreetail_has_news(scene->client));
    assert_int_equal(spreetail_next_settled(scene->client), spreetail_call_id(calls[1]));
    assert_int_equal(spreetail_next_settled(scene->client), spreetail_call_id(calls[2]));
    assert_int_equal(spreetail_next_settled(scene->client), spreetail_call_id(calls[0]));
    assert_int_equal(spreetail_next_settled(scene->client), 0);
    spreetail_watch(calls[0]); /* once more */
    assert_int_equal(spreetail_next_settled(scene->client), spreetail_call_id(calls[0]));
    assert_int_equal(spreetail_next_settled(scene->client), 0);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        scene_expect_success(calls[i]);
}

static void a_watched_call_is_told_though_it_was_dropped(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    uint64_t id = spreetail_call_id(call);
    spreetail_watch(call);
    spreetail_drop(call);
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    assert_int_equal(spreetail_next_settled(scene->client), id);
}

static void statistics_count_what_happened(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.retries = 0;
    for (int i = 0; i < 3; i++)
        spreetail_drop(scene_start(scene, request));
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    scene_answer(scene, 500, broken);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_CONNECT, false, 0);
    scene_step(scene);
    struct spreetail_stats stats = stats_of(scene);
    assert_int_equal(stats.logins, 1);
    assert_int_equal(stats.logins_failed, 0);
    assert_int_equal(stats.calls, 4); /* the login was one */
    assert_int_equal(stats.attempts, 2);
    assert_int_equal(stats.retries, 0);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.queued, 0);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
#define logged_in(test) cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        fresh(calls_beyond_max_in_flight_queue_in_order),
        logged_in(calls_wait_for_room_in_the_transport),
        logged_in(a_call_whose_time_runs_out_in_the_queue_was_never_sent),
        logged_in(nor_when_its_time_runs_out_as_a_place_becomes_free),
        fresh(without_a_descriptor_calls_fail_and_later_ones_work),
        fresh(the_deadline_covers_the_wait_for_a_login),
        logged_in(the_deadline_covers_the_wait_for_an_answer),
        logged_in(an_answer_that_comes_with_the_deadline_counts),
        logged_in(deadlines_do_not_run_while_the_machine_sleeps),
        fresh(a_call_can_be_cancelled_in_every_state),
        fresh(closing_settles_a_call_in_every_state),
        fresh(releasing_leaves_held_calls_readable),
        fresh(a_settled_call_keeps_its_result),
        logged_in(calls_may_be_dropped_in_any_order_after_release),
        logged_in(a_dropped_call_runs_on),
        fresh(a_closed_client_fails_calls_and_waits_for_nothing),
        logged_in(the_secret_is_wiped_when_a_client_closes),
        logged_in(watched_calls_are_told_once_in_the_order_of_settling),
        logged_in(a_watched_call_is_told_though_it_was_dropped),
        logged_in(statistics_count_what_happened),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
