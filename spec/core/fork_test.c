/* After a fork: what was under way is the parent's, and the child starts afresh. */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "scene.h"

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":1}}";
static const char bad_credentials[] = "{\"success\":false,\"error\":\"Invalid credentials\"}";

/* Runs `check` in a child; a test that fails there must not run on as a second copy, so what went
 * wrong is a line number: that of the first expectation that did not hold. */
static void in_a_child(struct scene *scene, spreetail_call *call,
                       int (*check)(struct scene *scene, spreetail_call *call)) {
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int line = check(scene, call);
        spreetail_drop(call);
        spreetail_release(scene->client);
        if (line)
            fprintf(stderr, "%s:%d: does not hold in the child\n", __FILE__, line);
        _exit(line != 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __LINE__;                                                                       \
    } while (0)

static enum spreetail_kind kind_of(const spreetail_call *call) {
    const struct spreetail_result *result = spreetail_result(call);
    return result ? result->error.kind : SPREETAIL_OK;
}

static int pending_call_has_closed(struct scene *scene, spreetail_call *call) {
    expect(spreetail_done(call));
    expect(kind_of(call) == SPREETAIL_CLOSED);
    /* Not "not_sent", be it queued: the parent will send it. */
    expect(spreetail_result(call)->error.outcome == SPREETAIL_UNKNOWN);
    expect(strstr(spreetail_result(call)->error.message, "parent"));
    expect(scene->fake.abandoned == 1);
    expect(scene->fake.closed == 0);
    expect(scene->fake.cancelled == 0);
    expect(spreetail_step(scene->client) == 0);
    return 0;
}

static void pending_calls_close_in_the_child_and_go_on_in_the_parent(void **state) {
    struct scene *scene = *state;
    spreetail_call *sent = scene_post(scene), *queued;
    scene_step(scene);
    fake_send(fake_running(&scene->fake, 0));
    scene->fake.room = 1;
    queued = scene_post(scene);
    scene_step(scene);
    in_a_child(scene, sent, pending_call_has_closed);
    in_a_child(scene, queued, pending_call_has_closed);

    assert_false(spreetail_done(sent));
    assert_int_equal(scene->fake.abandoned, 0);
    scene_answer(scene, 200, good_data);
    scene_answer(scene, 200, good_data);
    scene_expect_success(sent);
    scene_expect_success(queued);
}

static int no_token_is_wanted(struct scene *scene, spreetail_call *call) {
    expect(spreetail_done(call));
    expect(!spreetail_wants_token(scene->client));
    expect(!spreetail_logging_in(scene->client));
    return 0;
}

static void nor_does_the_child_want_the_token_that_they_wait_for(void **state) {
    struct scene *scene = *state;
    struct spreetail_options options = scene_options();
    options.shared_tokens = true;
    scene_open(scene, options);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    assert_true(spreetail_wants_token(scene->client));
    in_a_child(scene, call, no_token_is_wanted);
    spreetail_permit_login(scene->client);
    in_a_child(scene, call, no_token_is_wanted);
    scene_step(scene);
    assert_non_null(fake_login(&scene->fake));
    spreetail_drop(call);
}

static int sent_change_is_in_doubt(struct scene *scene, spreetail_call *call) {
    (void)scene;
    expect(spreetail_done(call));
    expect(spreetail_result(call)->error.outcome == SPREETAIL_UNKNOWN);
    return 0;
}

static void a_change_that_had_left_is_in_doubt_in_the_child(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_post(scene);
    scene_step(scene);
    fake_send(fake_running(&scene->fake, 0));
    in_a_child(scene, call, sent_change_is_in_doubt);
    spreetail_drop(call);
}

static int new_call_works_on_a_new_transport(struct scene *scene, spreetail_call *call) {
    expect(spreetail_done(call));
    spreetail_call *mine = scene_get(scene);
    scene_step(scene);
    expect(scene->fake.opened == 2);
    expect(scene->fake.logins == 1); /* the token is as good here */
    expect(fake_running_count(&scene->fake) == 1);
    scene_answer(scene, 200, good_data);
    expect(spreetail_done(mine) && kind_of(mine) == SPREETAIL_OK);
    spreetail_drop(mine);
    return 0;
}

static void new_calls_work_in_the_child(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    in_a_child(scene, call, new_call_works_on_a_new_transport);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
}

static int child_logs_in_by_itself(struct scene *scene, spreetail_call *call) {
    expect(spreetail_done(call));
    spreetail_call *mine = scene_get(scene);
    scene_step(scene);
    expect(scene->fake.logins == 2);
    scene_give_token(scene, "token-child", 86400);
    scene_answer(scene, 200, good_data);
    expect(kind_of(mine) == SPREETAIL_OK && spreetail_done(mine));
    spreetail_drop(mine);
    return 0;
}

static void a_login_under_way_is_the_parents(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    in_a_child(scene, call, child_logs_in_by_itself);
    scene_give_token(scene, "token-1", 86400);
    scene_answer(scene, 200, good_data);
    scene_expect_success(call);
    assert_int_equal(scene->fake.logins, 1);
}

static int credentials_are_refused_here_too(struct scene *scene, spreetail_call *call) {
    (void)call;
    spreetail_call *mine = scene_get(scene);
    scene_step(scene);
    expect(spreetail_done(mine));
    expect(kind_of(mine) == SPREETAIL_AUTH);
    expect(strstr(spreetail_result(mine)->error.message, "Invalid credentials"));
    expect(scene->fake.logins == 1);
    spreetail_drop(mine);
    return 0;
}

static void refused_credentials_are_known_in_the_child(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    scene_answer_login(scene, 401, NULL, bad_credentials);
    in_a_child(scene, call, credentials_are_refused_here_too);
    spreetail_drop(call);
}

static int random_numbers_differ(struct scene *scene, spreetail_call *call) {
    double parents = scene->client->tokens.jitter;
    spreetail_done(call);
    expect(scene->client->tokens.jitter != parents);
    return 0;
}

static void a_childs_random_numbers_are_not_its_parents(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = scene_get(scene);
    in_a_child(scene, call, random_numbers_differ);
    spreetail_drop(call);
}

#define fresh(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
#define logged_in(test) cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        logged_in(pending_calls_close_in_the_child_and_go_on_in_the_parent),
        fresh(nor_does_the_child_want_the_token_that_they_wait_for),
        logged_in(a_change_that_had_left_is_in_doubt_in_the_child),
        logged_in(new_calls_work_in_the_child),
        fresh(a_login_under_way_is_the_parents),
        fresh(refused_credentials_are_known_in_the_child),
        fresh(a_childs_random_numbers_are_not_its_parents),
    };
    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
