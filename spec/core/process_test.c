/* Which process this is. */
#include "process.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void a_process_keeps_its_number(void **state) {
    (void)state;
    uint64_t number = process_number();
    assert_true(number != 0);
    assert_true(process_number() == number);
}

/* The exit status of a child that was made so and does that. */
static int status_of_a_child(long (*make)(void), int (*body)(uint64_t parents)) {
    int status = -1;
    uint64_t parents = process_number();
    long child = make();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body(parents));
    assert_int_equal(waitpid((pid_t)child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static long by_fork(void) {
    return fork();
}

/* As programs do that know nothing of pthread_atfork(). */
static long by_system_call(void) {
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static int has_another_number(uint64_t parents) {
    uint64_t number = process_number();
    return number != 0 && number != parents && process_number() == number ? 0 : 1;
}

/* The number of a grandchild is neither its parent's nor its grandparent's. */
static int has_a_child_with_a_third(uint64_t parents) {
    uint64_t own = process_number();
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(process_number() == own || process_number() == parents);
    waitpid(child, &status, 0);
    return own == parents || status;
}

static void a_child_has_a_number_of_its_own(void **state) {
    (void)state;
    uint64_t number = process_number();
    assert_int_equal(status_of_a_child(by_fork, has_another_number), 0);
    assert_int_equal(status_of_a_child(by_system_call, has_another_number), 0);
    assert_int_equal(status_of_a_child(by_fork, has_a_child_with_a_third), 0);
    assert_true(process_number() == number);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_keeps_its_number),
        cmocka_unit_test(a_child_has_a_number_of_its_own),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
