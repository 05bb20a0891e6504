/* What one call sends, and what becomes of it. */
#include "answer.h"
#include "check.h"
#include "scene.h"

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":1}}";
static const char bad_data[] = "{\"success\":false,\"error\":\"that won't do\"}";
static const char expired[] = "{\"success\":false,\"error\":\"Invalid or expired token\"}";

static const struct spreetail_error *error_of(const spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    return &result->error;
}

/*
 * Sending.
 */

static void it_sends_what_was_asked(void **state) {
    struct scene *scene = *state;
    static const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
    char path[] = "/outbound?a=b", body[] = "{\"a\":1}";
    struct spreetail_request request = scene_changing();
    request.path = path;
    request.body = body;
    request.body_size = 7;
    request.headers = headers;
    spreetail_drop(scene_start(scene, request));
    memset(path, 'x', sizeof path - 1); /* all was copied */
    memset(body, 'x', sizeof body - 1);
    scene_step(scene);
    const struct exchange *exchange = fake_running(&scene->fake, 0);
    assert_string_equal(exchange->method, "POST");
    assert_string_equal(exchange->url, "https://api.example.test/v1/outbound?a=b");
    assert_string_equal(exchange->authorization, "Authorization: Bearer token-1");
    assert_string_equal(exchange->content_type, "Content-Type: application/json");
    assert_string_equal(exchange->headers[0], "X-One: 1");
    assert_string_equal(exchange->headers[1], "X-Two: 2");
    assert_null(exchange->headers[2]);
    assert_int_equal(exchange->body_size, 7);
    assert_memory_equal(exchange->body, "{\"a\":1}", 7);
    assert_false(exchange->login);
}

static void without_a_body_there_is_no_content_type(void **state) {
    struct scene *scene = *state;
    spreetail_drop(scene_get(scene));
    scene_step(scene);
    assert_null(fake_running(&scene->fake, 0)->content_type);
    assert_null(fake_running(&scene->fake, 0)->body);
}

static void a_content_type_of_ones_own_is_sent(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.content_type = "text/csv";
    spreetail_drop(scene_start(scene, request));
    scene_step(scene);
    assert_string_equal(fake_running(&scene->fake, 0)->content_type, "Content-Type: text/csv");
}

static void an_attempt_gets_no_more_time_than_the_call_has_left(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.timeout = 100;
    request.attempt_timeout = 20;
    spreetail_drop(scene_start(scene, request));
    request.attempt_timeout = 0; /* the client's */
    spreetail_drop(scene_start(scene, request));
    request.timeout = 7;
    spreetail_drop(scene_start(scene, request));
    scene_step(scene);
    assert_int_equal(fake_running(&scene->fake, 0)->timeout, 20 * USEC_PER_SEC);
    assert_int_equal(fake_running(&scene->fake, 1)->timeout, 30 * USEC_PER_SEC);
    assert_int_equal(fake_running(&scene->fake, 2)->timeout, 7 * USEC_PER_SEC);
}

static void what_cant_be_sent_fails_before_it_is(void **state) {
    static const char *const paths[] = {
        "", "outbound", "http://evil/", "/a b", "/a\r\nb", "/a\tb", "/\xc3\xa9", "/a#b",
    };
    static const char *const methods[] = {"", "GE T", "GET\r\n", "G\xc3\xa9T"};
    static const char *const headers[] = {
        "no colon",   "X-A: b\r\nX-C: d",  "X-A: b\nX-C: d",       ": empty",       "X A: b",
        "X-A : b",    "X-A: \x7f",         "Authorization: mine",  "HOST: evil",    "te: x",
        "Expect: no", "Content-Length: 9", "transfer-encoding: x", "Connection: x",
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(paths) + COUNT_OF(methods) + COUNT_OF(headers); i++) {
        struct spreetail_request request = scene_changing();
        const char *list[2] = {NULL, NULL};
        if (i < COUNT_OF(paths))
            request.path = paths[i];
        else if (i < COUNT_OF(paths) + COUNT_OF(methods))
            request.method = methods[i - COUNT_OF(paths)];
        else
            list[0] = headers[i - COUNT_OF(paths) - COUNT_OF(methods)];
        request.headers = list;
        scene_expect_failure(scene_start(scene, request), SPREETAIL_VALIDATION, SPREETAIL_NOT_SENT);
    }
    scene_step(scene);
    assert_int_equal(scene->fake.requests, 0);
}

static void an_order_is_not_sent_under_a_reference_by_which_it_cant_be_looked_up(void **state) {
    static const char *const references[] = {"", ".", ".."};
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.settling = SPREETAIL_SETTLE_ORDER;
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        request.reference = references[i];
        spreetail_call *call = scene_start(scene, request);
        assert_contains(error_of(call)->message, "must not be empty, '.' or '..'");
        scene_expect_failure(call, SPREETAIL_VALIDATION, SPREETAIL_NOT_SENT);
    }
    scene_step(scene);
    assert_int_equal(scene->fake.requests, 0);
    request.reference = "...";
    spreetail_drop(scene_start(scene, request));
    scene_step(scene);
    assert_int_equal(scene->fake.requests, 1);
}

/*
 * Settling.
 */

static void a_success_holds_the_data_and_the_headers(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    fake_advance(&scene->fake, 1.5);
    fake_answer_with(&scene->fake, fake_running(&scene->fake, 0), 201, "x-id: 7", good_data);
    scene_step(scene);
    const struct spreetail_result *result = spreetail_result(call);
    assert_int_equal(result->status, 201);
    assert_int_equal(json_integer_value(json_object_get(result->data, "n")), 1);
    assert_string_equal(answer_header(result->headers, result->headers_size, "x-id"), "7");
    assert_int_equal(result->attempts, 1);
    assert_about(result->elapsed, 1.5);
    assert_string_equal(result->reference, "R-1");
    assert_null(result->error.message);
    scene_expect_success(call);
}

static void every_status_has_its_kind_and_outcome(void **state) {
    static const struct {
        int status;
        enum spreetail_kind kind;
        enum spreetail_outcome outcome;
        bool retryable;
    } cases[] = {
        {400, SPREETAIL_REJECTED, SPREETAIL_REFUSED, false},
        {403, SPREETAIL_FORBIDDEN, SPREETAIL_REFUSED, false},
        {404, SPREETAIL_NOT_FOUND, SPREETAIL_REFUSED, false},
        {409, SPREETAIL_CONFLICT, SPREETAIL_REFUSED, false},
        {418, SPREETAIL_REJECTED, SPREETAIL_REFUSED, false},
        {422, SPREETAIL_REJECTED, SPREETAIL_REFUSED, false},
        {429, SPREETAIL_RATE_LIMIT, SPREETAIL_REFUSED, true},
        {200, SPREETAIL_REJECTED, SPREETAIL_REFUSED, false}, /* "success": false */
        {500, SPREETAIL_SERVER, SPREETAIL_UNKNOWN, true},
        {502, SPREETAIL_SERVER, SPREETAIL_UNKNOWN, true},
        {503, SPREETAIL_SERVER, SPREETAIL_UNKNOWN, true},
        {501, SPREETAIL_SERVER, SPREETAIL_UNKNOWN, false},
        {599, SPREETAIL_SERVER, SPREETAIL_UNKNOWN, false},
        {302, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN, false},
        {999, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN, false},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int changes = 0; changes < 2; changes++) {
            struct spreetail_request request = changes ? scene_changing() : scene_reading();
            request.retries = 0;
            spreetail_call *call = scene_start(scene, request);
            scene_step(scene);
            scene_answer(scene, cases[i].status, bad_data);
            const struct spreetail_error *error = error_of(call);
            bool in_doubt = changes && cases[i].outcome == SPREETAIL_UNKNOWN;
            assert_int_equal(error->status, cases[i].status);
            assert_int_equal(error->retryable, cases[i].retryable && !in_doubt);
            if (cases[i].kind != SPREETAIL_PROTOCOL)
                assert_contains(error->message, "that won't do");
            assert_contains(error->message, changes ? "POST /outbound for 'R-1'" : "GET /inv");
            assert_null(spreetail_result(call)->data);
            assert_int_equal(spreetail_result(call)->attempts, 1);
            scene_expect_failure(call, cases[i].kind,
                                 changes ? cases[i].outcome : SPREETAIL_NO_OUTCOME);
        }
    }
}

static void every_failure_has_its_kind_and_outcome(void **state) {
    static const struct {
        enum exchange_failure failure;
        bool sent;
        int status;
        enum spreetail_kind kind;
        enum spreetail_outcome outcome;
    } cases[] = {
        {EXCHANGE_RESOLVE, false, 0, SPREETAIL_NETWORK, SPREETAIL_NOT_SENT},
        {EXCHANGE_CONNECT, false, 0, SPREETAIL_NETWORK, SPREETAIL_NOT_SENT},
        {EXCHANGE_TLS, false, 0, SPREETAIL_TLS, SPREETAIL_NOT_SENT},
        {EXCHANGE_TIMEOUT, false, 0, SPREETAIL_TIMEOUT, SPREETAIL_NOT_SENT},
        {EXCHANGE_TIMEOUT, true, 0, SPREETAIL_TIMEOUT, SPREETAIL_UNKNOWN},
        {EXCHANGE_TIMEOUT, true, 200, SPREETAIL_TIMEOUT, SPREETAIL_UNKNOWN},
        {EXCHANGE_LOST, false, 0, SPREETAIL_NETWORK, SPREETAIL_NOT_SENT},
        {EXCHANGE_LOST, true, 0, SPREETAIL_NETWORK, SPREETAIL_UNKNOWN},
        {EXCHANGE_CUT, true, 200, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN},
        {EXCHANGE_NONSENSE, true, 0, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN},
        {EXCHANGE_TOO_LARGE, true, 200, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN},
        {EXCHANGE_MEMORY, false, 0, SPREETAIL_NETWORK, SPREETAIL_NOT_SENT},
        {EXCHANGE_MEMORY, true, 200, SPREETAIL_NETWORK, SPREETAIL_UNKNOWN},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int changes = 0; changes < 2; changes++) {
            struct spreetail_request request = changes ? scene_changing() : scene_reading();
            request.retries = 0;
            spreetail_call *call = scene_start(scene, request);
            scene_step(scene);
            fake_fail(&scene->fake, fake_running(&scene->fake, 0), cases[i].failure, cases[i].sent,
                      cases[i].status);
            scene_step(scene);
            assert_int_equal(error_of(call)->status, cases[i].status);
            assert_int_equal(spreetail_result(call)->attempts, cases[i].sent);
            scene_expect_failure(call, cases[i].kind,
                                 changes ? cases[i].outcome : SPREETAIL_NO_OUTCOME);
        }
    }
}

static void a_success_that_makes_no_sense_leaves_a_change_in_doubt(void **state) {
    static const char *const bodies[] = {"", "<html>", "[1]", "{\"data\":", "\"x\""};
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.retries = 0;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_answer(scene, 200, bodies[i]);
        assert_contains(error_of(call)->message, "may have taken effect");
        scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN);
    }
}

static void what_the_server_asks_to_wait_is_passed_on(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    fake_answer_with(&scene->fake, fake_running(&scene->fake, 0), 429, "retry-after: 12", bad_data);
    scene_step(scene);
    assert_about(error_of(call)->retry_after, 12);
    scene_expect_failure(call, SPREETAIL_RATE_LIMIT, SPREETAIL_NO_OUTCOME);
}

static void the_servers_details_are_kept(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    scene_answer(scene, 400,
                 "{\"success\":false,\"error\":\"no\",\"details\":{\"field\":\"Currency\"}}");
    const json_t *field = json_object_get(error_of(call)->details, "field");
    assert_string_equal(json_string_value(field), "Currency");
    scene_expect_failure(call, SPREETAIL_REJECTED, SPREETAIL_REFUSED);
}

static void data_is_jansson_s_or_a_row_of_values(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    for (int as_values = 0; as_values <= 1; as_values++) {
        request.as_values = as_values;
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_answer(scene, 200, "{\"success\":true,\"data\":[\"a\\n\",{\"b\":2}]}");
        const struct spreetail_result *result = spreetail_result(call);
        assert_true((result->values != NULL) == as_values);
        assert_int_equal(json_array_size(result->data), as_values ? 0 : 2);
        if (as_values) {
            assert_int_equal(result->values->type, SPREETAIL_LIST);
            assert_string_equal(result->values[1].text, "a\n");
            assert_int_equal(result->values[4].integer, 2);
        }
        spreetail_drop(call);
    }
}

static void a_failure_has_no_data(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    scene_answer(scene, 400, "{\"success\":false,\"data\":{\"a\":1}}");
    assert_null(spreetail_result(call)->values);
    assert_null(spreetail_result(call)->data);
    scene_expect_failure(call, SPREETAIL_REJECTED, SPREETAIL_REFUSED);
}

/*
 * Tokens that are refused.
 */

static void a_refused_token_is_renewed_once_and_all_are_repeated(void **state) {
    struct scene *scene = *state;
    spreetail_call *calls[200];
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        calls[i] = scene_post(scene);
    scene_step(scene);
    scene_answer_all(scene, 401, expired);
    assert_int_equal(scene->fake.logins, 2);
    assert_int_equal(fake_running_count(&scene->fake), 0);
    scene_give_token(scene, "token-2", 86400);
    assert_int_equal(fake_running_count(&scene->fake), 200);
    assert_string_equal(fake_running(&scene->fake, 199)->authorization,
                        "Authorization: Bearer token-2");
    scene_answer_all(scene, 200, good_data);
    assert_int_equal(scene->fake.logins, 2);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        assert_int_equal(spreetail_result(calls[i])->attempts, 2);
        scene_expect_success(calls[i]);
    }
}

static void a_refusal_of_an_older_token_is_no_reason_to_log_in(void **state) {
    struct scene *scene = *state;
    spreetail_call *slow = scene_get(scene), *login;
    scene_step(scene);
    login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_give_token(scene, "token-2", 86400);
    scene_expect_success(login);
    scene_answer(scene, 401, expired);
    assert_int_equal(scene->fake.logins, 2);
    assert_string_equal(fake_running(&scene->fake, 0)->authorization,
                        "Authorization: Bearer token-2");
    scene_answer(scene, 200, good_data);
    scene_expect_success(slow);
}

static void tokens_refused_again_and_again_end_the_call(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    for (int renewal = 0; renewal < 3; renewal++) {
        scene_answer(scene, 401, expired);
        assert_false(spreetail_done(call));
        scene_advance(scene, 2); /* the longest pause between these logins */
        scene_give_token(scene, "token-x", 86400);
    }
    scene_answer(scene, 401, expired);
    assert_int_equal(scene->fake.logins, 4);
    assert_int_equal(spreetail_result(call)->attempts, 4);
    assert_contains(error_of(call)->message, "Invalid or expired token");
    scene_expect_failure(call, SPREETAIL_AUTH, SPREETAIL_REFUSED);
}

static void credentials_refused_at_a_renewal_end_the_call(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    scene_answer(scene, 401, expired);
    scene_answer_login(scene, 401, NULL, bad_data);
    scene_expect_failure(call, SPREETAIL_AUTH, SPREETAIL_REFUSED);
}

/*
 * Repeating. Which failures are repeated is retry_test.c's.
 */

static void what_may_be_repeated_is_as_often_as_it_has_retries(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.retries = 2;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    for (int i = 0; i < 2; i++) {
        scene_answer(scene, 503, bad_data);
        assert_false(spreetail_done(call));
        assert_int_equal(fake_running_count(&scene->fake), 0);
        scene_advance(scene, 10);
    }
    scene_answer(scene, 503, bad_data);
    assert_int_equal(spreetail_result(call)->attempts, 3);
    scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_NO_OUTCOME);
}

static void a_change_that_was_sent_is_repeated_only_if_that_does_no_harm(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    spreetail_call *once = scene_start(scene, request);
    request.idempotent = true;
    spreetail_call *twice = scene_start(scene, request);
    scene_step(scene);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_LOST, true, 0);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_LOST, true, 0);
    scene_step(scene);
    scene_expect_failure(once, SPREETAIL_NETWORK, SPREETAIL_UNKNOWN);
    scene_advance(scene, 10);
    scene_answer(scene, 200, good_data);
    assert_int_equal(spreetail_result(twice)->attempts, 2);
    scene_expect_success(twice);
}

static void a_change_that_never_left_is_repeated(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_CONNECT, false, 0);
    scene_step(scene);
    scene_advance(scene, 10);
    scene_answer(scene, 200, good_data);
    assert_int_equal(spreetail_result(call)->attempts, 1);
    scene_expect_success(call);
}

static void an_earlier_attempt_keeps_a_change_in_doubt(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_changing();
    request.idempotent = true;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    fake_fail(&scene->fake, fake_running(&scene->fake, 0), EXCHANGE_LOST, true, 0);
    scene_step(scene);
    scene_advance(scene, 10);
    scene_answer(scene, 403, bad_data);
    scene_expect_failure(call, SPREETAIL_FORBIDDEN, SPREETAIL_UNKNOWN);
}

static void a_pause_that_does_not_fit_the_deadline_is_not_begun(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = scene_reading();
    request.timeout = 10;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    fake_answer_with(&scene->fake, fake_running(&scene->fake, 0), 429, "retry-after: 11", bad_data);
    scene_step(scene);
    scene_expect_failure(call, SPREETAIL_RATE_LIMIT, SPREETAIL_NO_OUTCOME);
}

#define logged_in(test) cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        logged_in(it_sends_what_was_asked),
        logged_in(without_a_body_there_is_no_content_type),
        logged_in(a_content_type_of_ones_own_is_sent),
        logged_in(an_attempt_gets_no_more_time_than_the_call_has_left),
        logged_in(what_cant_be_sent_fails_before_it_is),
        logged_in(an_order_is_not_sent_under_a_reference_by_which_it_cant_be_looked_up),
        logged_in(a_success_holds_the_data_and_the_headers),
        logged_in(every_status_has_its_kind_and_outcome),
        logged_in(every_failure_has_its_kind_and_outcome),
        logged_in(a_success_that_makes_no_sense_leaves_a_change_in_doubt),
        logged_in(what_the_server_asks_to_wait_is_passed_on),
        logged_in(the_servers_details_are_kept),
        logged_in(data_is_jansson_s_or_a_row_of_values),
        logged_in(a_failure_has_no_data),
        logged_in(a_refused_token_is_renewed_once_and_all_are_repeated),
        logged_in(a_refusal_of_an_older_token_is_no_reason_to_log_in),
        logged_in(tokens_refused_again_and_again_end_the_call),
        logged_in(credentials_refused_at_a_renewal_end_the_call),
        logged_in(what_may_be_repeated_is_as_often_as_it_has_retries),
        logged_in(a_change_that_was_sent_is_repeated_only_if_that_does_no_harm),
        logged_in(a_change_that_never_left_is_repeated),
        logged_in(an_earlier_attempt_keeps_a_change_in_doubt),
        logged_in(a_pause_that_does_not_fit_the_deadline_is_not_begun),
    };
    return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
