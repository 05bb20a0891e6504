/* A whole client over real sockets, with everything that libcurl says as events. */
#include "check.h"
#include "server.h"
#include "spreetail.h"

#define SECRET "open-sesame-0123456789"
#define TOKEN "opaque-token-of-the-server"

static const struct server_answer answers[] = {
    {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 84\r\n\r\n"
              "{\"success\":true,\"data\":{\"access_token\":\"" TOKEN "\",\"expires_in\":9}}"},
    {.bytes = "HTTP/1.1 400 Bad\r\nX-Echo: " TOKEN "\r\nX-Secret: " SECRET "\r\n"
              "Content-Length: 44\r\n\r\n{\"error\":\"bad " TOKEN "\"}  "},
};

static spreetail_client *open_client(const struct server *server) {
    char url[64];
    struct spreetail_error error;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1", server->port);
    const struct spreetail_options options = {
        .client_id = "channel-7",
        .client_secret = SECRET,
        .base_url = url,
        .allow_http = true,
        .trace = true,
    };
    spreetail_client *client = spreetail_open(&options, &error);
    assert_non_null(client);
    return client;
}

static spreetail_call *call_and_wait(spreetail_client *client) {
    const struct spreetail_request request = {.method = "GET", .path = "/inventory"};
    spreetail_call *call = spreetail_start(client, &request);
    while (!spreetail_done(call)) {
        spreetail_step(client);
        struct spreetail_event event;
        while (spreetail_next_event(client, &event)) {
            if (event.message) {
                assert_lacks(event.message, TOKEN);
                assert_lacks(event.message, SECRET);
            }
            spreetail_event_clear(&event);
        }
        if (!spreetail_done(call))
            spreetail_wait(client, 10);
    }
    return call;
}

static void what_libcurl_says_holds_no_secret(void **state) {
    (void)state;
    struct server server;
    server_start(&server, answers, COUNT_OF(answers));
    spreetail_client *client = open_client(&server);
    spreetail_call *call = call_and_wait(client);
    const struct spreetail_result *result = spreetail_result(call);
    assert_int_equal(result->status, 400);
    assert_contains(result->error.message, "bad ***");
    spreetail_drop(call);
    spreetail_release(client);
    server_stop(&server);
    assert_int_equal(server.requests, 2);
    assert_contains(server.heads[0], "POST /v1/auth/login HTTP/1.1\r\n");
    assert_null(strcasestr(server.heads[0], "authorization"));
    assert_contains(server.heads[1], "Authorization: Bearer " TOKEN "\r\n");
    server_free(&server);
}

static void it_is_there_as_events(void **state) {
    (void)state;
    struct server server;
    server_start(&server, answers, COUNT_OF(answers));
    spreetail_client *client = open_client(&server);
    const struct spreetail_request request = {.method = "GET", .path = "/inventory"};
    spreetail_call *call = spreetail_start(client, &request);
    while (!spreetail_done(call)) {
        spreetail_step(client);
        if (!spreetail_has_news(client))
            spreetail_wait(client, 10);
    }
    struct spreetail_event event;
    bool sent = false, received = false;
    while (spreetail_next_event(client, &event)) {
        bool traced = event.type == SPREETAIL_EVENT_TRACE;
        sent |= traced && strcmp(event.message, "> Authorization: Bearer ***") == 0;
        received |= traced && strcmp(event.message, "< X-Echo: ***") == 0;
        spreetail_event_clear(&event);
    }
    assert_true(sent);
    assert_true(received);
    spreetail_drop(call);
    spreetail_release(client);
    server_stop(&server);
    server_free(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libcurl_says_holds_no_secret),
        cmocka_unit_test(it_is_there_as_events),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
