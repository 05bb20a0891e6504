#include "scene.h"

#include "check.h"

struct spreetail_options scene_options(void) {
    return (struct spreetail_options){
        .client_id = "channel-7",
        .client_secret = SCENE_SECRET,
        .base_url = "https://api.example.test/v1",
        .retries = -1,
        .events = true,
    };
}

void scene_open(struct scene *scene, struct spreetail_options options) {
    struct spreetail_error error;
    if (scene->client)
        spreetail_release(scene->client);
    fake_init(&scene->fake);
    scene->client = client_open(&options, fake_platform(&scene->fake, 1), &error);
    assert_non_null(scene->client);
}

int scene_setup(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    scene_open(scene, scene_options());
    return 0;
}

int scene_setup_logged_in(void **state) {
    scene_setup(state);
    struct scene *scene = *state;
    spreetail_call *login = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    scene_give_token(scene, "token-1", 86400);
    scene_expect_success(login);
    token_serve(&scene->client->tokens, scene->client->tokens.current);
    scene_take_news(scene);
    return 0;
}

int scene_teardown(void **state) {
    struct scene *scene = *state;
    if (scene->client)
        spreetail_release(scene->client);
    free(scene);
    return 0;
}

struct spreetail_request scene_reading(void) {
    return (struct spreetail_request){.method = "GET", .path = "/inventory", .retries = -1};
}

struct spreetail_request scene_changing(void) {
    return (struct spreetail_request){
        .method = "POST",
        .path = "/outbound",
        .body = "{}",
        .body_size = 2,
        .reference = "R-1",
        .retries = -1,
    };
}

spreetail_call *scene_start(struct scene *scene, struct spreetail_request request) {
    spreetail_call *call = spreetail_start(scene->client, &request);
    assert_non_null(call);
    return call;
}

spreetail_call *scene_get(struct scene *scene) {
    return scene_start(scene, scene_reading());
}

spreetail_call *scene_post(struct scene *scene) {
    return scene_start(scene, scene_changing());
}

void scene_take_news(struct scene *scene) {
    struct spreetail_event event;
    while (spreetail_next_event(scene->client, &event))
        spreetail_event_clear(&event);
    while (spreetail_next_settled(scene->client))
        continue;
}

void scene_step(struct scene *scene) {
    do
        spreetail_step(scene->client);
    while (scene->client->more || !TAILQ_EMPTY(&scene->fake.done));
}

void scene_advance(struct scene *scene, double seconds) {
    fake_advance(&scene->fake, seconds);
    scene_step(scene);
}

void scene_answer_login(struct scene *scene, int status, const char *header, const char *body) {
    struct exchange *login = fake_login(&scene->fake);
    assert_non_null(login);
    fake_answer_with(&scene->fake, login, status, header, body);
    scene_step(scene);
}

void scene_give_token(struct scene *scene, const char *token, double life) {
    char body[512];
    snprintf(body, sizeof body,
             "{\"success\":true,\"data\":{\"access_token\":\"%s\",\"expires_in\":%.17g}}", token,
             life);
    scene_answer_login(scene, 200, NULL, body);
}

void scene_fail_login(struct scene *scene, enum exchange_failure failure) {
    struct exchange *login = fake_login(&scene->fake);
    assert_non_null(login);
    fake_fail(&scene->fake, login, failure, true, 0);
    scene_step(scene);
}

void scene_answer(struct scene *scene, int status, const char *body) {
    struct exchange *exchange = fake_running(&scene->fake, 0);
    assert_non_null(exchange);
    fake_answer(&scene->fake, exchange, status, body);
    scene_step(scene);
}

void scene_answer_all(struct scene *scene, int status, const char *body) {
    struct exchange *exchange;
    while ((exchange = fake_running(&scene->fake, 0)) != NULL)
        fake_answer(&scene->fake, exchange, status, body);
    scene_step(scene);
}

void scene_expect_success(spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    if (result->error.kind != SPREETAIL_OK)
        fail_msg("failed: %s", result->error.message);
    spreetail_drop(call);
}

void scene_expect_failure(spreetail_call *call, enum spreetail_kind kind,
                          enum spreetail_outcome outcome) {
    const struct spreetail_result *result = spreetail_result(call);
    assert_non_null(result);
    assert_string_equal(spreetail_kind_name(result->error.kind), spreetail_kind_name(kind));
    assert_int_equal(result->error.outcome, outcome);
    assert_non_null(result->error.message);
    spreetail_drop(call);
}
