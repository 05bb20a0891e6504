/* One login for all who wait; what becomes of them when it fails. */
#include "check.h"
#include "scene.h"

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":1}}";
static const char bad_credentials[] = "{\"success\":false,\"error\":\"Invalid credentials\"}";
static const char good_token[] = "{\"data\":{\"access_token\":\"t\",\"expires_in\":1}}";
static const char broken[] = "{\"success\":false,\"error\":\"out of order\"}";

static const struct spreetail_error *error_of(const spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    return &result->error;
}

static void it_sends_the_credentials_as_json_and_no_token(void **state) {
    struct scene *scene = *state;
    struct spreetail_options options = scene_options();
    options.client_id = "a\"b";
    options.client_secret = "c\\d";
    scene_open(scene, options);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    const struct exchange *login = fake_login(&scene->fake);
    assert_string_equal(login->method, "POST");
    assert_string_equal(login->url, "https://api.example.test/v1/auth/login");
    assert_string_equal(login->content_type, "Content-Type: application/json");
    assert_null(login->authorization);
    assert_string_equal(login->body, "{\"client_id\":\"a\\\"b\",\"client_secret\":\"c\\\\d\"}");
    assert_int_equal(login->body_size, strlen(login->body));
}

static void a_thousand_calls_share_one_login(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[1000];
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_get(scene);
    scene_step(scene);
    scene_advance(scene, 1);
    assert_int_equal(scene->fake.logins, 1);
    assert_int_equal(scene->fake.requests, 0);
    scene_give_token(scene, "token-1", 86400);
    while (fake_running_count(&scene->fake))
        scene_answer_all(scene, 200, good_data);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        scene_expect_success(calls[i]);
    assert_int_equal(scene->fake.logins, 1);
    assert_int_equal(scene->fake.requests, 1000);
}

static void a_fresh_client_that_is_asked_nothing_sends_nothing(void **state) {
    struct scene *scene = *state;
    scene_step(scene);
    assert_int_equal(scene->fake.opened, 0);
    assert_true(spreetail_next_timeout(scene->client) < 0);
}

static void a_token_is_used_for_the_life_it_has_since_its_login_was_sent(void **state) {
    struct scene *scene = *state;
    struct spreetail_options options = scene_options();
    options.refresh_margin = -1;
    scene_open(scene, options);
    spreetail_call *login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_advance(scene, 20); /* on the way */
    scene_give_token(scene, "token-1", 100);
    scene_expect_success(login);

    fake_advance(&scene->fake, 79.9);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(scene->fake.requests, 1);
    assert_int_equal(scene->fake.logins, 1);

    fake_advance(&scene->fake, 0.1);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(scene->fake.requests, 1);
    assert_int_equal(scene->fake.logins, 2);
}

static void a_token_ages_while_the_machine_sleeps(void **state) {
    struct scene *scene = *state;
    fake_suspend(&scene->fake, 86400);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    assert_int_equal(scene->fake.requests, 0);
}

static void the_margin_differs_from_client_to_client(void **state) {
    (void)state;
    usec first = 0;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct fake fake;
        struct spreetail_error error;
        struct spreetail_options options = scene_options();
        fake_init(&fake);
        spreetail_client *client = client_open(&options, fake_platform(&fake, seed), &error);
        struct scene scene = {.client = client};
        spreetail_drop(spreetail_login(client, 0, 0, -1));
        spreetail_step(client);
        fake_answer(&fake, fake_login(&fake), 200,
                    "{\"data\":{\"access_token\":\"t\",\"expires_in\":86400}}");
        spreetail_step(scene.client);
        usec ahead = client->tokens.current->expires_at - client->tokens.current->renew_at;
        assert_within(usec_to_seconds(ahead), 225, 300);
        assert_int_not_equal(ahead, first);
        first = ahead;
        spreetail_release(client);
    }
}

/* From here a token ages: it has 100 s left of its day. */
static void let_it_age(struct scene *scene) {
    fake_advance(&scene->fake, 86300);
}

static void renewal_ahead_of_time_holds_no_call_up(void **state) {
    struct scene *scene = *state;
    let_it_age(scene);
    spreetail_call *calls[50];
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_get(scene);
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    assert_int_equal(fake_running_count(&scene->fake), 50);
    assert_string_equal(fake_running(&scene->fake, 49)->authorization,
                        "Authorization: Bearer token-1");
    scene_answer_all(scene, 200, good_data);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        scene_expect_success(calls[i]);

    scene_give_token(scene, "token-2", 86400);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_string_equal(fake_running(&scene->fake, 0)->authorization,
                        "Authorization: Bearer token-2");
    assert_int_equal(scene->fake.logins, 2);
}

static void a_failed_renewal_keeps_the_token_and_its_pauses_grow(void **state) {
    struct scene *scene = *state;
    let_it_age(scene);
    double pauses[4];
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        spreetail_drop(scene_get(scene));
        scene_step(scene);
        assert_int_equal(scene->fake.logins, 2 + i);
        scene_answer_login(scene, 503, NULL, broken);
        scene_answer(scene, 200, good_data); /* the call was sent all the same */
        usec due = token_next_login(&scene->client->tokens);
        pauses[i] = usec_to_seconds(due - scene->fake.boottime);

        spreetail_call *in_the_pause = scene_get(scene);
        scene_step(scene);
        assert_int_equal(scene->fake.logins, 2 + i);
        scene_answer(scene, 200, good_data);
        scene_expect_success(in_the_pause);
        fake_advance(&scene->fake, pauses[i]);
    }
    for (size_t i = 1; i < COUNT_OF(pauses); i++)
        assert_true(pauses[i] > pauses[i - 1]);
}

static void a_refused_renewal_keeps_the_token_too(void **state) {
    struct scene *scene = *state;
    let_it_age(scene);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 401, NULL, bad_credentials);
    spreetail_call *later = scene_get(scene);
    scene_step(scene);
    scene_answer_all(scene, 200, good_data);
    scene_expect_success(later);
    assert_int_equal(scene->fake.logins, 2);
}

static void once_it_has_expired_calls_wait_and_share_one_login(void **state) {
    struct scene *scene = *state;
    fake_advance(&scene->fake, 86400);
    for (int i = 0; i < 20; i++)
        spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    assert_int_equal(scene->fake.requests, 0);
    scene_give_token(scene, "token-2", 86400);
    assert_int_equal(scene->fake.requests, 20);
    assert_int_equal(scene->fake.logins, 2);
}

static void a_login_has_the_attempt_timeout_of_who_asked_for_it(void **state) {
    struct scene *scene = *state;
    spreetail_drop(spreetail_login(scene->client, 0, 7, -1));
    scene_step(scene);
    assert_int_equal(fake_login(&scene->fake)->timeout, 7000000);
    scene_give_token(scene, "token-1", 10);
    scene_advance(scene, 20);
    spreetail_drop(spreetail_login(scene->client, 0, 7, -1));
    spreetail_drop(scene_get(scene)); /* which has set none, and waits as well */
    scene_step(scene);
    assert_int_equal(fake_login(&scene->fake)->timeout, 30000000);
}

static void refused_credentials_fail_all_who_wait(void **state) {
    struct scene *scene = *state;
    spreetail_call *reading = scene_get(scene), *changing = scene_post(scene);
    spreetail_call *login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_answer_login(scene, 401, NULL, bad_credentials);
    assert_contains(error_of(reading)->message, "Invalid credentials");
    assert_contains(error_of(reading)->message, "client_id");
    assert_int_equal(error_of(reading)->status, 401);
    assert_false(error_of(reading)->retryable);
    scene_expect_failure(reading, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
    scene_expect_failure(changing, SPREETAIL_AUTH, SPREETAIL_NOT_SENT);
    scene_expect_failure(login, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
}

static void refused_credentials_are_left_alone_for_a_minute(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 401, NULL, bad_credentials);
    for (int second = 0; second < 60; second += 10) {
        spreetail_call *call = scene_get(scene), *login = spreetail_login(scene->client, 0, 0, -1);
        scene_step(scene);
        assert_about(error_of(call)->retry_after, 60 - second);
        scene_expect_failure(call, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
        scene_expect_failure(login, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
        assert_int_equal(scene->fake.logins, 1);
        fake_advance(&scene->fake, 10);
    }
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    scene_give_token(scene, "token-1", 86400);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
}

static void other_refusals_are_about_the_credentials_as_well(void **state) {
    static const struct {
        int status;
        const char *body;
    } refusals[] = {{403, broken}, {403, "no json"}, {200, broken}};
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        scene_open(scene, scene_options());
        spreetail_call *call = scene_post(scene);
        scene_step(scene);
        scene_answer_login(scene, refusals[i].status, NULL, refusals[i].body);
        scene_expect_failure(call, SPREETAIL_AUTH, SPREETAIL_NOT_SENT);
        spreetail_drop(scene_get(scene));
        scene_step(scene);
        assert_int_equal(scene->fake.logins, 1);
    }
}

/* What doesn't understand a login says nothing about who logs in. */
static void any_other_4xx_is_about_where_the_login_went(void **state) {
    static const int statuses[] = {400, 402, 404, 405, 410, 415, 422, 431};
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        scene_open(scene, scene_options());
        spreetail_call *call = scene_post(scene);
        scene_step(scene);
        scene_answer_login(scene, statuses[i], NULL, broken);
        assert_contains(error_of(call)->message, "out of order");
        assert_contains(error_of(call)->message, "check that base_url is the API's");
        assert_lacks(error_of(call)->message, "client_id");
        scene_expect_failure(call, SPREETAIL_CONFIG, SPREETAIL_NOT_SENT);
    }
}

static void whatever_goes_wrong_is_said_with_the_url(void **state) {
    static const struct {
        int status; /* 0: the exchange fails */
        const char *body;
    } endings[] = {{401, bad_credentials}, {400, broken},     {429, broken},
                   {503, broken},          {301, ""},         {200, "no json"},
                   {200, "{\"data\":{}}"}, {200, good_token}, {0, NULL}};
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        scene_open(scene, scene_options());
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_advance(scene, 10);
        if (endings[i].status)
            scene_answer_login(scene, endings[i].status, NULL, endings[i].body);
        else
            scene_fail_login(scene, EXCHANGE_TIMEOUT);
        assert_contains(error_of(call)->message, "login at https://api.example.test/v1/auth/login");
        spreetail_drop(call);
    }
}

static void waiting_calls_tolerate_as_many_failures_as_they_have_retries(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    spreetail_call *calls[4];
    request.timeout = 1000;
    for (int retries = 0; retries < 4; retries++) {
        request.retries = retries;
        calls[retries] = scene_start(scene, request);
    }
    scene_step(scene);
    for (unsigned failure = 0; failure < 4; failure++) {
        for (unsigned i = failure; i < 4; i++)
            assert_false(spreetail_done(calls[i]));
        scene_answer_login(scene, 500, NULL, broken);
        assert_true(error_of(calls[failure])->retryable);
        assert_contains(error_of(calls[failure])->message, "out of order");
        scene_expect_failure(calls[failure], SPREETAIL_SERVER, SPREETAIL_NOT_SENT);
        if (failure < 3)
            scene_advance(scene, 31);
    }
    assert_int_equal(scene->fake.logins, 4);
}

static void logins_pause_longer_and_longer_up_to_half_a_minute(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.timeout = 100000;
    request.retries = 20;
    spreetail_drop(scene_start(scene, request));
    scene_step(scene);
    double longest = 0.5;
    for (int i = 0; i < 10; i++) {
        scene_fail_login(scene, EXCHANGE_LOST);
        scene_take_news(scene);
        double pause = spreetail_next_timeout(scene->client);
        assert_within(pause, longest / 2, longest);
        scene_advance(scene, pause - 0.001);
        assert_null(fake_login(&scene->fake));
        scene_advance(scene, 0.002);
        assert_non_null(fake_login(&scene->fake));
        longest = longest * 2 < 30 ? longest * 2 : 30;
    }
}

static void a_login_server_that_says_when_to_come_back_is_heard(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 429, "retry-after: 17", broken);
    scene_take_news(scene);
    assert_about(spreetail_next_timeout(scene->client), 17);
    scene_advance(scene, 16.9);
    assert_int_equal(scene->fake.logins, 1);
    scene_advance(scene, 0.1);
    assert_int_equal(scene->fake.logins, 2);
}

static void a_pause_that_does_not_fit_the_deadline_fails_the_call_at_once(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.timeout = 10;
    spreetail_call *hasty = scene_start(scene, request), *patient = scene_get(scene);
    scene_step(scene);
    scene_answer_login(scene, 429, "retry-after: 30", broken);
    assert_about(error_of(hasty)->retry_after, 30);
    scene_expect_failure(hasty, SPREETAIL_RATE_LIMIT, SPREETAIL_NO_OUTCOME);
    scene_advance(scene, 30);
    scene_give_token(scene, "token-1", 86400);
    scene_answer(scene, 200, good_data);
    scene_expect_success(patient);
}

static void what_will_not_pass_fails_all_at_once(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_fail_login(scene, EXCHANGE_TLS);
    scene_expect_failure(call, SPREETAIL_TLS, SPREETAIL_NO_OUTCOME);

    scene_open(scene, scene_options());
    call = scene_get(scene);
    scene_step(scene);
    scene_answer_login(scene, 404, NULL, "<h1>nothing here</h1>");
    assert_contains(error_of(call)->message, "base_url");
    scene_expect_failure(call, SPREETAIL_CONFIG, SPREETAIL_NO_OUTCOME);
}

/* `conflict` or `not_found` would say something about an order. */
static void a_status_that_says_nothing_of_the_credentials_passes(void **state) {
    static const int statuses[] = {408, 409, 421, 425};
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct spreetail_request request = scene_changing();
        request.retries = 1;
        scene_open(scene, scene_options());
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_answer_login(scene, statuses[i], NULL, broken);
        assert_false(spreetail_done(call));
        scene_advance(scene, 5);
        scene_answer_login(scene, statuses[i], NULL, broken);
        assert_true(error_of(call)->retryable);
        scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_NOT_SENT);
    }
}

static void an_answer_without_a_usable_token_is_a_failure(void **state) {
    static const char *const bodies[] = {
        "{\"success\":true}",
        "{\"success\":true,\"data\":null}",
        "{\"data\":{\"access_token\":\"\"}}",
        "{\"data\":{\"access_token\":7}}",
        "{\"data\":{\"access_token\":\"a\\r\\nHost: evil\"}}",
        "{\"data\":{\"access_token\":\"a\\u0000b\"}}",
        "not json",
        "",
    };
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        scene_open(scene, scene_options());
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_answer_login(scene, 200, NULL, bodies[i]);
        scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_NO_OUTCOME);
    }
}

static void nor_is_a_token_that_no_header_could_hold(void **state) {
    struct scene *scene = *state;
    const size_t size = 100 * 1024;
    char *body = malloc(size);
    int start = sprintf(body, "{\"data\":{\"access_token\":\"");
    memset(body + start, 'a', size - (size_t)start);
    strcpy(body + size - 5, "\"}}");
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    scene_answer_login(scene, 200, NULL, body);
    assert_contains(error_of(call)->message, "no access_token that could be used");
    scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_NO_OUTCOME);
    free(body);
}

static void an_answer_of_megabytes_is_no_logins(void **state) {
    struct scene *scene = *state;
    const size_t size = 16 * 1024 * 1024;
    char *body = malloc(size + 1);
    memset(body, ' ', size);
    strcpy(body + size - 2, "{}");
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    scene_answer_login(scene, 200, NULL, body);
    assert_contains(error_of(call)->message, "an answer of 16777216 bytes is no login's");
    scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_NO_OUTCOME);
    free(body);
}

/* Else logins would follow each other without a pause, and no call would ever be sent. */
static void a_token_that_has_expired_on_arrival_is_a_failure(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    spreetail_call *call = scene_start(scene, request), *other = scene_get(scene);
    scene_step(scene);
    scene_advance(scene, 3);
    scene_give_token(scene, "token-1", 2);
    assert_int_equal(scene->fake.logins, 1);
    scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_NO_OUTCOME);
    assert_false(spreetail_done(other));
    spreetail_drop(other);
}

static void login_renews_a_token_that_is_still_good(void **state) {
    struct scene *scene = *state;
    spreetail_call *first = spreetail_login(scene->client, 0, 0, -1);
    spreetail_call *second = spreetail_login(scene->client, 0, 0, -1);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    assert_int_equal(fake_running_count(&scene->fake), 1); /* with the token that there is */
    scene_give_token(scene, "token-2", 86400);
    scene_expect_success(first);
    scene_expect_success(second);
    assert_int_equal(scene->fake.logins, 2);
    spreetail_drop(call);
}

static void a_failed_login_fails_with_its_reason_and_calls_go_on(void **state) {
    struct scene *scene = *state;
    spreetail_call *login = spreetail_login(scene->client, 0, 0, 0);
    scene_step(scene);
    scene_answer_login(scene, 503, NULL, broken);
    scene_expect_failure(login, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);

    /* Those that are queued, too, and however bad the failure. */
    scene->fake.room = 1;
    call = scene_get(scene);
    scene_step(scene);
    spreetail_call *queued = scene_get(scene);
    scene_advance(scene, 5);
    login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_answer_login(scene, 401, NULL, bad_credentials);
    scene_expect_failure(login, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
    scene_answer(scene, 200, good_data);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
    scene_expect_success(queued);
}

/* Though a call has no need to wait for that pause, having a token. */
static void a_login_that_would_wait_in_vain_fails_at_once(void **state) {
    struct scene *scene = *state;
    spreetail_call *login = spreetail_login(scene->client, 5, 0, -1);
    scene_step(scene);
    scene_answer_login(scene, 503, "retry-after: 50", broken);
    assert_about(error_of(login)->retry_after, 50);
    scene_expect_failure(login, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
}

static void a_login_fails_with_its_own_reason_whatever_else_is_refused(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    spreetail_call *login = spreetail_login(scene->client, 0, 0, 0);
    scene_step(scene);
    fake_answer(&scene->fake, fake_login(&scene->fake), 503, broken);
    fake_answer(&scene->fake, fake_running(&scene->fake, 0), 401, bad_credentials);
    scene_step(scene);
    scene_expect_failure(login, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
    spreetail_drop(call);
}

static void calls_that_begin_in_a_pause_too_long_for_them_fail_at_once(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 429, "retry-after: 50", broken);
    scene_advance(scene, 10);
    request.timeout = 5;
    spreetail_call *hasty = scene_start(scene, request), *patient = scene_get(scene);
    scene_take_news(scene);
    assert_about(spreetail_next_timeout(scene->client), 0);
    scene_step(scene);
    assert_contains(error_of(hasty)->message, "out of order");
    assert_about(error_of(hasty)->retry_after, 40);
    scene_expect_failure(hasty, SPREETAIL_RATE_LIMIT, SPREETAIL_NOT_SENT);
    assert_int_equal(scene->fake.logins, 1);
    scene_advance(scene, 40);
    scene_give_token(scene, "token-1", 86400);
    scene_answer_all(scene, 200, good_data);
    scene_expect_success(patient);
}

/* The pause begins while they wait: here for an answer that turns out to be a 401. */
static void so_do_those_that_find_themselves_in_one(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene), *login = spreetail_login(scene->client, 0, 0, 0);
    scene_step(scene);
    scene_answer_login(scene, 503, "retry-after: 200", broken);
    scene_expect_failure(login, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
    scene_answer(scene, 401, bad_credentials);
    assert_about(error_of(call)->retry_after, 200);
    scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
}

static void a_call_that_was_to_fail_goes_on_when_a_token_comes_meanwhile(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 429, "retry-after: 100", broken);
    spreetail_call *call = scene_get(scene);
    assert_true(token_adopt(&scene->client->tokens, "abc", 3, client_boot_now(scene->client),
                            100 * USEC_PER_SEC));
    scene_step(scene);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
}

static void no_server_can_stop_logins_for_more_than_minutes(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_answer_login(scene, 503, "retry-after: 86400", broken);
    assert_about(error_of(call)->retry_after, 300);
    scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
    scene_advance(scene, 300);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
}

static void a_login_that_the_program_asks_for_is_tried_in_any_pause(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 503, "retry-after: 300", broken);
    scene_take_news(scene);
    for (unsigned i = 2; i <= 3; i++) {
        spreetail_call *login = spreetail_login(scene->client, 0, 0, -1);
        assert_about(spreetail_next_timeout(scene->client), 0);
        scene_step(scene);
        assert_int_equal(scene->fake.logins, i);
        scene_answer_login(scene, 503, "retry-after: 300", broken);
        scene_expect_failure(login, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
        scene_take_news(scene);
    }
    spreetail_call *login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    scene_expect_success(login);
}

/*
 * Tokens that are refused as soon as they have come.
 */

/* One call after the other; every login brings a token, and every token is refused. Returns the
 * seconds that it took. */
static double let_tokens_be_refused(struct scene *scene, unsigned calls) {
    usec start = scene->fake.monotonic;
    while (calls-- > 0) {
        spreetail_call *call = scene_get(scene);
        scene_step(scene);
        while (!spreetail_done(call)) {
            if (fake_login(&scene->fake))
                scene_give_token(scene, "token-x", 86400);
            else if (fake_running(&scene->fake, 0))
                scene_answer(scene, 401, bad_credentials);
            else
                scene_advance(scene, spreetail_next_timeout(scene->client));
            scene_take_news(scene);
        }
        scene_expect_failure(call, SPREETAIL_AUTH, SPREETAIL_NO_OUTCOME);
    }
    return usec_to_seconds(scene->fake.monotonic - start);
}

static void tokens_that_are_refused_when_they_come_slow_logins_down(void **state) {
    struct scene *scene = *state;
    struct spreetail_options options = scene_options();
    options.timeout = 10; /* what doesn't fit into it isn't waited for */
    scene_open(scene, options);
    double took = let_tokens_be_refused(scene, 20);
    print_message("20 calls, each token refused: %u logins in %.1f s\n", scene->fake.logins, took);
    assert_in_range(scene->fake.logins, 4, 7);
}

static void however_long_that_goes_on(void **state) {
    struct scene *scene = *state;
    double took = let_tokens_be_refused(scene, 100);
    assert_true(took > 600);
    assert_true(scene->fake.logins < 8 + took / 15); /* half of the longest pause */
}

static void a_token_that_serves_ends_that(void **state) {
    struct scene *scene = *state;
    let_tokens_be_refused(scene, 1);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_advance(scene, 10);
    scene_give_token(scene, "token-1", 86400);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
    /* Revoked one day, it is replaced at once. */
    call = scene_get(scene);
    scene_step(scene);
    scene_answer(scene, 401, bad_credentials);
    assert_non_null(fake_login(&scene->fake));
    spreetail_drop(call);
}

/* Calls were to fail in a pause when the program's own login brought a token, which is then
 * refused. A step that is short of time looks at one of them and sends another. */
static void a_call_under_way_waits_for_no_login(void **state) {
    enum { MANY = 16 };
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    let_tokens_be_refused(scene, 2); /* the pauses are longer than the time-out by now */
    spreetail_drop(scene_get(scene));
    request.timeout = 5;
    for (size_t i = 0; i < MANY; i++)
        spreetail_drop(scene_start(scene, request));
    spreetail_drop(spreetail_login(scene->client, 0, 0, -1));
    scene->fake.each_read = 2000;
    spreetail_step(scene->client);
    fake_answer(&scene->fake, fake_login(&scene->fake), 200,
                "{\"data\":{\"access_token\":\"t\",\"expires_in\":900}}");
    for (size_t i = 0; i < MANY / 2; i++)
        spreetail_step(scene->client);
    scene->fake.each_read = 0;
    scene_answer(scene, 401, bad_credentials);
    assert_in_range(fake_running_count(&scene->fake), 2, MANY);
    assert_int_equal(spreetail_pending(scene->client), fake_running_count(&scene->fake) + 1);
}

static void events_tell_of_logins_renewals_and_failures(void **state) {
    struct scene *scene = *state;
    static const enum spreetail_event_type expected[] = {
        SPREETAIL_EVENT_LOGIN_FAILED, SPREETAIL_EVENT_LOGIN, SPREETAIL_EVENT_RENEWAL};
    struct spreetail_event event;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_login(scene, 500, NULL, broken);
    scene_advance(scene, 1);
    scene_give_token(scene, "token-1", 86400);
    let_it_age(scene);
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_give_token(scene, "token-2", 86400);
    for (size_t i = 0; i < COUNT_OF(expected);) {
        assert_true(spreetail_next_event(scene->client, &event));
        if (event.type != SPREETAIL_EVENT_CALL)
            assert_int_equal(event.type, expected[i++]);
        spreetail_event_clear(&event);
    }
}

static void an_event_tells_of_a_token_refused_at_once_with_its_status(void **state) {
    struct scene *scene = *state;
    struct spreetail_event event = {0};
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    scene_take_news(scene);
    scene_answer(scene, 401, bad_credentials);
    assert_true(spreetail_next_event(scene->client, &event));
    assert_int_equal(event.type, SPREETAIL_EVENT_LOGIN_FAILED);
    assert_int_equal(event.status, 401);
    spreetail_event_clear(&event);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
#define logged_in(test) cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        fresh(it_sends_the_credentials_as_json_and_no_token),
        fresh(a_thousand_calls_share_one_login),
        fresh(a_fresh_client_that_is_asked_nothing_sends_nothing),
        fresh(a_token_is_used_for_the_life_it_has_since_its_login_was_sent),
        logged_in(a_token_ages_while_the_machine_sleeps),
        cmocka_unit_test(the_margin_differs_from_client_to_client),
        logged_in(renewal_ahead_of_time_holds_no_call_up),
        logged_in(a_failed_renewal_keeps_the_token_and_its_pauses_grow),
        logged_in(a_refused_renewal_keeps_the_token_too),
        logged_in(once_it_has_expired_calls_wait_and_share_one_login),
        fresh(a_login_has_the_attempt_timeout_of_who_asked_for_it),
        fresh(refused_credentials_fail_all_who_wait),
        fresh(refused_credentials_are_left_alone_for_a_minute),
        fresh(other_refusals_are_about_the_credentials_as_well),
        fresh(any_other_4xx_is_about_where_the_login_went),
        fresh(whatever_goes_wrong_is_said_with_the_url),
        fresh(waiting_calls_tolerate_as_many_failures_as_they_have_retries),
        fresh(logins_pause_longer_and_longer_up_to_half_a_minute),
        fresh(a_login_server_that_says_when_to_come_back_is_heard),
        fresh(a_pause_that_does_not_fit_the_deadline_fails_the_call_at_once),
        fresh(what_will_not_pass_fails_all_at_once),
        fresh(a_status_that_says_nothing_of_the_credentials_passes),
        fresh(an_answer_without_a_usable_token_is_a_failure),
        fresh(nor_is_a_token_that_no_header_could_hold),
        fresh(an_answer_of_megabytes_is_no_logins),
        fresh(a_token_that_has_expired_on_arrival_is_a_failure),
        logged_in(login_renews_a_token_that_is_still_good),
        logged_in(a_failed_login_fails_with_its_reason_and_calls_go_on),
        logged_in(a_login_that_would_wait_in_vain_fails_at_once),
        fresh(a_login_fails_with_its_own_reason_whatever_else_is_refused),
        fresh(calls_that_begin_in_a_pause_too_long_for_them_fail_at_once),
        logged_in(so_do_those_that_find_themselves_in_one),
        fresh(a_call_that_was_to_fail_goes_on_when_a_token_comes_meanwhile),
        fresh(no_server_can_stop_logins_for_more_than_minutes),
        fresh(a_login_that_the_program_asks_for_is_tried_in_any_pause),
        fresh(tokens_that_are_refused_when_they_come_slow_logins_down),
        fresh(however_long_that_goes_on),
        fresh(a_token_that_serves_ends_that),
        fresh(a_call_under_way_waits_for_no_login),
        fresh(events_tell_of_logins_renewals_and_failures),
        fresh(an_event_tells_of_a_token_refused_at_once_with_its_status),
    };
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
