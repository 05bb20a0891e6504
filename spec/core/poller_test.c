#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "poller.h"
#include "spreetail.h"

struct pair {
    int poller, ends[2];
};

static struct pair open_pair(void) {
    struct pair pair = {.poller = poller_open()};
    assert_true(pair.poller >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.ends), 0);
    return pair;
}

static void close_pair(struct pair *pair) {
    close(pair->poller);
    close(pair->ends[0]);
    close(pair->ends[1]);
}

static void it_tells_what_it_watches_for_and_no_more(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct poller_event event;
    poller_watch(pair.poller, pair.ends[0], true, false);
    assert_int_equal(poller_events(pair.poller, &event, 1), 0);
    poller_watch(pair.poller, pair.ends[0], true, true);
    assert_int_equal(poller_events(pair.poller, &event, 1), 1);
    assert_int_equal(event.fd, pair.ends[0]);
    assert_true(event.writable);
    assert_false(event.readable);
    poller_watch(pair.poller, pair.ends[0], true, false);
    assert_int_equal(write(pair.ends[1], "x", 1), 1);
    assert_int_equal(poller_events(pair.poller, &event, 1), 1);
    assert_true(event.readable);
    assert_false(event.writable);
    close_pair(&pair);
}

static void what_is_left_is_told_again(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct poller_event event;
    poller_watch(pair.poller, pair.ends[0], true, false);
    assert_int_equal(write(pair.ends[1], "x", 1), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(poller_events(pair.poller, &event, 1), 1);
    close_pair(&pair);
}

static void a_closed_peer_is_something_to_read(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct poller_event event;
    poller_watch(pair.poller, pair.ends[0], true, false);
    shutdown(pair.ends[1], SHUT_RDWR);
    assert_int_equal(poller_events(pair.poller, &event, 1), 1);
    assert_true(event.readable);
    close_pair(&pair);
}

static void what_was_forgotten_is_not_told(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct poller_event event;
    poller_watch(pair.poller, pair.ends[0], true, true);
    poller_forget(pair.poller, pair.ends[0]);
    poller_forget(pair.poller, pair.ends[0]);
    assert_int_equal(poller_events(pair.poller, &event, 1), 0);
    close_pair(&pair);
}

static void no_more_events_come_than_there_is_room_for(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct poller_event events[2];
    poller_watch(pair.poller, pair.ends[0], false, true);
    poller_watch(pair.poller, pair.ends[1], false, true);
    assert_int_equal(poller_events(pair.poller, events, 1), 1);
    assert_int_equal(poller_events(pair.poller, events, 2), 2);
    close_pair(&pair);
}

static void its_descriptor_can_be_waited_for(void **state) {
    (void)state;
    struct pair pair = open_pair();
    poller_watch(pair.poller, pair.ends[0], false, true);
    double before = usec_to_seconds(system_clock.monotonic(NULL));
    poller_wait(pair.poller, 30);
    poller_wait(pair.poller, -1);
    poller_wait(-1, 0);
    poller_wait(-1, 0.001);
    assert_within(usec_to_seconds(system_clock.monotonic(NULL)) - before, 0.001, 10);
    close_pair(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_what_it_watches_for_and_no_more),
        cmocka_unit_test(what_is_left_is_told_again),
        cmocka_unit_test(a_closed_peer_is_something_to_read),
        cmocka_unit_test(what_was_forgotten_is_not_told),
        cmocka_unit_test(no_more_events_come_than_there_is_room_for),
        cmocka_unit_test(its_descriptor_can_be_waited_for),
    };
    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
