/*
 * Memory that runs out at every point of a client's life, one after the other. This program alone
 * is linked with --wrap for the functions below, so that the core's allocations come here.
 */
#include <sys/mman.h>

#include "check.h"
#include "scene.h"
#include "secret.h"
#include "secret_command.h"

static long countdown; /* the allocation that fails, counted down; 0: none */
static bool forever;   /* all that follow it fail, too */
static long counted;

static bool fails(void) {
    counted++;
    if (countdown == 0 || --countdown > 0)
        return false;
    countdown = forever;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size) {
    return fails() ? NULL : __real_strndup(text, size);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    return fails() ? MAP_FAILED : __real_mmap(address, size, protection, flags, fd, offset);
}

static const char good_data[] = "{\"success\":true,\"data\":{\"n\":[1,2,{\"a\":\"b\"}]}}";
static const char refused[] = "{\"success\":false,\"error\":\"Invalid or expired token\"}";
static const char bad_data[] =
    "{\"success\":false,\"error\":\"no\",\"details\":{\"" SCENE_SECRET "\":\"" SCENE_SECRET "\"}}";
static const char token[] =
    "{\"success\":true,\"data\":{\"access_token\":\"e30.eyJpYXQiOjEsImV4cCI6OTk5OTl9.c2ln\"}}";

/* The server's part. A token is refused once; of an order the answer is lost, then it is there. */
struct server {
    struct fake *fake;
    int refusals, losses;
};

static void answer_call(struct server *server, struct exchange *exchange) {
    bool is_order = strstr(exchange->url, "/outbound");
    if (server->refusals-- > 0)
        fake_answer(server->fake, exchange, 401, refused);
    else if (is_order && server->losses-- > 0)
        fake_fail(server->fake, exchange, EXCHANGE_LOST, true, 0);
    else if (is_order)
        fake_answer(server->fake, exchange, 409, refused);
    else if (strstr(exchange->url, "/bad"))
        fake_answer_with(server->fake, exchange, 400, "x-a: b", bad_data);
    else
        fake_answer_with(server->fake, exchange, 200, "x-a: b", good_data);
}

/* Answers one exchange, with memory of the server's own; false: there is none. */
static bool answer_one(struct server *server) {
    long saved = countdown;
    struct exchange *login = fake_login(server->fake), *exchange = fake_running(server->fake, 0);
    countdown = 0;
    if (login)
        fake_answer(server->fake, login, 200, token);
    else if (exchange)
        answer_call(server, exchange);
    countdown = saved;
    return login || exchange;
}

/* Drives all calls to their end; time passes only when there is nothing else to do. */
static void drive(struct fake *fake, spreetail_client *client) {
    struct server server = {.fake = fake, .refusals = 1, .losses = 1};
    for (int rounds = 0; spreetail_step(client) > 0; rounds++) {
        assert_true(rounds < 1000);
        if (!answer_one(&server) && TAILQ_EMPTY(&fake->done))
            fake_advance(fake, 1);
    }
}

static void take_events(spreetail_client *client) {
    struct spreetail_event event;
    while (spreetail_next_event(client, &event))
        spreetail_event_clear(&event);
    while (spreetail_next_settled(client))
        continue;
}

enum { CALLS = 4 };

static void start_calls(spreetail_client *client, spreetail_call **calls) {
    static const char *const headers[] = {"X-A: b", NULL};
    struct spreetail_request request = scene_changing();
    request.headers = headers;
    request.body = "{\"n\":[1,2,{\"a\":\"b\"}]}";
    request.body_size = strlen(request.body);
    request.idempotent = true;
    request.settling = SPREETAIL_SETTLE_ORDER;
    calls[0] = spreetail_start(client, &request);
    request.settling = SPREETAIL_SETTLE_NOTHING;
    request.path = "/bad";
    calls[1] = spreetail_start(client, &request);
    request.path = "no path";
    calls[2] = spreetail_start(client, &request);
    calls[3] = spreetail_login(client, 0, 0, -1);
    for (int i = 0; i < CALLS; i++)
        if (calls[i])
            spreetail_watch(calls[i]);
}

static void end_calls(spreetail_call **calls) {
    for (int i = 0; i < CALLS; i++) {
        if (!calls[i])
            continue;
        const struct spreetail_result *result = spreetail_result(calls[i]);
        assert_non_null(result);
        if (result->error.kind != SPREETAIL_OK)
            assert_non_null(result->error.message);
        spreetail_drop(calls[i]);
    }
}

/* Memory is back: everything works. */
static void expect_that_it_works(struct fake *fake, spreetail_client *client) {
    fake_advance(fake, 100);
    struct spreetail_request request = scene_reading();
    spreetail_call *call = spreetail_start(client, &request);
    assert_non_null(call);
    drive(fake, client);
    scene_expect_success(call);
}

/* One whole life of a client, in which the allocation number `nth` fails. */
static void live_through(long nth) {
    struct fake fake;
    struct spreetail_error error;
    struct spreetail_options options = scene_options();
    spreetail_call *calls[CALLS];
    fake_init(&fake);
    options.user_agent = "test";
    counted = 0;
    countdown = nth;
    spreetail_client *client = client_open(&options, fake_platform(&fake, 1), &error);
    if (!client) {
        countdown = 0;
        assert_int_equal(error.kind, SPREETAIL_CONFIG);
        assert_contains(error.message, "memory");
        spreetail_error_clear(&error);
        return;
    }
    start_calls(client, calls);
    drive(&fake, client);
    take_events(client);
    end_calls(calls);
    long rest = countdown;
    countdown = 0;
    expect_that_it_works(&fake, client);
    countdown = rest;
    spreetail_release(client);
    countdown = 0;
}

static int use_our_memory_in_jansson(void **state) {
    (void)state;
    /* Here `malloc` is ours; so jansson's memory comes from us, by way of the core's wiping. */
    json_set_alloc_funcs(malloc, free);
    return 0;
}

static void each_allocation_may_fail_once(void **state) {
    (void)state;
    forever = false;
    live_through(0);
    long all = counted;
    assert_true(all > 50);
    for (long nth = 1; nth <= all; nth++)
        live_through(nth);
}

static void from_each_allocation_on_all_may_fail(void **state) {
    (void)state;
    forever = true;
    live_through(0);
    long all = counted;
    for (long nth = 1; nth <= all; nth++)
        live_through(nth);
}

static void the_systems_cas_are_there_or_memory_ran_out(void **state) {
    (void)state;
    struct trust *trust = NULL;
    for (long nth = 1; !trust; nth++) {
        assert_true(nth < 100);
        countdown = nth;
        forever = false;
        trust = trust_load_system("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs");
        assert_int_equal(trust == NULL, countdown == 0);
    }
    countdown = 0;
    trust_free(trust);
}

static void a_secret_is_printed_by_a_command_or_memory_ran_out(void **state) {
    (void)state;
    char *secret = NULL;
    for (long nth = 1; !secret; nth++) {
        char why[SECRET_COMMAND_WHY];
        size_t size;
        assert_true(nth < 100);
        countdown = nth;
        forever = false;
        secret = secret_from_command("echo sesame", 10, &size, why);
        assert_int_equal(secret == NULL, countdown == 0);
        if (!secret)
            assert_string_equal(why, "Cannot allocate memory");
    }
    countdown = 0;
    assert_string_equal(secret, "sesame");
    secret_free(secret);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail_once),
        cmocka_unit_test(from_each_allocation_on_all_may_fail),
        cmocka_unit_test(the_systems_cas_are_there_or_memory_ran_out),
        cmocka_unit_test(a_secret_is_printed_by_a_command_or_memory_ran_out),
    };
    return cmocka_run_group_tests_name("allocation", tests, use_our_memory_in_jansson, NULL);
}
