/* What becomes of a call whose answers leave something in doubt, told as short stories. */
#include "check.h"
#include "scene.h"

#define BODY                                                                                       \
    "{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\",\"OrderItems\":[{\"SKU\":\"A\",\"Qty\":2}]" \
    "}"
#define RECORD(qty) RECORD_THAT_IS("Pending", qty)
#define RECORD_THAT_IS(status, qty)                                                                \
    "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\" EUR\","               \
    "\"Status\":\"" status "\",\"OrderItems\":[{\"SKU\":\"ACME_A\",\"Qty\":" qty "}]}}"
#define FOREIGN "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-2\"}}"
#define MEAGRE "{\"success\":true,\"data\":{\"ReferenceNumber\":\"R-1\",\"Currency\":\"EUR\"}}"
#define REFUSAL "{\"success\":false,\"error\":\"no\"}"

static struct spreetail_request creating(void) {
    return (struct spreetail_request){
        .method = "POST",
        .path = "/outbound",
        .body = BODY,
        .body_size = sizeof BODY - 1,
        .reference = "R-1",
        .retries = 4,
        .idempotent = true,
        .settling = SPREETAIL_SETTLE_ORDER,
    };
}

/*
 * Stories: "POST lost, GET same": what is sent, and what comes of it. After a pause or a login the
 * next exchange is waited for.
 */

struct scene_call {
    struct scene *scene;
    spreetail_call *call;
};

static void wait_for_exchange(struct scene *scene) {
    for (int i = 0; i < 10 && !fake_running(&scene->fake, 0); i++) {
        scene_take_news(scene);
        if (fake_login(&scene->fake))
            scene_give_token(scene, "token-2", 86400);
        else
            scene_advance(scene, spreetail_next_timeout(scene->client));
    }
    assert_non_null(fake_running(&scene->fake, 0));
}

static void interrupt(const struct scene_call *now, const char *word) {
    fake_send(fake_running(&now->scene->fake, 0));
    if (strcmp(word, "deadline") == 0)
        fake_advance(&now->scene->fake, 61);
    else if (strcmp(word, "cancel") == 0)
        spreetail_cancel(now->call);
    else if (strcmp(word, "close") == 0)
        spreetail_close(now->scene->client);
    else
        fail_msg("'%s' is no part of a story", word);
}

static void end_exchange(const struct scene_call *now, struct exchange *exchange,
                         const char *word) {
    struct fake *fake = &now->scene->fake;
    int status = atoi(word);
    if (strcmp(word, "lost") == 0)
        fake_fail(fake, exchange, EXCHANGE_LOST, true, 0);
    else if (strcmp(word, "unsent") == 0)
        fake_fail(fake, exchange, EXCHANGE_CONNECT, false, 0);
    else if (strcmp(word, "same") == 0)
        fake_answer(fake, exchange, 200, RECORD("2.0"));
    else if (strcmp(word, "other") == 0)
        fake_answer(fake, exchange, 200, RECORD("3"));
    else if (strcmp(word, "cancelled") == 0)
        fake_answer(fake, exchange, 200, RECORD_THAT_IS("CANCELLED", "2"));
    else if (strcmp(word, "nothing") == 0)
        fake_answer(fake, exchange, 200, "{\"success\":true,\"data\":null}");
    else if (strcmp(word, "vague") == 0)
        fake_answer(fake, exchange, 200, "{\"message\":\"try later\"}");
    else if (strcmp(word, "page") == 0)
        fake_answer(fake, exchange, 403, "<html>Forbidden</html>");
    else if (strcmp(word, "page409") == 0)
        fake_answer(fake, exchange, 409, "<html>Conflict</html>");
    else if (strcmp(word, "foreign") == 0)
        fake_answer(fake, exchange, 200, FOREIGN);
    else if (strcmp(word, "meagre") == 0)
        fake_answer(fake, exchange, 200, MEAGRE);
    else if (strcmp(word, "later") == 0)
        fake_answer_with(fake, exchange, 503, "retry-after: 900", "");
    else if (status)
        fake_answer(fake, exchange, status, status == 200 ? RECORD("2") : REFUSAL);
    else
        interrupt(now, word);
}

static void tell_part(const struct scene_call *now, const char *method, const char *word) {
    if (spreetail_done(now->call))
        fail_msg("the call has ended before '%s %s'", method, word);
    wait_for_exchange(now->scene);
    struct exchange *exchange = fake_running(&now->scene->fake, 0);
    assert_string_equal(exchange->method, method);
    end_exchange(now, exchange, word);
    scene_step(now->scene);
}

static void tell(const struct scene_call *now, const char *story) {
    char text[300], *rest;
    snprintf(text, sizeof text, "%s", story);
    for (char *part = strtok_r(text, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
        char method[8], word[20];
        assert_int_equal(sscanf(part, " %7s %19s", method, word), 2);
        tell_part(now, method, word);
    }
}

struct story {
    const char *text;
    enum spreetail_kind kind;
    enum spreetail_outcome outcome;
    unsigned attempts;
};

static void check_story(const struct story *story, struct spreetail_request request) {
    void *state;
    scene_setup_logged_in(&state);
    struct scene *scene = state;
    struct scene_call now = {scene, scene_start(scene, request)};
    scene_step(scene);
    tell(&now, story->text);
    const struct spreetail_result *result = spreetail_result(now.call);
    if (!result)
        fail_msg("'%s': it goes on", story->text);
    if (result->error.kind != story->kind || result->error.outcome != story->outcome ||
        result->attempts != story->attempts)
        fail_msg("'%s' ends as %s, outcome %d, after %u attempts: %s", story->text,
                 spreetail_kind_name(result->error.kind), result->error.outcome, result->attempts,
                 result->error.message ? result->error.message : "");
    bool asked = story->kind == SPREETAIL_OK && strstr(story->text, "GET");
    assert_int_equal(result->reconciled, asked);
    spreetail_drop(now.call);
    scene_teardown(&state);
}

static void check_stories(const struct story *stories, size_t count,
                          struct spreetail_request request) {
    for (size_t i = 0; i < count; i++)
        check_story(&stories[i], request);
}

#define OK SPREETAIL_OK, SPREETAIL_NO_OUTCOME
#define REFUSED(kind) SPREETAIL_##kind, SPREETAIL_REFUSED
#define UNKNOWN(kind) SPREETAIL_##kind, SPREETAIL_UNKNOWN

static void a_doubt_is_settled_by_looking_the_order_up(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST 200", OK, 1},
        {"POST lost, POST 200", OK, 2},
        {"POST lost, POST 409, GET same", OK, 3},
        {"POST lost, POST 409, GET other", UNKNOWN(CONFLICT), 3},
        {"POST lost, POST 409, GET 404", UNKNOWN(CONFLICT), 3},
        {"POST lost, POST 409, GET nothing", UNKNOWN(CONFLICT), 3},
        {"POST lost, POST 409, GET 403", UNKNOWN(CONFLICT), 3},
        {"POST 503, POST 409, GET same", OK, 3},
        {"POST 302, GET same", OK, 2},
        {"POST 501, GET same", OK, 2},
        {"POST lost, POST 400, GET same", OK, 3},
        {"POST lost, POST 400, GET 404", UNKNOWN(REJECTED), 3},
        {"POST lost, POST 403, GET 404", UNKNOWN(FORBIDDEN), 3},
        {"POST later, GET same", OK, 2},
        {"POST later, GET 404", UNKNOWN(SERVER), 2},
        {"POST 409", REFUSED(CONFLICT), 1},
        {"POST 401, POST 409", REFUSED(CONFLICT), 2},
        {"POST 429, POST 409", REFUSED(CONFLICT), 2},
        {"POST unsent, POST 409", REFUSED(CONFLICT), 1},
        {"POST unsent, POST 400", REFUSED(REJECTED), 1},
        {"POST lost, POST unsent, POST 409, GET same", OK, 3},
        {"POST lost, POST lost, POST lost, POST lost, POST lost, GET same", OK, 6},
        {"POST lost, POST 503, POST 503, POST 503, POST 503, GET 404", UNKNOWN(SERVER), 6},
    };
    check_stories(stories, COUNT_OF(stories), creating());
}

static void a_stored_order_is_not_ours_when_none_was_sent(void **state) {
    (void)state;
    const struct story story = {"POST lost, POST 409, GET same", UNKNOWN(CONFLICT), 3};
    struct spreetail_request request = creating();
    request.body = NULL;
    request.body_size = 0;
    check_story(&story, request);
}

/* Whatever they come with: they are about the connection. */
static void what_speaks_of_the_connection_refuses_nothing(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST 408, POST 200", OK, 2},
        {"POST 408, POST 409, GET same", OK, 3},
        {"POST 421, POST 425, POST 460, POST 499, POST 409, GET same", OK, 6},
        {"POST 499, POST 408, POST 408, POST 408, POST 408, GET same", OK, 6},
        {"POST 408, POST 400, GET 404", UNKNOWN(REJECTED), 3},
        {"POST lost, POST 409, GET 408, GET 425, GET same", OK, 5},
    };
    static const struct story once[] = {
        {"POST 408", UNKNOWN(SERVER), 1},
        {"POST 421", UNKNOWN(SERVER), 1},
        {"POST 425", UNKNOWN(SERVER), 1},
        {"POST 499", UNKNOWN(SERVER), 1},
    };
    struct spreetail_request request = creating();
    check_stories(stories, COUNT_OF(stories), request);
    request.settling = SPREETAIL_SETTLE_NOTHING;
    request.idempotent = false;
    check_stories(once, COUNT_OF(once), request);
}

static void a_refusal_in_other_words_than_the_apis_is_looked_into(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST page, GET same", OK, 2},
        {"POST page, GET 404", UNKNOWN(FORBIDDEN), 2},
        {"POST page409, GET same", OK, 2},
        {"POST page409, GET 404", UNKNOWN(CONFLICT), 2},
        {"POST lost, POST page409, GET same", OK, 3},
        {"POST page, GET page", UNKNOWN(FORBIDDEN), 2},
    };
    check_stories(stories, COUNT_OF(stories), creating());
}

/* How a refusal may look, and whether it is one. */
static void only_the_apis_own_form_is_a_refusal(void **state) {
    (void)state;
    static const struct {
        int status;
        const char *body;
        bool refused;
    } cases[] = {
        {400, REFUSAL, true},
        {404, REFUSAL, true},
        {413, REFUSAL, true},
        {400, "{\"success\":false}", true},
        {200, REFUSAL, true},
        {400, "", false},
        {400, "<html>Bad Request</html>", false},
        {400, "{\"success\":false", false},
        {400, "{\"success\":true}", false},
        {400, "{\"success\":\"false\"}", false},
        {400, "{\"message\":\"no\"}", false},
        {404, "{\"error\":\"Not Found\",\"path\":\"/outbound\"}", false},
        {413, "[false]", false},
        {429, "", true},
        {429, "<html>slow down", true},
        {408, REFUSAL, false},
    };
    struct spreetail_request request = creating();
    request.retries = 0;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *own;
        scene_setup_logged_in(&own);
        spreetail_call *call = scene_start(own, request);
        scene_step(own);
        scene_answer(own, cases[i].status, cases[i].body);
        enum spreetail_outcome outcome = spreetail_result(call)->error.outcome;
        if (outcome != (cases[i].refused ? SPREETAIL_REFUSED : SPREETAIL_UNKNOWN))
            fail_msg("%d %s: %s", cases[i].status, cases[i].body, spreetail_outcome_name(outcome));
        spreetail_drop(call);
        scene_teardown(&own);
    }
}

/* A success with such data, and whether it is one for the call. */
static void check_shown(struct spreetail_request request, const char *data, bool fits) {
    void *own;
    char body[160];
    request.retries = 0;
    scene_setup_logged_in(&own);
    spreetail_call *call = scene_start(own, request);
    scene_step(own);
    snprintf(body, sizeof body, "{\"success\":true,\"data\":%s}", data);
    scene_answer(own, 200, body);
    if (fits) {
        scene_expect_success(call);
    } else {
        assert_contains(spreetail_result(call)->error.message, "it is about another reference");
        scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN);
    }
    scene_teardown(&own);
}

static void a_success_under_another_reference_is_none(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST foreign, POST 200", OK, 2},
        {"POST foreign, POST 409, GET same", OK, 3},
        {"POST foreign, POST foreign, POST foreign, POST foreign, POST foreign, GET same", OK, 6},
        {"POST foreign, POST 400, GET foreign, GET same", OK, 4},
        {"POST foreign, POST 400, GET 404", UNKNOWN(REJECTED), 3},
    };
    static const struct {
        enum spreetail_settling settling;
        const char *data;
        bool fits;
    } cases[] = {
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":\"R-2\"}", false},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":\"r-1\"}", false},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":\"\"}", false},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":[\"R-1\"]}", false},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":\"R-2\",\"referenceNumber\":\"R-1\"}",
         false},
        {SPREETAIL_SETTLE_NOTHING, "{\"ReferenceNumber\":\"R-2\"}", false},
        {SPREETAIL_SETTLE_NOTHING, "{\"referenceNumber\":\"R-2\"}", false},
        {SPREETAIL_SETTLE_NOTHING, "{\"ReferenceNumber\":null,\"referenceNumber\":\"R-2\"}", false},
        {SPREETAIL_SETTLE_DELIVERY, "{\"PO_REFERENCE\":\"R-2\",\"ReferenceNumber\":\"R-1\"}",
         false},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":\" R-1 \"}", true},
        {SPREETAIL_SETTLE_ORDER, "{\"ReferenceNumber\":null,\"PO_REFERENCE\":\"R-2\"}", true},
        {SPREETAIL_SETTLE_NOTHING, "{\"referenceNumber\":\"R-1\"}", true},
        {SPREETAIL_SETTLE_DELIVERY, "{\"PO_REFERENCE\":null}", true},
        {SPREETAIL_SETTLE_DELIVERY, "{\"PO_REFERENCE\":\"R-1\",\"ReferenceNumber\":\"7\"}", true},
    };
    struct spreetail_request request = creating();
    check_stories(stories, COUNT_OF(stories), request);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        request.settling = cases[i].settling;
        check_shown(request, cases[i].data, cases[i].fits);
    }
}

static void a_stored_order_that_shows_too_little_settles_nothing(void **state) {
    struct scene *scene = *state;
    static const struct story stories[] = {
        {"POST lost, POST 409, GET meagre", UNKNOWN(CONFLICT), 3},
        {"POST 501, GET meagre", UNKNOWN(CONFLICT), 2},
    };
    static const struct story returning = {"POST 409, GET meagre", UNKNOWN(CONFLICT), 2};
    struct spreetail_request request = creating();
    check_stories(stories, COUNT_OF(stories), request);
    request.return_duplicate = true;
    check_story(&returning, request);

    struct scene_call now = {scene, scene_start(scene, creating())};
    scene_step(scene);
    tell(&now, stories[0].text);
    const struct spreetail_error *error = &spreetail_result(now.call)->error;
    assert_contains(error->message, "can't be told for want of 1 field: OrderItems is not shown");
    assert_int_equal(error->status, 409);
    spreetail_drop(now.call);
}

static void looking_up_has_retries_of_its_own(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST lost, POST 409, GET 503, GET same", OK, 4},
        {"POST lost, POST 409, GET 429, GET same", OK, 4},
        {"POST lost, POST 409, GET unsent, GET same", OK, 3},
        {"POST lost, POST 409, GET lost, GET 503, GET 500, GET 502, GET same", OK, 7},
        {"POST lost, POST 409, GET 503, GET 503, GET 503, GET 503, GET 503", UNKNOWN(CONFLICT), 7},
        {"POST lost, POST 409, GET 401, GET same", OK, 4},
        {"POST lost, POST 409, GET 401, GET 401, GET 401, GET same", OK, 6},
        {"POST lost, POST 409, GET 401, GET 401, GET 401, GET 401", UNKNOWN(CONFLICT), 6},
        {"POST 401, POST lost, POST 401, POST 409, GET 401, GET 401", UNKNOWN(CONFLICT), 6},
        {"POST lost, POST 409, GET later", UNKNOWN(CONFLICT), 3},
    };
    check_stories(stories, COUNT_OF(stories), creating());
}

static void what_stops_a_look_up_leaves_the_doubt(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST lost, POST 409, GET deadline", UNKNOWN(CONFLICT), 3},
        {"POST lost, POST 409, GET cancel", UNKNOWN(CANCELLED), 3},
        {"POST lost, POST 409, GET close", UNKNOWN(CLOSED), 3},
        {"POST lost, POST deadline", UNKNOWN(TIMEOUT), 2},
        {"POST lost, POST cancel", UNKNOWN(CANCELLED), 2},
        {"POST lost, POST close", UNKNOWN(CLOSED), 2},
        {"POST 401, POST deadline", UNKNOWN(TIMEOUT), 2},
    };
    check_stories(stories, COUNT_OF(stories), creating());
}

static void a_duplicate_is_returned_if_that_is_asked_for(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST 409, GET same", OK, 2},
        {"POST 409, GET other", REFUSED(CONFLICT), 2},
        {"POST 409, GET 404", REFUSED(CONFLICT), 2},
        {"POST 409, GET 503, GET same", OK, 3},
        {"POST 409, GET deadline", REFUSED(CONFLICT), 2},
        {"POST 409, GET cancel", REFUSED(CANCELLED), 2},
        {"POST lost, POST 409, GET other", UNKNOWN(CONFLICT), 3},
    };
    struct spreetail_request request = creating();
    request.return_duplicate = true;
    check_stories(stories, COUNT_OF(stories), request);
}

static void without_retries_one_request_is_sent(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST lost", UNKNOWN(NETWORK), 1},
        {"POST 503", UNKNOWN(SERVER), 1},
        {"POST 409", REFUSED(CONFLICT), 1},
        {"POST 401, POST 200", OK, 2},
    };
    static const struct story returning = {"POST 409, GET same", OK, 2};
    struct spreetail_request request = creating();
    request.retries = 0;
    check_stories(stories, COUNT_OF(stories), request);
    request.return_duplicate = true;
    check_story(&returning, request);
}

static void an_order_is_there_when_the_answer_says_so(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST vague, POST 409, GET same", OK, 3},
        {"POST vague, POST 200", OK, 2},
        {"POST vague, POST vague, POST vague, GET 404", UNKNOWN(PROTOCOL), 4},
    };
    struct spreetail_request request = creating();
    request.retries = 2;
    check_stories(stories, COUNT_OF(stories), request);

    static const char *const vague[] = {
        "{}",
        "{\"errors\":[\"x\"]}",
        "{\"data\":[]}",
        "{\"data\":{\"ReferenceNumber\":\"R-2\"}}",
        "{\"data\":null}",
    };
    static const char *const clear[] = {
        "{\"success\":true}",
        "{\"success\":true,\"data\":null}",
        "{\"ReferenceNumber\":\"R-1\"}",
        "{\"data\":{\"ReferenceNumber\":\"R-1\"}}",
    };
    request.retries = 0;
    for (size_t i = 0; i < COUNT_OF(vague) + COUNT_OF(clear); i++) {
        bool is_clear = i >= COUNT_OF(vague);
        void *own;
        scene_setup_logged_in(&own);
        spreetail_call *call = scene_start(own, request);
        scene_step(own);
        scene_answer(own, 200, is_clear ? clear[i - COUNT_OF(vague)] : vague[i]);
        if (is_clear)
            scene_expect_success(call);
        else
            scene_expect_failure(call, SPREETAIL_PROTOCOL, SPREETAIL_UNKNOWN);
        scene_teardown(&own);
    }
}

static void an_error_has_the_status_and_the_details_of_what_led_to_it(void **state) {
    struct scene *scene = *state;
    static const char body[] =
        "{\"success\":false,\"error\":\"busy\",\"details\":{\"field\":\"x\",\"message\":\"y\"}}";
    spreetail_call *call = scene_start(scene, creating());
    scene_step(scene);
    scene_answer(scene, 503, body);
    assert_false(spreetail_done(call)); /* in the pause */
    spreetail_cancel(call);
    const struct spreetail_error *error = &spreetail_result(call)->error;
    assert_int_equal(error->status, 0);
    assert_null(error->details);
    scene_expect_failure(call, SPREETAIL_CANCELLED, SPREETAIL_UNKNOWN);

    struct spreetail_request once = creating();
    once.retries = 0;
    call = scene_start(scene, once);
    scene_step(scene);
    scene_answer(scene, 503, body);
    error = &spreetail_result(call)->error;
    assert_int_equal(error->status, 503);
    assert_non_null(error->details);
    scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_UNKNOWN);

    char large[70000]; /* so much is for nobody to read */
    snprintf(large, sizeof large, "{\"error\":\"busy\",\"details\":\"%0*d\"}", 69000, 0);
    call = scene_start(scene, once);
    scene_step(scene);
    scene_answer(scene, 503, large);
    error = &spreetail_result(call)->error;
    assert_contains(error->message, "busy");
    assert_null(error->details);
    scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_UNKNOWN);
}

/* Half of what is sent fails in a way that is not repeated, half in one that is. */
static void retries_dry_up_whatever_the_failures_are(void **state) {
    struct scene *scene = *state;
    unsigned before = 0;
    for (int i = 0; i < 400; i++) {
        if (i == 300)
            before = scene->fake.requests;
        spreetail_call *call = scene_start(scene, scene_reading());
        scene_step(scene);
        while (!spreetail_done(call)) {
            struct exchange *exchange = fake_running(&scene->fake, 0);
            if (exchange && i % 2)
                fake_fail(&scene->fake, exchange, EXCHANGE_TLS, false, 0);
            else if (exchange)
                fake_answer(&scene->fake, exchange, 503, REFUSAL);
            scene_take_news(scene);
            scene_advance(scene, exchange ? 0 : spreetail_next_timeout(scene->client));
        }
        spreetail_drop(call);
    }
    assert_int_equal(scene->fake.requests - before, 100);
}

static void a_delivery_is_settled_by_the_409_alone(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST 409", REFUSED(CONFLICT), 1},
        {"POST unsent, POST 409", REFUSED(CONFLICT), 1},
        {"POST 429, POST 409", REFUSED(CONFLICT), 2},
        {"POST lost, POST 400", UNKNOWN(REJECTED), 2},
        {"POST 501", UNKNOWN(SERVER), 1},
    };
    struct spreetail_request request = creating();
    request.settling = SPREETAIL_SETTLE_DELIVERY;
    check_stories(stories, COUNT_OF(stories), request);
}

static void what_can_not_be_looked_up_stays_in_doubt(void **state) {
    (void)state;
    static const struct story stories[] = {
        {"POST lost, POST 409", UNKNOWN(CONFLICT), 2},
        {"POST lost, POST 400", UNKNOWN(REJECTED), 2},
        {"POST lost, POST 404", UNKNOWN(NOT_FOUND), 2},
        {"POST lost, POST 200", OK, 2},
    };
    struct spreetail_request request = creating();
    request.settling = SPREETAIL_SETTLE_NOTHING;
    check_stories(stories, COUNT_OF(stories), request);
    request.settling = SPREETAIL_SETTLE_ORDER;
    request.reference = NULL;
    check_stories(stories, COUNT_OF(stories), request);
}

/*
 * Beside the endings.
 */

static struct scene_call begin(struct scene *scene, struct spreetail_request request,
                               const char *story) {
    struct scene_call now = {scene, scene_start(scene, request)};
    scene_step(scene);
    tell(&now, story);
    return now;
}

static void a_look_up_asks_for_the_reference_and_sends_nothing_else(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = creating();
    request.reference = "R/1 \xc3\xa9?";
    request.content_type = "text/odd";
    struct scene_call now = begin(scene, request, "POST lost, POST 409");
    wait_for_exchange(scene);
    const struct exchange *exchange = fake_running(&scene->fake, 0);
    assert_string_equal(exchange->url, "https://api.example.test/v1/order/R%2F1%20%C3%A9%3F");
    assert_string_equal(exchange->authorization, "Authorization: Bearer token-1");
    assert_null(exchange->body);
    assert_int_equal(exchange->body_size, 0);
    assert_null(exchange->content_type);
    assert_null(exchange->headers);
    spreetail_drop(now.call);
}

static void what_was_stored_is_the_data(void **state) {
    struct scene *scene = *state;
    struct scene_call now = begin(scene, creating(), "POST lost, POST 409, GET same");
    const struct spreetail_result *result = spreetail_result(now.call);
    const json_t *status = json_object_get(result->data, "Status");
    assert_string_equal(json_string_value(status), "Pending");
    assert_int_equal(result->status, 200);
    assert_int_equal(scene->client->stats.reconciled, 1);
    spreetail_drop(now.call);
}

/* It was created, once, as was promised; what has become of it since is in the result. */
static void a_stored_order_that_is_cancelled_is_a_success_that_says_so(void **state) {
    (void)state;
    static const char *const stories[] = {
        "POST lost, POST 409, GET cancelled",
        "POST 501, GET cancelled",
        "POST 409, GET cancelled",
        "POST cancelled",
    };
    struct spreetail_request request = creating();
    request.return_duplicate = true;
    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        void *own;
        scene_setup_logged_in(&own);
        struct scene_call now = begin(own, request, stories[i]);
        const struct spreetail_result *result = spreetail_result(now.call);
        assert_true(result->cancelled);
        scene_expect_success(now.call);
        now = begin(own, request, "POST lost, POST 409, GET same");
        assert_false(spreetail_result(now.call)->cancelled);
        scene_expect_success(now.call);
        scene_teardown(&own);
    }
}

static void what_to_do_about_a_doubt_is_said(void **state) {
    (void)state;
    static const struct {
        enum spreetail_settling settling;
        bool return_duplicate;
        const char *story, *advice;
    } cases[] = {
        {SPREETAIL_SETTLE_ORDER, false, "POST lost, POST 400, GET 404",
         "It may have been created: look with get_order before you send it again"},
        {SPREETAIL_SETTLE_ORDER, true, "POST lost, POST 400, GET 404",
         "It may have been created; send it again: that is safe"},
        {SPREETAIL_SETTLE_ORDER, true, "POST lost, POST close",
         "It may have been created; send it again: that is safe"},
        {SPREETAIL_SETTLE_ORDER, true,
         "POST lost, POST 409, GET other", /* which would be told again */
         "It may have been created: look with get_order before you send it again"},
        {SPREETAIL_SETTLE_DELIVERY, true, "POST lost, POST 400",
         "It may have been announced: ask the warehouse before you send it again"},
        {SPREETAIL_SETTLE_NOTHING, false, "POST lost, POST 400",
         "It may have taken effect: look with get_order before you send it again"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *own;
        struct spreetail_request request = creating();
        request.settling = cases[i].settling;
        request.return_duplicate = cases[i].return_duplicate;
        scene_setup_logged_in(&own);
        struct scene_call now = begin(own, request, cases[i].story);
        assert_contains(spreetail_result(now.call)->error.message, cases[i].advice);
        spreetail_drop(now.call);
        scene_teardown(&own);
    }
}

static void a_difference_is_named(void **state) {
    struct scene *scene = *state;
    struct scene_call now = begin(scene, creating(), "POST lost, POST 409, GET other");
    const struct spreetail_error *error = &spreetail_result(now.call)->error;
    assert_contains(error->message, "OrderItems[1].Qty");
    assert_contains(error->message, "sent 2, stored 3");
    assert_int_equal(error->status, 409);
    const json_t *first = json_array_get(error->details, 0);
    assert_string_equal(json_string_value(json_object_get(first, "path")), "OrderItems[1].Qty");
    spreetail_drop(now.call);
}

static void what_led_to_a_look_up_is_what_is_told_when_it_fails(void **state) {
    static const char *const stories[] = {
        "POST lost, POST 409, GET 403",
        "POST lost, POST 409, GET deadline",
        "POST lost, POST 409, GET 401, GET 401, GET 401, GET 401",
        "POST lost, POST 409, GET later",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        void *own;
        scene_setup_logged_in(&own);
        struct scene_call now = begin(own, creating(), stories[i]);
        const struct spreetail_result *result = spreetail_result(now.call);
        assert_contains(result->error.message, "(HTTP 409)");
        assert_contains(result->error.message, "look with get_order before you send it again");
        assert_int_equal(result->error.status, 409);
        assert_int_equal(result->status, 409);
        spreetail_drop(now.call);
        scene_teardown(&own);
    }
}

static void a_login_that_fails_leaves_the_doubt_and_says_so(void **state) {
    struct scene *scene = *state;
    struct scene_call now = begin(scene, creating(), "POST lost, POST 401");
    scene_answer_login(scene, 401, NULL, REFUSAL);
    const struct spreetail_error *error = &spreetail_result(now.call)->error;
    assert_contains(error->message, "login at https://api.example.test/v1/auth/login was refused");
    assert_contains(error->message, "look with get_order before you send it again");
    assert_int_equal(error->status, 401);
    assert_within(error->retry_after, 59, 60);
    scene_expect_failure(now.call, SPREETAIL_AUTH, SPREETAIL_UNKNOWN);
}

/* The events that have come, each with its kind and the attempts made. */
static void take_events(struct scene *scene, char *text, size_t size) {
    struct spreetail_event event;
    *text = '\0';
    while (spreetail_next_event(scene->client, &event)) {
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s %s %u", length ? ", " : "",
                 spreetail_event_name(event.type), spreetail_kind_name(event.kind), event.attempts);
        assert_string_equal(event.method, "POST"); /* whatever was sent for its sake */
        assert_string_equal(event.path, "/outbound");
        if (event.reference)
            assert_string_equal(event.reference, "R-1");
        spreetail_event_clear(&event);
    }
}

/* One exchange after the other, so that the events are kept. */
static void run_with_events(struct scene *scene, const char *const *bodies, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct exchange *exchange = fake_running(&scene->fake, 0);
        assert_non_null(exchange);
        if (bodies[i])
            fake_answer(&scene->fake, exchange, bodies[i][0] == '4' ? 409 : 200, bodies[i]);
        else
            fake_fail(&scene->fake, exchange, EXCHANGE_LOST, true, 0);
        scene_step(scene);
        if (!fake_running(&scene->fake, 0))
            scene_advance(scene, 0.26);
    }
}

static void retries_and_look_ups_are_events(void **state) {
    struct scene *scene = *state;
    static const char *const bodies[] = {NULL, "4", RECORD("2")};
    char events[300];
    spreetail_call *call = scene_start(scene, creating());
    scene_step(scene);
    run_with_events(scene, bodies, COUNT_OF(bodies));
    take_events(scene, events, sizeof events);
    assert_string_equal(events, "retry network 1, reconcile conflict 3, call ok 3");
    assert_int_equal(scene->client->stats.retries, 1);
    scene_expect_success(call);
}

/*
 * Pauses.
 */

/* The pause after an answer, or -1 when the call has ended instead. */
static double pause_after(struct scene *scene, spreetail_call *call, const char *header) {
    struct spreetail_event event;
    double pause = -1;
    fake_answer_with(&scene->fake, fake_running(&scene->fake, 0), 503, header, "");
    scene_step(scene);
    while (spreetail_next_event(scene->client, &event)) {
        if (event.type == SPREETAIL_EVENT_RETRY)
            pause = event.pause;
        spreetail_event_clear(&event);
    }
    assert_int_equal(pause < 0, spreetail_done(call));
    return pause;
}

static void what_the_server_asks_to_wait_is_waited(void **state) {
    (void)state;
    static const struct {
        const char *header;
        double least, most; /* negative: it ends */
    } cases[] = {
        {"retry-after: 5", 5, 5.25},     {"retry-after: 0", 0, 0.25},
        {"retry-after: 2.5", 2.5, 2.75}, {"retry-after: 59", 59, 59.25},
        {"retry-after: 60", -1, -1},     {"retry-after: 999999999999", -1, -1},
        {"retry-after: 12abc", 0, 0.25}, {"retry-after: 0x10", 0, 0.25},
        {"retry-after: -5", 0, 0.25},    {"retry-after: soon", 0, 0.25},
        {"retry-after: inf", 0, 0.25},   {"other: 5", 0, 0.25},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *own;
        scene_setup_logged_in(&own);
        struct scene *scene = own;
        spreetail_call *call = scene_get(scene);
        scene_step(scene);
        assert_within(pause_after(scene, call, cases[i].header), cases[i].least, cases[i].most);
        spreetail_drop(call);
        scene_teardown(&own);
    }
}

static void calls_that_fail_together_do_not_come_back_together(void **state) {
    struct scene *scene = *state;
    enum { CALLS = 40 };
    unsigned early = 0;
    for (int i = 0; i < CALLS; i++)
        spreetail_drop(scene_get(scene));
    scene_step(scene);
    scene_answer_all(scene, 503, "");
    for (int tenth = 0; tenth < 10; tenth++) {
        size_t before = fake_running_count(&scene->fake);
        scene_advance(scene, 0.025);
        size_t came = fake_running_count(&scene->fake) - before;
        assert_true(came <= CALLS / 3);
        early += tenth < 5 ? (unsigned)came : 0;
    }
    assert_int_equal(fake_running_count(&scene->fake), CALLS);
    assert_within(early, CALLS / 4, CALLS * 3 / 4);
}

static void a_server_that_fails_for_long_is_asked_once_a_call(void **state) {
    struct scene *scene = *state;
    struct spreetail_request request = creating();
    unsigned attempts = 0;
    for (int i = 0; i < 40; i++) {
        spreetail_call *call = scene_start(scene, request);
        scene_step(scene);
        while (!spreetail_done(call)) {
            wait_for_exchange(scene);
            scene_answer(scene, 503, "");
        }
        attempts = spreetail_result(call)->attempts;
        scene_expect_failure(call, SPREETAIL_SERVER, SPREETAIL_UNKNOWN);
    }
    assert_int_equal(attempts, 1); /* not even a look-up */
}

#define WITH_LOGIN(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, scene_setup_logged_in, scene_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_doubt_is_settled_by_looking_the_order_up),
        cmocka_unit_test(a_stored_order_is_not_ours_when_none_was_sent),
        cmocka_unit_test(what_speaks_of_the_connection_refuses_nothing),
        cmocka_unit_test(a_refusal_in_other_words_than_the_apis_is_looked_into),
        cmocka_unit_test(only_the_apis_own_form_is_a_refusal),
        cmocka_unit_test(a_success_under_another_reference_is_none),
        WITH_LOGIN(a_stored_order_that_shows_too_little_settles_nothing),
        cmocka_unit_test(looking_up_has_retries_of_its_own),
        cmocka_unit_test(what_stops_a_look_up_leaves_the_doubt),
        cmocka_unit_test(a_duplicate_is_returned_if_that_is_asked_for),
        cmocka_unit_test(without_retries_one_request_is_sent),
        cmocka_unit_test(an_order_is_there_when_the_answer_says_so),
        WITH_LOGIN(an_error_has_the_status_and_the_details_of_what_led_to_it),
        WITH_LOGIN(retries_dry_up_whatever_the_failures_are),
        cmocka_unit_test(a_delivery_is_settled_by_the_409_alone),
        cmocka_unit_test(what_can_not_be_looked_up_stays_in_doubt),
        WITH_LOGIN(a_look_up_asks_for_the_reference_and_sends_nothing_else),
        WITH_LOGIN(what_was_stored_is_the_data),
        cmocka_unit_test(a_stored_order_that_is_cancelled_is_a_success_that_says_so),
        cmocka_unit_test(what_to_do_about_a_doubt_is_said),
        WITH_LOGIN(a_difference_is_named),
        cmocka_unit_test(what_led_to_a_look_up_is_what_is_told_when_it_fails),
        WITH_LOGIN(a_login_that_fails_leaves_the_doubt_and_says_so),
        WITH_LOGIN(retries_and_look_ups_are_events),
        cmocka_unit_test(what_the_server_asks_to_wait_is_waited),
        WITH_LOGIN(calls_that_fail_together_do_not_come_back_together),
        WITH_LOGIN(a_server_that_fails_for_long_is_asked_once_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
