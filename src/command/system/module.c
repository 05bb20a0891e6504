/*
 * module.c: luaopen_spreetail_command_system, what the command needs of the system and Lua hasn't,
 * or has too slow.
 *
 * On the first SIGINT, SIGTERM or SIGHUP a flag alone is set, and waits end; on the second of the
 * same kind the process ends at once, as the system has it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../lua/compat.h"
#include "fields.h"
#include "names.h"
#include "seen.h"

#define MOST_READ (64 << 20)

static volatile sig_atomic_t caught;

static void catch_signal(int signal) {
    caught = signal;
}

/* Whoever has had a signal ignored, as nohup does, has it stay so. (Not SIGINT: the `lua` program
 * catches that one before we are asked.) */
static void catch_unless_ignored(int signal) {
    struct sigaction before, action = {.sa_handler = catch_signal, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

/* catch_signals(): from now on. Writing to a pipe that nobody reads is an error, and no signal. */
static int catch_signals(lua_State *L) {
    (void)L;
    catch_unless_ignored(SIGINT);
    catch_unless_ignored(SIGTERM);
    catch_unless_ignored(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

/* caught_signal(): the number of the signal that was caught, or nil. */
static int caught_signal(lua_State *L) {
    int signal = caught;
    if (signal)
        lua_pushinteger(L, signal);
    else
        lua_pushnil(L);
    return 1;
}

/* die_of(number): ends the process by that signal, which tells a shell that runs it in a loop more
 * than a status does. */
static int die_of(lua_State *L) {
    int number = (int)luaL_checkinteger(L, 1);
    signal(number, SIG_DFL);
    raise(number);
    return luaL_error(L, "signal %d is blocked", number);
}

/* is_terminal(fd) */
static int is_terminal(lua_State *L) {
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)) == 1);
    return 1;
}

/* columns(fd): how wide the terminal is, or nil when it is none or doesn't say. */
static int columns(lua_State *L) {
    struct winsize size;
    if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        lua_pushinteger(L, size.ws_col);
    else
        lua_pushnil(L);
    return 1;
}

/* sleep(seconds): until then, or a signal. */
static int sleep_for(lua_State *L) {
    double seconds = luaL_checknumber(L, 1);
    time_t whole = (time_t)seconds;
    struct timespec pause = {.tv_sec = whole, .tv_nsec = (long)((seconds - (double)whole) * 1e9)};
    nanosleep(&pause, NULL);
    return 0;
}

static int push_failure(lua_State *L, int reason) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    lua_pushinteger(L, reason);
    return 3;
}

/* mode(path): a table of what the system says of a file: `owner` (a user's number), `kind` ("file",
 * "directory", "other"), and whether `others_may_write` and `others_may_read` it (others: its group
 * included); or nil, why, and errno. */
static int mode(lua_State *L) {
    struct stat file;
    if (stat(luaL_checkstring(L, 1), &file) != 0)
        return push_failure(L, errno);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)file.st_uid);
    lua_setfield(L, -2, "owner");
    lua_pushstring(L, S_ISREG(file.st_mode)   ? "file"
                      : S_ISDIR(file.st_mode) ? "directory"
                                              : "other");
    lua_setfield(L, -2, "kind");
    lua_pushboolean(L, (file.st_mode & (S_IWGRP | S_IWOTH)) != 0);
    lua_setfield(L, -2, "others_may_write");
    lua_pushboolean(L, (file.st_mode & (S_IRGRP | S_IROTH)) != 0);
    lua_setfield(L, -2, "others_may_read");
    return 1;
}

/* user(): the number of the user that we act as. */
static int user(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)geteuid());
    return 1;
}

/* Whether something can be read, or the end, within so many milliseconds; false also when a signal
 * came meanwhile. */
static bool wait_readable(int fd, int milliseconds) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, milliseconds) > 0;
}

/* read(fd, size, seconds): what can be read now, at most `size` bytes; "" at the end; nil when
 * nothing came within so many seconds; nil and why when it can't be read. */
static int read_some(lua_State *L) {
    int fd = (int)luaL_checkinteger(L, 1);
    lua_Integer size = luaL_checkinteger(L, 2);
    luaL_argcheck(L, size > 0 && size <= MOST_READ, 2, "too little or too much");
    double seconds = luaL_checknumber(L, 3);
    if (!wait_readable(fd, (int)(seconds * 1000))) {
        lua_pushnil(L);
        return 1;
    }
    char *bytes = new_userdata(L, (size_t)size);
    ssize_t count = read(fd, bytes, (size_t)size);
    if (count >= 0) {
        lua_pushlstring(L, bytes, (size_t)count);
        return 1;
    }
    if (errno != EINTR && errno != EAGAIN)
        return push_failure(L, errno);
    lua_pushnil(L);
    return 1;
}

/* make_private_directories(path): has this directory be there, and those that it is in; what was
 * missing only its user can look into. Returns true, or nil, why, and errno. */
static int make_private_directories(lua_State *L) {
    size_t length;
    const char *path = luaL_checklstring(L, 1, &length);
    char *part = new_userdata(L, length + 1);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, S_IRWXU) != 0 && errno != EEXIST)
            return push_failure(L, errno);
        part[i] = path[i];
    }
    lua_pushboolean(L, true);
    return 1;
}

/* become(program, ...): has another program run in place of this one; returns nil and why when that
 * can't be. */
static int become(lua_State *L) {
    int count = lua_gettop(L);
    const char **arguments = new_userdata(L, ((size_t)count + 1) * sizeof *arguments);
    for (int i = 1; i <= count; i++)
        arguments[i - 1] = luaL_checkstring(L, i);
    arguments[count] = NULL;
    signal(SIGPIPE, SIG_DFL); /* which an ignored one would stay */
    execvp(arguments[0], (char *const *)arguments);
    int reason = errno;
    signal(SIGPIPE, SIG_IGN);
    return push_failure(L, reason);
}

__attribute__((visibility("default"))) int luaopen_spreetail_command_system(lua_State *L);

int luaopen_spreetail_command_system(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"catch_signals", catch_signals},
        {"caught_signal", caught_signal},
        {"die_of", die_of},
        {"is_terminal", is_terminal},
        {"columns", columns},
        {"sleep", sleep_for},
        {"mode", mode},
        {"user", user},
        {"read", read_some},
        {"fields", read_fields},
        {"field", read_field},
        {"make_private_directories", make_private_directories},
        {"has_all_names", has_all_names},
        {"seen", seen_new},
        {"become", become},
        {NULL, NULL},
    };
    seen_register(L);
    luaL_newlib(L, functions);
    lua_pushinteger(L, SIGPIPE);
    lua_setfield(L, -2, "SIGPIPE");
    return 1;
}
