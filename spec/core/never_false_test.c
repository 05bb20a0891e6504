/*
 * What is reported of an order is true, whatever happens on the way: thousands of random sequences
 * of faults, and after each the report against what the server really keeps.
 */
#include "call.h"
#include "check.h"
#include "order_server.h"
#include "stored_order.h"

enum { SEQUENCES = 5000 };

struct sequence {
    unsigned seed;
    struct random random;
    struct scene scene;
    struct order_server server;
    json_t *order;
    char *body;
    spreetail_call *call;
};

static void start_call(struct sequence *sequence) {
    struct random *random = &sequence->random;
    struct spreetail_request request = {
        .method = "POST",
        .path = "/outbound",
        .body = sequence->body,
        .body_size = strlen(sequence->body),
        .reference = "R-1",
        .timeout = chance(random, 30) ? 0.1 + 5 * random_unit(random) : 60,
        .retries = (int)any_of(random, 11),
        .idempotent = true,
        .settling = SPREETAIL_SETTLE_ORDER,
        .from_clock = sequence->server.from_clock,
        .return_duplicate = chance(random, 40),
    };
    buffer_printf(&sequence->server.story,
                  "retries %d, timeout %g, on_duplicate %s:", request.retries, request.timeout,
                  request.return_duplicate ? "return" : "error");
    if (chance(random, 20))
        order_server_add_foreign(&sequence->server);
    sequence->call = scene_start(&sequence->scene, request);
}

static void begin(struct sequence *sequence, unsigned seed) {
    struct spreetail_error error;
    struct spreetail_options options = scene_options();
    *sequence = (struct sequence){.seed = seed, .random = {seed}};
    fake_init(&sequence->scene.fake);
    sequence->scene.client =
        client_open(&options, fake_platform(&sequence->scene.fake, seed), &error);
    assert_non_null(sequence->scene.client);
    sequence->order = random_order(&sequence->random);
    sequence->body = json_dumps(sequence->order, 0);
    sequence->server = (struct order_server){
        .fake = &sequence->scene.fake,
        .random = {seed + 1000000u},
        .trouble = any_of(&sequence->random, 100),
        .order = sequence->order,
        .from_clock = chance(&sequence->random, 50),
    };
    start_call(sequence);
}

static void end(struct sequence *sequence) {
    spreetail_drop(sequence->call);
    spreetail_release(sequence->scene.client);
    order_server_clear(&sequence->server);
    json_decref(sequence->order);
    free(sequence->body);
}

/*
 * One moment after the other.
 */

static void meet_login(struct sequence *sequence) {
    struct fake *fake = &sequence->scene.fake;
    if (chance(&sequence->random, 90))
        scene_give_token(&sequence->scene, "token", 86400);
    else if (chance(&sequence->random, 20))
        scene_answer_login(&sequence->scene, 401, NULL, "");
    else if (chance(&sequence->random, 50))
        scene_answer_login(&sequence->scene, 503, "retry-after: 1", "");
    else
        fake_fail(fake, fake_login(fake), EXCHANGE_LOST, true, 0);
}

static void pass_time(struct sequence *sequence) {
    double due = spreetail_next_timeout(sequence->scene.client);
    double seconds =
        due > 0 && chance(&sequence->random, 80) ? due : random_unit(&sequence->random);
    scene_advance(&sequence->scene, seconds);
}

/* An answer is there, and the client may never come to read it. */
static void lose_answer(struct sequence *sequence) {
    const struct exchange *exchange = TAILQ_FIRST(&sequence->scene.fake.done);
    if (exchange && exchange->sent && !exchange->login)
        sequence->server.doubt |= !sequence->call->standing.looking_up;
}

/* Now and then the program, or somebody else, does something. */
static void interfere(struct sequence *sequence) {
    struct random *random = &sequence->random;
    if (!spreetail_done(sequence->call) && chance(random, 3)) {
        lose_answer(sequence);
        if (chance(random, 50))
            spreetail_cancel(sequence->call);
        else
            spreetail_close(sequence->scene.client);
    }
    if (chance(random, 3))
        order_server_add_foreign(&sequence->server);
    if (chance(random, 20))
        order_server_catch_up(&sequence->server);
}

static void next_moment(struct sequence *sequence) {
    struct scene *scene = &sequence->scene;
    struct order_server *server = &sequence->server;
    struct exchange *exchange = fake_running(&scene->fake, 0);
    if (server->hanging && chance(&sequence->random, 30))
        order_server_give_up(server);
    else if (exchange && exchange != server->hanging)
        order_server_meet(server, exchange);
    else if (fake_login(&scene->fake) && chance(&sequence->random, 80))
        meet_login(sequence);
    else
        pass_time(sequence);
    if (chance(&sequence->random, 50))
        scene_step(scene);
    interfere(sequence);
    scene_step(scene);
    scene_take_news(scene);
    if (!fake_running(&scene->fake, 0))
        server->hanging = NULL; /* the call went away */
}

/*
 * The report against the truth.
 */

#define CHECK(holds, what)                                                                         \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fail_msg("seed %u: %s\n  %s\n  -> %s, %s, %u attempts", sequence->seed, what,          \
                     sequence->server.story.data,                                                  \
                     result->error.message ? result->error.message : "success",                    \
                     spreetail_outcome_name(result->error.outcome), result->attempts);             \
    } while (0)

static void check_success(const struct sequence *sequence) {
    const struct spreetail_result *result = spreetail_result(sequence->call);
    CHECK(sequence->server.kept, "success, for an order that is not there");
    CHECK(sequence->server.is_same, "success, for an order with other contents");
    CHECK(result->data, "success without data");
    CHECK(result->error.outcome == SPREETAIL_NO_OUTCOME, "success with an outcome");
}

/* Nothing that arrives now can make the report a false one: it was to be reckoned with. */
static void check_failure(struct sequence *sequence) {
    const struct spreetail_result *result = spreetail_result(sequence->call);
    struct order_server *server = &sequence->server;
    while (server->late)
        order_server_catch_up(server);
    switch (result->error.outcome) {
    case SPREETAIL_NOT_SENT:
        CHECK(server->received == 0, "not_sent, and yet something arrived");
        break;
    case SPREETAIL_REFUSED:
        CHECK(!server->is_ours, "refused, and yet it was taken");
        CHECK(!server->doubt, "refused, though nobody could know");
        break;
    case SPREETAIL_UNKNOWN:
        CHECK(server->doubt || server->unclear, "unknown, though there was no doubt");
        CHECK(strstr(result->error.message, "It may have been created"),
              "unknown, and the message does not say so");
        break;
    default:
        CHECK(false, "a failure without an outcome");
    }
}

static unsigned run(unsigned seed) {
    const unsigned plenty = 3000;
    struct sequence storage, *sequence = &storage;
    begin(sequence, seed);
    for (unsigned i = 0; !spreetail_done(sequence->call) && i < plenty; i++)
        next_moment(sequence);
    const struct spreetail_result *result = spreetail_result(sequence->call);
    if (!result)
        fail_msg("seed %u: it does not end:\n  %s", seed, sequence->server.story.data);
    CHECK(result->attempts == sequence->server.received, "attempts are miscounted");
    if (result->error.kind == SPREETAIL_OK)
        check_success(sequence);
    else
        check_failure(sequence);
    unsigned ending = result->error.kind != SPREETAIL_OK ? result->error.outcome
                      : result->reconciled               ? SPREETAIL_UNKNOWN + 1
                                                         : SPREETAIL_NO_OUTCOME;
    end(sequence);
    return ending;
}

static void no_report_is_false(void **state) {
    (void)state;
    unsigned endings[SPREETAIL_UNKNOWN + 2] = {0};
    for (unsigned seed = 1; seed <= SEQUENCES; seed++)
        endings[run(seed)]++;
    print_message("%u sequences: %u plain successes, %u reconciled, %u not_sent, %u refused, "
                  "%u unknown\n",
                  SEQUENCES, endings[SPREETAIL_NO_OUTCOME], endings[SPREETAIL_UNKNOWN + 1],
                  endings[SPREETAIL_NOT_SENT], endings[SPREETAIL_REFUSED],
                  endings[SPREETAIL_UNKNOWN]);
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        assert_true(endings[i] > SEQUENCES / 50); /* none is so rare that it is hardly tried */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_report_is_false)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
