/* Random walks: programs and servers that do anything in any order, and what must hold all along.
 */
#include "call.h"
#include "check.h"
#include "scene.h"

enum { STEPS = 5000, HELD = 40, MOST_CALLS = STEPS + 1 };

struct walk {
    struct scene scene;
    struct random random;
    spreetail_call *held[HELD];
    size_t started, settled; /* by events */
    uint64_t last_id;
    bool to_be_told[MOST_CALLS]; /* by id */
};

static size_t below(struct walk *walk, size_t bound) {
    return (size_t)(random_unit(&walk->random) * (double)bound);
}

/*
 * What the program does.
 */

static struct spreetail_request any_request(struct walk *walk) {
    struct spreetail_request request = below(walk, 2) ? scene_reading() : scene_changing();
    request.retries = (int)below(walk, 4) - 1;
    request.timeout = below(walk, 3) ? 0 : 0.01 + (double)below(walk, 100);
    request.idempotent = below(walk, 2);
    request.settling = below(walk, 3) ? SPREETAIL_SETTLE_NOTHING : SPREETAIL_SETTLE_ORDER;
    request.return_duplicate = below(walk, 2);
    if (request.body) {
        request.body = "{\"a\":1}"; /* as the server's answers have it */
        request.body_size = 7;
    }
    if (below(walk, 30) == 0)
        request.path = "no path";
    return request;
}

static void start_one(struct walk *walk, size_t place) {
    struct spreetail_request request = any_request(walk);
    spreetail_call *call = below(walk, 20) ? scene_start(&walk->scene, request)
                                           : spreetail_login(walk->scene.client, 5, 0, 1);
    assert_int_equal(spreetail_call_id(call), ++walk->last_id);
    walk->started++;
    walk->held[place] = call;
}

static void watch_one(struct walk *walk, spreetail_call *call) {
    spreetail_watch(call);
    walk->to_be_told[spreetail_call_id(call)] = true;
}

static void do_something_with_a_call(struct walk *walk) {
    size_t place = below(walk, HELD);
    spreetail_call *call = walk->held[place];
    if (!call) {
        start_one(walk, place);
        return;
    }
    switch (below(walk, 8)) {
    case 0:
        spreetail_cancel(call);
        assert_true(spreetail_done(call));
        break;
    case 1:
    case 2:
        watch_one(walk, call);
        break;
    default:
        if (spreetail_done(call) || below(walk, 4) == 0) {
            spreetail_drop(call);
            walk->held[place] = NULL;
        }
    }
}

/*
 * What the server does.
 */

static void answer_something(struct walk *walk) {
    static const char token[] = "{\"data\":{\"access_token\":\"t0\",\"expires_in\":50}}";
    static const struct {
        int status;
        const char *body;
    } answers[] = {
        {200, "{\"data\":{\"a\":1}}"},
        {200, "{\"data\":{\"a\":1}}"},
        {200, token},
        {401, "{\"error\":\"x\"}"},
        {429, "{\"error\":\"x\"}"},
        {500, "no json"},
        {409, "{\"error\":\"x\"}"},
        {404, "{}"},
        {200, ""},
    };
    struct fake *fake = &walk->scene.fake;
    size_t which = below(walk, COUNT_OF(answers)), count = fake_running_count(fake);
    struct exchange *exchange = fake_login(fake);
    if (exchange && below(walk, 2)) {
        if (below(walk, 3))
            which = 2;
    } else {
        exchange = count ? fake_running(fake, below(walk, count)) : NULL;
    }
    if (!exchange)
        return;
    if (below(walk, 4) == 0)
        fake_fail(fake, exchange, (enum exchange_failure)(1 + below(walk, EXCHANGE_FAILURES - 1)),
                  exchange->sent || below(walk, 2), below(walk, 2) ? 200 : 0);
    else if (below(walk, 4) == 0)
        fake_send(exchange);
    else
        fake_answer_with(fake, exchange, answers[which].status,
                         below(walk, 10) ? NULL : "retry-after: 3", answers[which].body);
}

/*
 * What must hold.
 */

static size_t length_of(const struct call_list *list) {
    size_t length = 0;
    const spreetail_call *call;
    TAILQ_FOREACH (call, list, link)
        length++;
    return length;
}

static void take_news(struct walk *walk) {
    struct spreetail_event event;
    uint64_t id;
    while (spreetail_next_event(walk->scene.client, &event)) {
        walk->settled += event.type == SPREETAIL_EVENT_CALL;
        spreetail_event_clear(&event);
    }
    while ((id = spreetail_next_settled(walk->scene.client)) != 0) {
        assert_true(walk->to_be_told[id]);
        walk->to_be_told[id] = false;
    }
}

static void expect_consistency(struct walk *walk) {
    const spreetail_client *client = walk->scene.client;
    const struct fake *fake = &walk->scene.fake;
    size_t sending = length_of(&client->sending), carried = 0, logins = 0;
    const struct exchange_list *const lists[] = {&fake->running, &fake->done};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct exchange *exchange;
        TAILQ_FOREACH (exchange, lists[i], link) {
            carried += !exchange->login;
            logins += exchange->login;
        }
    }
    size_t queued = length_of(&client->queue) + length_of(&client->repeats);
    size_t others = length_of(&client->login_waiters) + length_of(&client->pausing) +
                    length_of(&client->decided);
    assert_int_equal(client->in_flight, sending);
    assert_int_equal(carried, sending);
    assert_true(sending <= client->settings.max_in_flight);
    assert_int_equal(logins, client->tokens.logging_in);
    assert_int_equal(client->queued, queued);
    assert_int_equal(client->pending, sending + queued + others);
    assert_int_equal(client->pending, client->timers.count);
    assert_int_equal(walk->settled, walk->started - client->pending);
}

/* Once nothing more happens, no step may be due. */
static void expect_rest(struct walk *walk) {
    for (int i = 0;; i++) {
        spreetail_step(walk->scene.client);
        take_news(walk);
        if (spreetail_next_timeout(walk->scene.client) != 0)
            break;
        assert_true(i < 1000);
    }
}

static void take_a_step(struct walk *walk) {
    switch (below(walk, 10)) {
    case 0:
    case 1:
    case 2:
    case 3:
        do_something_with_a_call(walk);
        break;
    case 4:
    case 5:
        answer_something(walk);
        break;
    case 6:
        fake_advance(&walk->scene.fake, (double)below(walk, 2000) / 1000);
        break;
    case 7:
        if (below(walk, 20) == 0)
            fake_suspend(&walk->scene.fake, (double)below(walk, 100));
        expect_rest(walk);
        break;
    default:
        spreetail_step(walk->scene.client);
    }
}

static void walk_about(uint64_t seed) {
    struct walk *walk = calloc(1, sizeof *walk);
    struct spreetail_options options = scene_options();
    options.max_in_flight = 8;
    scene_open(&walk->scene, options);
    walk->random.state = seed;
    walk->scene.fake.room = seed % 2 ? 5 : 0;
    for (int i = 0; i < STEPS; i++) {
        take_a_step(walk);
        take_news(walk);
        expect_consistency(walk);
    }
    spreetail_close(walk->scene.client);
    take_news(walk);
    assert_int_equal(walk->settled, walk->started);
    for (size_t i = 0; i < HELD; i++) {
        if (walk->held[i]) {
            assert_true(spreetail_done(walk->held[i]));
            spreetail_drop(walk->held[i]);
        }
    }
    for (uint64_t id = 0; id < MOST_CALLS; id++)
        assert_false(walk->to_be_told[id]);
    spreetail_release(walk->scene.client);
    free(walk);
}

static void nothing_gets_lost_or_counted_twice(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        walk_about(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_gets_lost_or_counted_twice),
    };
    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
