#include "connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

enum { MANY = 20 };

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static void open_many(struct sockets *sockets, int *fds) {
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = sockets_open(sockets, AF_UNIX, SOCK_STREAM, 0);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(sockets->count, MANY);
}

static void what_is_left_open_is_closed_at_the_end(void **state) {
    (void)state;
    struct sockets sockets = {0};
    int fds[MANY];
    open_many(&sockets, fds);
    assert_int_equal(sockets_close(&sockets, fds[3]), 0);
    /* It is somebody else's from now on, though it has the same number. */
    int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(other, fds[3]);
    sockets_close_all(&sockets);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(is_open(fds[i]), fds[i] == other);
    close(other);
    sockets_free(&sockets);
}

static void a_program_that_is_started_does_not_inherit_them(void **state) {
    (void)state;
    struct sockets sockets = {0};
    int fd = sockets_open(&sockets, AF_UNIX, SOCK_STREAM, 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    sockets_close_all(&sockets);
    sockets_free(&sockets);
}

/* Connects a socket to a listener of ours; the other end of it is returned. */
static int connect_to(int listener, int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &size);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
    return accept(listener, NULL, NULL);
}

static int listen_anywhere(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 4);
    return listener;
}

static int port_of(int fd) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

static void one_that_can_be_read_from_is_not_silent(void **state) {
    (void)state;
    struct sockets sockets = {0};
    int listener = listen_anywhere();
    int quiet = sockets_open(&sockets, AF_INET, SOCK_STREAM, 0);
    int spoken_to = sockets_open(&sockets, AF_INET, SOCK_STREAM, 0);
    int ended = sockets_open(&sockets, AF_INET, SOCK_STREAM, 0);
    int others[] = {connect_to(listener, quiet), connect_to(listener, spoken_to),
                    connect_to(listener, ended)};
    assert_int_equal(send(others[1], "x", 1, 0), 1);
    close(others[2]);
    for (int i = 0; i < 2; i++) {
        assert_true(sockets_are_silent(&sockets, port_of(quiet)));
        assert_false(sockets_are_silent(&sockets, port_of(spoken_to)));
        assert_false(sockets_are_silent(&sockets, port_of(ended)));
        assert_false(sockets_are_silent(&sockets, port_of(listener))); /* none of ours */
    }
    char byte;
    assert_int_equal(recv(spoken_to, &byte, 1, 0), 1);
    assert_true(sockets_are_silent(&sockets, port_of(spoken_to)));
    sockets_close_all(&sockets);
    sockets_free(&sockets);
    close(others[0]);
    close(others[1]);
    close(listener);
}

static void one_whose_port_is_not_known_yet_is_asked_again(void **state) {
    (void)state;
    struct sockets sockets = {0};
    int listener = listen_anywhere();
    int fd = sockets_open(&sockets, AF_INET, SOCK_STREAM, 0);
    assert_false(sockets_are_silent(&sockets, port_of(listener)));
    int other = connect_to(listener, fd);
    assert_true(sockets_are_silent(&sockets, port_of(fd)));
    sockets_close_all(&sockets);
    sockets_free(&sockets);
    close(other);
    close(listener);
}

/* As two connections to different servers may. */
static void two_that_share_a_port_are_both_to_be_silent(void **state) {
    (void)state;
    struct sockets sockets = {0};
    int listener = listen_anywhere(), others[2];
    struct sockaddr_in address = {.sin_family = AF_INET};
    for (uint32_t i = 0; i < 2; i++) {
        int fd = sockets_open(&sockets, AF_INET, SOCK_STREAM, 0);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        address.sin_port = htons((uint16_t)port_of(fd));
        others[i] = connect_to(listener, fd);
    }
    assert_true(sockets_are_silent(&sockets, ntohs(address.sin_port)));
    assert_int_equal(send(others[1], "x", 1, 0), 1);
    assert_false(sockets_are_silent(&sockets, ntohs(address.sin_port)));
    sockets_close_all(&sockets);
    sockets_free(&sockets);
    close(others[0]);
    close(others[1]);
    close(listener);
}

static void what_cannot_be_opened_is_not_kept(void **state) {
    (void)state;
    struct sockets sockets = {0};
    assert_int_equal(sockets_open(&sockets, -1, SOCK_STREAM, 0), -1);
    assert_int_equal(errno, EAFNOSUPPORT);
    assert_int_equal(sockets.count, 0);
    sockets_free(&sockets);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_open_is_closed_at_the_end),
        cmocka_unit_test(a_program_that_is_started_does_not_inherit_them),
        cmocka_unit_test(one_that_can_be_read_from_is_not_silent),
        cmocka_unit_test(one_whose_port_is_not_known_yet_is_asked_again),
        cmocka_unit_test(two_that_share_a_port_are_both_to_be_silent),
        cmocka_unit_test(what_cannot_be_opened_is_not_kept),
    };
    return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
