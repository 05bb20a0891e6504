#include "check.h"
#include "scene.h"

enum { ROOM = 4096 };

/* A client that asks before it logs in. */
static void open_sharing(struct scene *scene, const char *secret) {
    struct spreetail_options options = scene_options();
    options.shared_tokens = true;
    if (secret)
        options.client_secret = secret;
    scene_open(scene, options);
}

/* A call that waits for a login, which may begin. */
static spreetail_call *wait_for_permitted_login(struct scene *scene) {
    open_sharing(scene, NULL);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    spreetail_permit_login(scene->client);
    return call;
}

/* What another client, of the same credentials unless a secret is named, would have stored after a
 * login at a `moment`, in seconds since the scene began. */
static size_t sealed_at(double moment, const char *secret, const char *token, double life,
                        double age, unsigned char sealed[ROOM]) {
    void *state;
    scene_setup(&state);
    struct scene *other = state;
    double left;
    open_sharing(other, secret);
    fake_advance(&other->fake, moment);
    spreetail_call *call = scene_get(other);
    scene_step(other);
    spreetail_permit_login(other->client);
    scene_step(other);
    scene_give_token(other, token, life);
    fake_advance(&other->fake, age);
    size_t size = spreetail_seal_token(other->client, sealed, ROOM, &left);
    if (size)
        assert_about(left, life - age);
    spreetail_drop(call);
    scene_teardown(&state);
    return size;
}

static size_t sealed_elsewhere(const char *secret, const char *token, double life, double age,
                               unsigned char sealed[ROOM]) {
    return sealed_at(0, secret, token, life, age, sealed);
}

static size_t sealed_later(double moment, const char *token, unsigned char sealed[ROOM]) {
    return sealed_at(moment, NULL, token, 3600, 0, sealed);
}

static void a_client_that_shares_asks_before_it_logs_in(void **state) {
    struct scene *scene = *state;
    open_sharing(scene, NULL);
    assert_false(spreetail_wants_token(scene->client));
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    assert_true(spreetail_wants_token(scene->client));
    assert_int_equal(scene->fake.logins, 0);
    /* Nobody is kept busy meanwhile: the call's deadline is all there is to wait for. */
    assert_true(spreetail_next_timeout(scene->client) > 1);
    spreetail_permit_login(scene->client);
    assert_true(spreetail_logging_in(scene->client));
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 1);
    scene_give_token(scene, "token-1", 3600);
    assert_false(spreetail_wants_token(scene->client));
    assert_int_equal(spreetail_token_generation(scene->client), 1);
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);
}

static void a_permission_is_for_one_login(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = wait_for_permitted_login(scene);
    scene_step(scene);
    scene_answer_login(scene, 500, NULL, "{}");
    scene_advance(scene, 5);
    assert_int_equal(scene->fake.logins, 1);
    assert_true(spreetail_wants_token(scene->client));
    spreetail_drop(call);
}

static void after_a_failed_login_it_asks_again_when_the_pause_is_over(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = wait_for_permitted_login(scene);
    scene_step(scene);
    scene_answer_login(scene, 503, NULL, "{}");
    scene_take_news(scene);
    double pause = spreetail_next_timeout(scene->client);
    assert_within(pause, 0, 2);
    assert_false(spreetail_wants_token(scene->client));
    scene_advance(scene, pause);
    assert_true(spreetail_wants_token(scene->client));
    assert_true(spreetail_next_timeout(scene->client) > 1);
    spreetail_drop(call);
}

static void a_permission_ends_with_the_client(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = wait_for_permitted_login(scene);
    assert_true(spreetail_logging_in(scene->client));
    spreetail_close(scene->client);
    assert_false(spreetail_logging_in(scene->client));
    assert_false(spreetail_wants_token(scene->client));
    scene_expect_failure(call, SPREETAIL_CLOSED, SPREETAIL_NO_OUTCOME);
}

static void an_ageing_token_is_used_while_another_is_asked_for(void **state) {
    struct scene *scene = *state;
    spreetail_call *call = wait_for_permitted_login(scene);
    scene_step(scene);
    scene_give_token(scene, "token-1", 100);
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);
    assert_false(spreetail_wants_token(scene->client));

    fake_advance(&scene->fake, 90);
    call = scene_get(scene);
    scene_step(scene);
    assert_string_equal(fake_running(&scene->fake, 0)->authorization,
                        "Authorization: Bearer token-1");
    assert_true(spreetail_wants_token(scene->client));
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);
    /* Also when no call is left that would need it. */
    assert_true(spreetail_wants_token(scene->client));
    spreetail_permit_login(scene->client);
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 2);
    scene_give_token(scene, "token-2", 100);
    assert_false(spreetail_wants_token(scene->client));
}

static void a_token_from_elsewhere_is_used_without_a_login(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere(NULL, "theirs", 3600, 0, sealed);
    open_sharing(scene, NULL);
    spreetail_call *call = scene_get(scene);
    scene_step(scene);
    assert_true(spreetail_offer_token(scene->client, sealed, size));
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 0);
    assert_string_equal(fake_running(&scene->fake, 0)->authorization,
                        "Authorization: Bearer theirs");
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);
}

static void its_age_counts(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere(NULL, "theirs", 100, 0, sealed);
    open_sharing(scene, NULL);
    fake_advance(&scene->fake, 90);
    assert_true(spreetail_offer_token(scene->client, sealed, size));
    assert_true(scene->client->tokens.current->expires_at - client_boot_now(scene->client) ==
                10 * USEC_PER_SEC);
}

static void one_that_is_too_old_is_not_used(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere(NULL, "theirs", 100, 0, sealed);
    open_sharing(scene, NULL);
    fake_advance(&scene->fake, 100);
    assert_false(spreetail_offer_token(scene->client, sealed, size));
}

static void one_of_another_secret_or_damaged_is_not_used(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere("another-secret", "theirs", 3600, 0, sealed);
    open_sharing(scene, NULL);
    assert_false(spreetail_offer_token(scene->client, sealed, size));
    size = sealed_elsewhere(NULL, "theirs", 3600, 0, sealed);
    sealed[size / 2] ^= 1;
    assert_false(spreetail_offer_token(scene->client, sealed, size));
    assert_false(spreetail_offer_token(scene->client, sealed, 0));
    assert_false(spreetail_offer_token(scene->client, "short", 5));
}

static void one_that_is_larger_than_any_token_is_not_even_opened(void **state) {
    struct scene *scene = *state;
    const size_t huge = (size_t)1 << 40; /* it has no such memory behind it */
    open_sharing(scene, NULL);
    assert_false(spreetail_offer_token(scene->client, "sealed", huge));
}

static void one_that_is_no_newer_than_ours_is_not_used(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere(NULL, "theirs", 3600, 0, sealed);
    open_sharing(scene, NULL);
    assert_true(spreetail_offer_token(scene->client, sealed, size));
    assert_false(spreetail_offer_token(scene->client, sealed, size));
    size = sealed_elsewhere(NULL, "older", 1800, 0, sealed);
    assert_false(spreetail_offer_token(scene->client, sealed, size));
}

static void one_that_the_server_refused_is_not_used_again(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    size_t size = sealed_elsewhere(NULL, "theirs", 3600, 0, sealed);
    open_sharing(scene, NULL);
    spreetail_call *call = scene_get(scene);
    assert_true(spreetail_offer_token(scene->client, sealed, size));
    scene_step(scene);
    scene_answer(scene, 401, "{\"success\":false,\"error\":\"Invalid or expired token\"}");
    assert_true(spreetail_wants_token(scene->client));
    assert_false(spreetail_offer_token(scene->client, sealed, size));
    spreetail_drop(call);
}

/* What a call is refused with, and what is offered next. */
static void refuse(struct scene *scene) {
    scene_answer(scene, 401, "{\"success\":false,\"error\":\"Invalid or expired token\"}");
}

static void after_a_refused_token_only_a_newer_one_is_used(void **state) {
    struct scene *scene = *state;
    unsigned char older[ROOM], at_hand[ROOM], newer[ROOM];
    size_t older_size = sealed_elsewhere(NULL, "older", 86400, 0, older);
    size_t size = sealed_later(20, "theirs", at_hand);
    open_sharing(scene, NULL);
    spreetail_call *call = scene_get(scene);
    fake_advance(&scene->fake, 20);
    assert_true(spreetail_offer_token(scene->client, at_hand, size));
    scene_step(scene);
    refuse(scene);
    assert_false(spreetail_offer_token(scene->client, older, older_size));
    assert_true(spreetail_wants_token(scene->client));
    /* Another client has noticed first, and logged in. */
    size_t newer_size = sealed_later(30, "newer", newer);
    fake_advance(&scene->fake, 10);
    assert_true(spreetail_offer_token(scene->client, newer, newer_size));
    scene_step(scene);
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);
    assert_int_equal(scene->fake.logins, 0);
}

static void after_two_in_turn_it_asks_nobody_and_logs_in(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    open_sharing(scene, NULL);
    spreetail_call *call = scene_get(scene);
    for (int i = 1; i <= 2; i++) {
        size_t size = sealed_later(10 * i, i == 1 ? "revoked" : "revoked-too", sealed);
        fake_advance(&scene->fake, 10);
        assert_true(spreetail_offer_token(scene->client, sealed, size));
        scene_step(scene);
        refuse(scene);
    }
    assert_int_equal(scene->fake.logins, 1);
    assert_false(spreetail_wants_token(scene->client));
    scene_give_token(scene, "ours", 10);
    scene_answer(scene, 200, "{\"success\":true}");
    scene_expect_success(call);

    /* Which makes good for it: the next time it asks again. */
    size_t size = sealed_later(50, "good", sealed);
    fake_advance(&scene->fake, 50);
    call = scene_get(scene);
    scene_step(scene);
    assert_true(spreetail_wants_token(scene->client));
    assert_true(spreetail_offer_token(scene->client, sealed, size));
    spreetail_drop(call);
}

static void a_login_that_the_program_asks_for_needs_no_permission(void **state) {
    struct scene *scene = *state;
    open_sharing(scene, NULL);
    spreetail_call *call = spreetail_login(scene->client, 0, 0, -1);
    scene_step(scene);
    assert_int_equal(scene->fake.logins, 1);
    scene_give_token(scene, "token-1", 3600);
    scene_expect_success(call);
}

static void clients_that_can_share_agree_on_the_key(void **state) {
    struct scene *scene = *state;
    char ours[SPREETAIL_STORE_KEY_SIZE + 1], others[SPREETAIL_STORE_KEY_SIZE + 1];
    assert_true(spreetail_store_key(scene->client, ours));
    assert_int_equal(strlen(ours), SPREETAIL_STORE_KEY_SIZE);
    open_sharing(scene, NULL);
    assert_true(spreetail_store_key(scene->client, others));
    assert_string_equal(ours, others);
    open_sharing(scene, "another-secret");
    assert_true(spreetail_store_key(scene->client, others));
    assert_string_not_equal(ours, others);
}

static void a_closed_client_has_nothing_to_share(void **state) {
    struct scene *scene = *state;
    unsigned char sealed[ROOM];
    char key[SPREETAIL_STORE_KEY_SIZE + 1];
    double life;
    size_t size = sealed_elsewhere(NULL, "theirs", 3600, 0, sealed);
    open_sharing(scene, NULL);
    spreetail_close(scene->client);
    assert_false(spreetail_offer_token(scene->client, sealed, size));
    assert_int_equal(spreetail_seal_token(scene->client, sealed, ROOM, &life), 0);
    assert_false(spreetail_store_key(scene->client, key));
    assert_false(spreetail_wants_token(scene->client));
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_client_that_shares_asks_before_it_logs_in),
        SCENE_TEST(a_permission_is_for_one_login),
        SCENE_TEST(after_a_failed_login_it_asks_again_when_the_pause_is_over),
        SCENE_TEST(a_permission_ends_with_the_client),
        SCENE_TEST(an_ageing_token_is_used_while_another_is_asked_for),
        SCENE_TEST(a_token_from_elsewhere_is_used_without_a_login),
        SCENE_TEST(its_age_counts),
        SCENE_TEST(one_that_is_too_old_is_not_used),
        SCENE_TEST(one_of_another_secret_or_damaged_is_not_used),
        SCENE_TEST(one_that_is_larger_than_any_token_is_not_even_opened),
        SCENE_TEST(one_that_is_no_newer_than_ours_is_not_used),
        SCENE_TEST(one_that_the_server_refused_is_not_used_again),
        SCENE_TEST(after_a_refused_token_only_a_newer_one_is_used),
        SCENE_TEST(after_two_in_turn_it_asks_nobody_and_logs_in),
        SCENE_TEST(a_login_that_the_program_asks_for_needs_no_permission),
        SCENE_TEST(clients_that_can_share_agree_on_the_key),
        SCENE_TEST(a_closed_client_has_nothing_to_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
