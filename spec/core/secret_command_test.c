#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "secret.h"
#include "secret_command.h"

static void expect_secret(const char *command, const char *expected) {
    char why[SECRET_COMMAND_WHY] = "";
    size_t size = 0;
    char *secret = secret_from_command(command, 10, &size, why);
    if (!secret)
        fail_msg("%s: %s", command, why);
    assert_string_equal(secret, expected);
    assert_int_equal(size, strlen(expected));
    secret_free(secret);
}

static void expect_failure(const char *command, double seconds, const char *expected) {
    char why[SECRET_COMMAND_WHY] = "";
    size_t size;
    char *secret = secret_from_command(command, seconds, &size, why);
    assert_null(secret);
    assert_string_equal(why, expected);
}

static void the_first_line_that_is_printed_is_the_secret(void **state) {
    (void)state;
    expect_secret("echo sesame", "sesame");
    expect_secret("printf sesame", "sesame");
    expect_secret("printf 'sesame\\r\\n'", "sesame");
    expect_secret("printf 'sesame\\nurl: shop.example\\n'", "sesame");
    expect_secret("printf ses; sleep 0.05; printf 'ame\\n'", "sesame");
    expect_secret("echo sesame | cat", "sesame");
}

static void nothing_of_what_follows_is_kept(void **state) {
    (void)state;
    char why[SECRET_COMMAND_WHY];
    size_t size;
    char *secret = secret_from_command("printf 'sesame\\nother'", 10, &size, why);
    assert_non_null(secret);
    for (size_t i = size; i < 64 * 1024; i++)
        assert_int_equal(secret[i], '\0');
    secret_free(secret);
}

static void a_command_that_fails_gives_none_whatever_it_prints(void **state) {
    (void)state;
    expect_failure("echo sesame; exit 3", 10, "its exit status was 3");
    expect_failure("exec /nonexistent/pass 2> /dev/null", 10,
                   "its exit status was 127: there is no such program");
    expect_failure("echo sesame; kill -KILL $$", 10, "it was ended by signal 9 (Killed)");
    expect_failure("echo sesame | (read x; exit 1)", 10, "its exit status was 1");
}

static void no_output_is_no_secret(void **state) {
    (void)state;
    expect_failure("true", 10, "it printed nothing");
    expect_failure("echo", 10, "it printed nothing");
    expect_failure("printf '\\nsesame\\n'", 10, "it printed nothing");
    expect_failure("echo sesame 2> /dev/null >&2", 10, "it printed nothing");
}

static void endless_output_is_ended(void **state) {
    (void)state;
    expect_failure("yes", 10, "it printed far more than a secret can be");
    expect_failure("head -c 65537 /dev/zero", 10, "it printed far more than a secret can be");
}

static void a_command_that_does_not_end_is_ended(void **state) {
    (void)state;
    usec began = system_clock.monotonic(NULL);
    expect_failure("echo sesame; exec sleep 30", 0.1, "it did not end in time");
    expect_failure("echo sesame; exec > /dev/null; kill -STOP $$", 0.1, "it did not end in time");
    assert_true(system_clock.monotonic(NULL) - began < 5 * USEC_PER_SEC);
}

static void it_reads_nothing_of_ours(void **state) {
    (void)state;
    int ends[2], before = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "order\n", 6), 6);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    expect_secret("cat; echo sesame", "sesame");
    char left[8];
    assert_int_equal(read(STDIN_FILENO, left, sizeof left), 6);
    dup2(before, STDIN_FILENO);
    close(before);
    close(ends[0]);
}

static void signals_are_as_usual_for_it(void **state) {
    (void)state;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    sigset_t blocked, mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &mask);
    expect_failure("echo sesame; kill -TERM $$", 10, "it was ended by signal 15 (Terminated)");
    expect_failure("echo sesame; kill -PIPE $$", 10, "it was ended by signal 13 (Broken pipe)");
    sigprocmask(SIG_SETMASK, &mask, NULL);
    signal(SIGPIPE, before);
}

static void take_every_child(int number) {
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* As nginx does. */
static void a_program_that_takes_all_children_leaves_this_one(void **state) {
    (void)state;
    void (*before)(int) = signal(SIGCHLD, take_every_child);
    expect_secret("echo sesame", "sesame");
    expect_failure("exit 3", 10, "its exit status was 3");
    signal(SIGCHLD, SIG_IGN);
    expect_failure("echo sesame", 10,
                   "how it ended can't be told, since this program has SIGCHLD ignored");
    signal(SIGCHLD, before);
}

static void nothing_is_left_of_it(void **state) {
    (void)state;
    int first = dup(STDIN_FILENO);
    close(first);
    expect_secret("echo sesame", "sesame");
    expect_failure("yes", 10, "it printed far more than a secret can be");
    int second = dup(STDIN_FILENO);
    close(second);
    assert_int_equal(first, second);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_that_is_printed_is_the_secret),
        cmocka_unit_test(nothing_of_what_follows_is_kept),
        cmocka_unit_test(a_command_that_fails_gives_none_whatever_it_prints),
        cmocka_unit_test(no_output_is_no_secret),
        cmocka_unit_test(endless_output_is_ended),
        cmocka_unit_test(a_command_that_does_not_end_is_ended),
        cmocka_unit_test(it_reads_nothing_of_ours),
        cmocka_unit_test(signals_are_as_usual_for_it),
        cmocka_unit_test(a_program_that_takes_all_children_leaves_this_one),
        cmocka_unit_test(nothing_is_left_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
