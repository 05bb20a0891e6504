#include "sockets.h"

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
        cmocka_unit_test(what_cannot_be_opened_is_not_kept),
    };
    return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
