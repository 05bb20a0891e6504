/*
 * allocation SCRIPT...: memory that runs out under a Lua program.
 *
 * A script returns three functions: one that prepares, one that is tried, one for afterwards. They
 * are run again and again, in a state of their own, while the second has its Nth allocation fail,
 * N from 1 to where nothing fails any more; it may raise. The third runs when there is memory
 * again, with what was left behind, and has to return true. Then the state is closed: nothing may
 * be left: no memory, no descriptor. The heap is looked at with GLIBC_TUNABLES=
 * glibc.malloc.tcache_count=0; a sanitizer or valgrind sees for itself.
 *
 * Allocations are Lua's; with spec/faults/failing_malloc.so preloaded they are those of the core
 * (libcurl and jansson ask through it) and of the C library. With SPEC_COUNTS=small, every 13th N.
 *
 * The last line is "N passed, N failed".
 */
#include <dirent.h>
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A garbage collection and a second try follow a failure, from Lua 5.2 on. */
#if LUA_VERSION_NUM >= 502
enum { TRIES = 2 };
#else
enum { TRIES = 1 };
#endif

static void (*arm_malloc)(long nth, int forever);
static long (*disarm_malloc)(void);
static void (*only_malloc)(const char *substring);

struct mode {
    const char *name;
    const char *object; /* whose malloc fails; NULL: it is Lua's allocator that does */
    bool forever;
};

/* Lua's allocations, while they are counted. */
struct memory {
    size_t in_use;
    long count, nth;
    bool armed, forever, failed;
};

static void *allocate(void *context, void *old, size_t old_size, size_t size) {
    struct memory *memory = context;
    if (!old)
        old_size = 0; /* it says what kind of object is made */
    if (size == 0) {
        memory->in_use -= old_size;
        free(old);
        return NULL;
    }
    if (memory->armed && size > old_size) { /* Lua relies on shrinking */
        memory->count++;
        if (memory->count >= memory->nth &&
            (memory->forever || memory->count < memory->nth + TRIES)) {
            memory->failed = true;
            return NULL;
        }
    }
    void *new = realloc(old, size);
    if (new)
        memory->in_use += size - old_size;
    return new;
}

static void arm(struct memory *memory, const struct mode *mode, long nth) {
    if (mode->object) {
        only_malloc(mode->object);
        arm_malloc(nth, mode->forever);
    } else {
        *memory = (struct memory){
            .in_use = memory->in_use, .nth = nth, .armed = true, .forever = mode->forever};
    }
}

/* Returns whether an allocation has failed. */
static bool disarm(struct memory *memory, const struct mode *mode, long nth) {
    memory->armed = false;
    return mode->object ? disarm_malloc() >= nth : memory->failed;
}

/* What is run, and what came of it. */
struct attempt {
    const char *script;
    const struct mode *mode;
    struct memory *memory;
    long nth;
    bool failed; /* an allocation did */
    bool good;   /* the second function returned true */
};

static int run(lua_State *L) {
    static int number;
    struct attempt *attempt = lua_touserdata(L, 1);
    luaL_openlibs(L);
    lua_settop(L, 0);
    if (luaL_loadfile(L, attempt->script) != 0)
        return lua_error(L);
    lua_call(L, 0, 3);
    lua_insert(L, 1); /* for afterwards */
    lua_insert(L, 2);
    lua_call(L, 0, 0);
    lua_pushfstring(L, "%s-%d", attempt->mode->name, ++number); /* another one each time */
    luaL_checkstack(L, 8, NULL);
    arm(attempt->memory, attempt->mode, attempt->nth);
    int status = lua_pcall(L, 1, 2, 0);
    attempt->failed = disarm(attempt->memory, attempt->mode, attempt->nth);
    if (!attempt->failed && (status != 0 || !lua_toboolean(L, -2)))
        return luaL_error(L, "though no allocation failed: %s", lua_tostring(L, -1));
    lua_settop(L, 1);
    lua_call(L, 0, 1);
    attempt->good = lua_toboolean(L, -1);
    return 0;
}

static int run_protected(lua_State *L, struct attempt *attempt) {
#if LUA_VERSION_NUM >= 502
    lua_pushcfunction(L, run); /* takes no memory, unlike in 5.1 */
    lua_pushlightuserdata(L, attempt);
    return lua_pcall(L, 1, 0, 0);
#else
    return lua_cpcall(L, run, attempt);
#endif
}

static int count_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

/* One attempt in a state of its own; returns what is wrong, or NULL. */
static const char *try(struct attempt *attempt, char *room, size_t size) {
    struct memory memory = {0};
    attempt->memory = &memory;
    bool custom = true;
    lua_State *L = lua_newstate(allocate, &memory);
    if (!L) { /* LuaJIT of 64 bits takes no allocator */
        custom = false;
        L = luaL_newstate();
    }
    const char *wrong = NULL;
    if (run_protected(L, attempt) != 0) {
        const char *message = lua_tostring(L, -1);
        snprintf(room, size, "%s", message ? message : "an error that is no text");
        wrong = room;
    } else if (!attempt->good) {
        wrong = "it did not work when there was memory again";
    }
    lua_close(L);
    if (!wrong && custom && memory.in_use)
        wrong = "memory of Lua's is left";
    return wrong;
}

/* In bytes. What the allocator keeps in its caches counts as in use, so they have to be off. */
static size_t heap_in_use(void) {
    const char *tunables = getenv("GLIBC_TUNABLES");
    return tunables && strstr(tunables, "tcache_count=0") ? mallinfo2().uordblks : 0;
}

/* Like try(), and looks at what is left. The first time that some path is taken may fill a cache:
 * what is left is a leak when it is left again. */
static const char *try_and_look(struct attempt *attempt, char *room, size_t size) {
    const char *wrong = NULL;
    for (int time = 0; time < 2; time++) {
        int descriptors = count_descriptors();
        size_t heap = heap_in_use();
        attempt->good = false;
        wrong = try(attempt, room, size);
        if (wrong)
            return wrong;
        if (count_descriptors() != descriptors)
            wrong = "a descriptor is left";
        else if (heap_in_use() > heap) {
            snprintf(room, size, "%zu bytes are left", heap_in_use() - heap);
            wrong = room;
        } else
            return NULL;
    }
    return wrong;
}

static void check_mode(const struct mode *mode, const char *script, long *passed, long *failed) {
    const char *counts = getenv("SPEC_COUNTS");
    const long stride = counts && strcmp(counts, "small") == 0 ? 13 : 1;
    char room[1000];
    struct attempt attempt = {.script = script, .mode = mode, .failed = true};
    for (attempt.nth = 1; attempt.failed; attempt.nth += stride) {
        const char *wrong = try_and_look(&attempt, room, sizeof room);
        if (wrong) {
            printf("%s, %s, allocation %ld: %s\n", script, mode->name, attempt.nth, wrong);
            ++*failed;
        } else {
            ++*passed;
        }
    }
}

/* POSIX's way from an object pointer to a function pointer. */
static void find(void *function, const char *name) {
    *(void **)function = dlsym(RTLD_DEFAULT, name);
}

int main(int count, char **arguments) {
    static const struct mode lua_modes[] = {
        {"lua-once", NULL, false}, {"lua-for-ever", NULL, true}, {NULL, NULL, false}};
    static const struct mode malloc_modes[] = {
        {"core-once", "core.so", false},
        {"core-for-ever", "core.so", true},
        {"probe-once", "probe.so", false},
        {"probe-for-ever", "probe.so", true},
        {"libc-once", "libc.so", false},
        {"libc-for-ever", "libc.so", true},
        {NULL, NULL, false},
    };
    long passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    find(&arm_malloc, "failing_malloc_arm");
    find(&disarm_malloc, "failing_malloc_disarm");
    find(&only_malloc, "failing_malloc_only");
    for (int script = 1; script < count; script++)
        for (const struct mode *mode = arm_malloc ? malloc_modes : lua_modes; mode->name; mode++)
            check_mode(mode, arguments[script], &passed, &failed);
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed != 0;
}
