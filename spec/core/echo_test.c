/* A server that echoes the token or the secret: neither gets to the program by any way. */
#include "check.h"
#include "scene.h"

static const char token[] = "opaque-token-of-the-server-0123456789";

static void expect_silence(const char *text) {
    if (!text)
        return;
    assert_lacks(text, "opaque-token");
    assert_lacks(text, "open-sesame");
    assert_lacks(text, "eyJhbGciOiJIUzI1NiJ9");
}

/* Of the call, and of every event so far. */
static void expect_silent_end(struct scene *scene, spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    assert_int_not_equal(result->error.kind, SPREETAIL_OK);
    expect_silence(result->error.message);
    char *details = json_dumps(result->error.details, JSON_ENCODE_ANY);
    expect_silence(details);
    free(details);
    struct spreetail_event event;
    while (spreetail_next_event(scene->client, &event)) {
        expect_silence(event.message);
        spreetail_event_clear(&event);
    }
    spreetail_drop(call);
}

/* Starts a call that is sent once, with a token that nobody could tell to be one by its look. */
static spreetail_call *sent_call(struct scene *scene) {
    struct spreetail_request request = scene_reading();
    request.retries = 0;
    spreetail_call *call = scene_start(scene, request);
    scene_step(scene);
    if (fake_login(&scene->fake))
        scene_give_token(scene, token, 86400);
    return call;
}

static void in_the_words_of_an_error(void **state) {
    struct scene *scene = *state;
    static const char *const words[] = {
        "opaque-token-of-the-server-0123456789 is bad",
        "token opaque-token-of-th... is bad",
        "Bearer opaque-token-of-the-server-0123456789",
        "secret " SCENE_SECRET " is bad",
        "you sent {\\\"client_secret\\\":\\\"" SCENE_SECRET "\\\"}",
        "another's: eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.c2ln",
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        char body[512];
        snprintf(body, sizeof body, "{\"success\":false,\"error\":\"%s\"}", words[i]);
        spreetail_call *call = sent_call(scene);
        scene_answer(scene, 400, body);
        assert_contains(spreetail_result(call)->error.message, "***");
        expect_silent_end(scene, call);
    }
}

static void where_the_words_are_cut(void **state) {
    struct scene *scene = *state;
    for (size_t before = 960; before < 1000; before += 7) {
        char body[2048], padding[1001];
        memset(padding, '.', before);
        padding[before] = '\0';
        snprintf(body, sizeof body, "{\"error\":\"%s" SCENE_SECRET "\"}", padding);
        spreetail_call *call = sent_call(scene);
        scene_answer(scene, 400, body);
        const char *message = spreetail_result(call)->error.message;
        assert_lacks(message, "open-ses");
        expect_silent_end(scene, call);
    }
}

static void in_details_however_deep(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = sent_call(scene);
    scene_answer(scene, 400,
                 "{\"error\":\"no\",\"details\":[{\"a\":[\"x opaque-token-of-the-server-0123456789 "
                 "y\"]},\"" SCENE_SECRET "\",7,null]}");
    const json_t *details = spreetail_result(call)->error.details;
    const json_t *deep = json_array_get(json_object_get(json_array_get(details, 0), "a"), 0);
    assert_contains(json_string_value(deep), "x *** y");
    expect_silent_end(scene, call);
}

static void in_the_keys_of_details(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = sent_call(scene);
    scene_answer(scene, 400,
                 "{\"error\":\"no\",\"details\":{\"opaque-token-of-the-server-0123456789\":1,"
                 "\"a\":\"kept\",\"a\\u0000" SCENE_SECRET "\\u0000b\":2}}");
    const json_t *details = spreetail_result(call)->error.details;
    assert_string_equal(json_string_value(json_object_get(details, "a")), "kept");
    assert_int_equal(json_integer_value(json_object_getn(details, "a\0***\0b", 7)), 2);
    expect_silent_end(scene, call);
}

/* By then the token is no longer the current one. */
static void when_the_token_itself_was_refused(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = sent_call(scene);
    for (int renewal = 0; renewal < 4; renewal++) {
        scene_answer(scene, 401, "{\"error\":\"bad: opaque-token-of-the-server-0123456789\"}");
        scene_advance(scene, 2); /* the longest pause between these logins */
        if (fake_login(&scene->fake) && !spreetail_done(call))
            scene_give_token(scene, token, 86400);
    }
    expect_silent_end(scene, call);
}

static void when_the_token_was_renewed_meanwhile(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = sent_call(scene), *login;
    login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_give_token(scene, "another", 86400);
    scene_expect_success(login);
    scene_answer(scene, 400, "{\"error\":\"bad: opaque-token-of-the-server-0123456789\"}");
    expect_silent_end(scene, call);
}

static void in_the_answer_to_a_login(void **state) {
    struct scene *scene = *state;
    static const int statuses[] = {401, 403, 500, 429};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        scene_open(scene, scene_options());
        struct spreetail_request request = scene_reading();
        request.retries = 0;
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        scene_answer_login(scene, statuses[i], NULL,
                           "{\"error\":\"you sent " SCENE_SECRET "\",\"details\":[\"" SCENE_SECRET
                           "\"]}");
        assert_contains(spreetail_result(call)->error.message, "you sent ***");
        expect_silent_end(scene, call);
    }
}

static void in_what_libcurl_says(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = sent_call(scene);
    struct exchange *exchange = fake_running(&scene->fake, 0);
    fake_fail(&scene->fake, exchange, EXCHANGE_LOST, true, 0);
    snprintf(exchange->detail, sizeof exchange->detail, "read %s", token);
    scene_step(scene);
    expect_silent_end(scene, call);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        fresh(in_the_words_of_an_error),          fresh(where_the_words_are_cut),
        fresh(in_details_however_deep),           fresh(in_the_keys_of_details),
        fresh(when_the_token_itself_was_refused), fresh(when_the_token_was_renewed_meanwhile),
        fresh(in_the_answer_to_a_login),          fresh(in_what_libcurl_says),
    };
    return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
}
