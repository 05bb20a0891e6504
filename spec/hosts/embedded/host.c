/* host.c: a program with a Lua of its own, as games and tools are. It loads program.lua into a
 * state, calls its function `frame` until that returns false, and closes the state: several times
 * in a row, several threads at a time, and in the middle of calls. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *script;

struct session {
    const char *name; /* its orders begin so */
    int frames;       /* then it is closed, whatever is pending; 0: when the program says so */
    int accepted;
    bool failed;
};

static bool complain(lua_State *L, struct session *session) {
    fprintf(stderr, "%s: %s\n", session->name, lua_tostring(L, -1));
    session->failed = true;
    return false;
}

/* One frame; false: it was the last. */
static bool frame(lua_State *L, struct session *session) {
    lua_getglobal(L, "frame");
    if (lua_pcall(L, 0, 2, 0) != 0)
        return complain(L, session);
    bool more = lua_toboolean(L, -2);
    session->accepted = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return more;
}

static void *run(void *argument) {
    struct session *session = argument;
    const struct timespec pause = {.tv_nsec = 2000000};
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushstring(L, session->name);
    lua_setglobal(L, "name");
    if (luaL_loadfile(L, script) != 0 || lua_pcall(L, 0, 0, 0) != 0) {
        complain(L, session);
    } else {
        int frames = 0;
        while (frame(L, session) && (session->frames == 0 || frames++ < session->frames))
            nanosleep(&pause, NULL);
    }
    lua_close(L);
    return NULL;
}

static int passed, failed;

static void check(bool holds, const char *what) {
    printf("%s%s\n", holds ? "ok      " : "FAILED  ", what);
    if (holds)
        passed++;
    else
        failed++;
}

enum { ORDERS = 20, THREADS = 3 };

int main(int count, char **arguments) {
    if (count != 2)
        return 2;
    script = arguments[1];

    struct session first = {.name = "FIRST"}, second = {.name = "SECOND"};
    run(&first);
    check(!first.failed && first.accepted == ORDERS, "a state creates its orders");
    run(&second);
    check(!second.failed && second.accepted == ORDERS, "and another when that is closed");

    struct session cut = {.name = "CUT", .frames = 3};
    run(&cut);
    check(!cut.failed, "a state may be closed with calls under way");

    struct session sessions[THREADS] = {{.name = "ONE"}, {.name = "TWO"}, {.name = "THREE"}};
    pthread_t threads[THREADS];
    bool good = true;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, run, &sessions[i]) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        good = good && !sessions[i].failed && sessions[i].accepted == ORDERS;
    }
    check(good, "states in threads don't mind each other");

    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
