#include "check.h"
#include "client.h"

static void events_come_out_in_order_as_copies(void **state) {
    (void)state;
    struct event_queue queue;
    struct spreetail_event event;
    char message[] = "one";
    event_queue_init(&queue);
    event_queue_add(&queue, &(struct spreetail_event){.type = SPREETAIL_EVENT_LOGIN_FAILED,
                                                      .message = message,
                                                      .status = 500});
    event_queue_add(&queue, &(struct spreetail_event){.type = SPREETAIL_EVENT_CALL,
                                                      .method = (char *)"GET",
                                                      .path = (char *)"/a",
                                                      .reference = (char *)"R"});
    message[0] = 'X';
    assert_true(event_queue_take(&queue, &event));
    assert_string_equal(event.message, "one");
    assert_int_equal(event.status, 500);
    assert_null(event.method);
    spreetail_event_clear(&event);
    assert_null(event.message);
    assert_true(event_queue_take(&queue, &event));
    assert_string_equal(event.path, "/a");
    assert_string_equal(event.reference, "R");
    spreetail_event_clear(&event);
    assert_false(event_queue_take(&queue, &event));
}

static void events_that_nobody_fetches_are_dropped_and_counted(void **state) {
    (void)state;
    struct event_queue queue;
    event_queue_init(&queue);
    for (int i = 0; i < 10500; i++)
        event_queue_add(&queue, &(struct spreetail_event){.type = SPREETAIL_EVENT_CALL});
    assert_int_equal(queue.count, 10000);
    assert_int_equal(queue.dropped, 500);
    event_queue_clear(&queue);
    assert_int_equal(queue.count, 0);
}

static void every_type_has_a_name(void **state) {
    (void)state;
    for (int type = 0; type <= SPREETAIL_EVENT_TRACE; type++)
        assert_non_null(spreetail_event_name((enum spreetail_event_type)type));
    assert_string_equal(spreetail_event_name(SPREETAIL_EVENT_LOGIN_FAILED), "login_failed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_in_order_as_copies),
        cmocka_unit_test(events_that_nobody_fetches_are_dropped_and_counted),
        cmocka_unit_test(every_type_has_a_name),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
