#include "secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "secret.h"

enum { MOST = 64 * 1024 };

static const char late[] = "it did not end in time";

/* Nothing to read, the pipe to print into, and what signals do by default: an ignored one would
 * stay so, and what is blocked here, too. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int output) {
    sigset_t none, ignored;
    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    int failed = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(attributes, &ignored);
    if (!failed)
        failed =
            posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return failed;
}

/* Starts the command, which prints into `output`. Returns 0, or what errno would be. */
static int start(const char *command, int output, pid_t *child) {
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed = prepare(&files, &attributes, output);
        if (!failed)
            failed = posix_spawn(child, "/bin/sh", &files, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* Reads until the pipe is closed. NULL, or what was wrong. */
static const char *read_all(int fd, char *text, size_t *size, usec deadline) {
    ssize_t got = -1;
    *size = 0;
    while (got != 0) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        usec left = deadline - system_clock.monotonic(NULL);
        int ready = left > 0 ? poll(&readable, 1, (int)(left / 1000) + 1) : 0;
        if (ready == 0)
            return late;
        if (*size == MOST)
            return "it printed far more than a secret can be";
        got = ready > 0 ? read(fd, text + *size, MOST - *size) : -1;
        if (got < 0 && errno != EINTR)
            return "what it printed can't be read";
        *size += got > 0 ? (size_t)got : 0;
    }
    return NULL;
}

/* Waits for the end of the child, which may go on when it has closed the pipe. Kills it when it is
 * not to go on, or time runs out. Returns what waitpid() does: 0 when it had to be killed. */
static pid_t await_end(pid_t child, bool may_go_on, usec deadline, int *status) {
    const struct timespec pause = {.tv_nsec = 2000000};
    pid_t ended = 0;
    while (may_go_on && ended == 0 && system_clock.monotonic(NULL) < deadline) {
        ended = waitpid(child, status, WNOHANG);
        if (ended == 0)
            nanosleep(&pause, NULL);
    }
    if (ended != 0)
        return ended;
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}

/* Whether a child that has ended so did what it was to; else fills in `why`. */
static bool ended_well(pid_t ended, int status, char why[SECRET_COMMAND_WHY]) {
    if (ended == 0)
        snprintf(why, SECRET_COMMAND_WHY, "%s", late);
    else if (ended < 0)
        snprintf(why, SECRET_COMMAND_WHY,
                 "how it ended can't be told, since this program has SIGCHLD ignored");
    else if (WIFSIGNALED(status))
        snprintf(why, SECRET_COMMAND_WHY, "it was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        snprintf(why, SECRET_COMMAND_WHY, "its exit status was %d%s", WEXITSTATUS(status),
                 WEXITSTATUS(status) == 127 ? ": there is no such program" : "");
    else
        return true;
    return false;
}

/* The first line alone is kept. */
static size_t cut(char *text, size_t size) {
    size_t length = 0;
    while (length < size && text[length] != '\n')
        length++;
    if (length > 0 && text[length - 1] == '\r')
        length--;
    explicit_bzero(text + length, size - length);
    return length;
}

/* Hears the child out into `text`; returns whether that is a secret. */
static bool hear(pid_t child, int fd, char *text, size_t *size, double seconds,
                 char why[SECRET_COMMAND_WHY]) {
    const usec deadline = system_clock.monotonic(NULL) + usec_from_seconds(seconds);
    const char *wrong = read_all(fd, text, size, deadline);
    int status;
    pid_t ended = await_end(child, !wrong, deadline, &status);
    if (!wrong && !ended_well(ended, status, why))
        return false;
    *size = wrong ? 0 : cut(text, *size);
    if (!wrong && *size == 0)
        wrong = "it printed nothing";
    if (wrong)
        snprintf(why, SECRET_COMMAND_WHY, "%s", wrong);
    return !wrong;
}

/* Spawns with SIGCHLD blocked, so that a handler of the program's can't take our child's end. */
static bool run(const char *command, char *text, size_t *size, double seconds,
                char why[SECRET_COMMAND_WHY]) {
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(why, SECRET_COMMAND_WHY, "it can't be run: %s", strerror(errno));
        return false;
    }
    sigset_t child_ends, before;
    sigemptyset(&child_ends);
    sigaddset(&child_ends, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child_ends, &before);
    int failed = start(command, ends[1], &child);
    close(ends[1]);
    bool heard = !failed && hear(child, ends[0], text, size, seconds, why);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[0]);
    if (failed)
        snprintf(why, SECRET_COMMAND_WHY, "it can't be run: %s", strerror(failed));
    return heard;
}

char *secret_from_command(const char *command, double seconds, size_t *size,
                          char why[SECRET_COMMAND_WHY]) {
    char *text = secret_alloc(MOST + 1);
    if (!text)
        snprintf(why, SECRET_COMMAND_WHY, "%s", strerror(ENOMEM));
    else if (run(command, text, size, seconds, why))
        return text;
    secret_free(text);
    return NULL;
}
