#include "keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef int32_t key_id;

/* What whoever finds a key by a keyring of their own may do with it, and what its user may do who
 * has only its number. A process without a session, such as cron's, is in the second place: nothing
 * links its user's keyring to it. The kernel has these for itself. */
enum {
    POSSESSOR_ALL = 0x3f << 24,
    USER_VIEW = 1 << 16,
    USER_READ = 2 << 16,
    USER_SEARCH = 8 << 16,
};

/* The kernel's calls, without libkeyutils. The user's keyring is named anew each time: a process
 * may change its user. */
static long keyctl(int operation, unsigned long a, unsigned long b, unsigned long c,
                   unsigned long d) {
    return syscall(SYS_keyctl, operation, a, b, c, d);
}

static unsigned long ring(int special) {
    return (unsigned long)special;
}

static key_id find(const char *name) {
    return (key_id)keyctl(KEYCTL_SEARCH, ring(KEY_SPEC_USER_KEYRING), (unsigned long)"user",
                          (unsigned long)name, 0);
}

/* How many bytes it holds, of which at most `room` are stored; negative with errno. */
static long read_key(key_id key, void *bytes, size_t room) {
    return keyctl(KEYCTL_READ, (unsigned long)key, (unsigned long)bytes, room, 0);
}

static bool unlink_from(int keyring, key_id key) {
    return keyctl(KEYCTL_UNLINK, (unsigned long)key, ring(keyring), 0, 0) == 0;
}

/* Makes a key as a whole in the thread's keyring, which is ours alone, and moves it into the
 * user's: so nobody sees it unfinished, and nothing needs a right to the one that it replaces.
 * `flags`: KEYCTL_MOVE_EXCL to replace none. `seconds`: until it goes away, 0 for never. 0, or -1
 * with errno. */
static key_id put_key(const char *name, const void *bytes, size_t size, int64_t seconds,
                      unsigned long flags) {
    static const unsigned long rights = POSSESSOR_ALL | USER_VIEW | USER_READ | USER_SEARCH;
    key_id key =
        (key_id)syscall(SYS_add_key, "user", name, bytes, size, ring(KEY_SPEC_THREAD_KEYRING));
    if (key < 0)
        return -1;
    unsigned long id = (unsigned long)key;
    if (keyctl(KEYCTL_SETPERM, id, rights, 0, 0) == 0 &&
        (seconds == 0 || keyctl(KEYCTL_SET_TIMEOUT, id, (unsigned long)seconds, 0, 0) == 0) &&
        keyctl(KEYCTL_MOVE, id, ring(KEY_SPEC_THREAD_KEYRING), ring(KEY_SPEC_USER_KEYRING),
               flags) == 0)
        return key;
    int reason = errno;
    unlink_from(KEY_SPEC_THREAD_KEYRING, key);
    errno = reason;
    return -1;
}

/* Nothing can be had of it, now or later. */
static bool is_gone(int reason) {
    return reason == ENOKEY || reason == EKEYEXPIRED || reason == EKEYREVOKED ||
           reason == EKEYREJECTED;
}

/* Whole ones, in bounds: none at all would mean for ever. */
static int64_t at_least_one(lua_Number count) {
    return count < 1 ? 1 : count < INT32_MAX ? (int64_t)count : INT32_MAX;
}

/* What the kernel means, where its own words mislead. */
static const char *in_words(int reason) {
    switch (reason) {
    case EPERM:
        return "this system keeps programs from it, as many containers do";
    case ENOSYS:
        return "this system has none";
    case EDQUOT:
        return "this user's quota of keys is used up (see /proc/key-users)";
    default:
        return strerror(reason);
    }
}

static int push_failure(lua_State *L, int reason) {
    lua_pushnil(L);
    lua_pushstring(L, in_words(reason));
    return 2;
}

/*
 * The lock: a key that is there. Who has it is killed at any moment, so it tells until when it
 * counts. The time-out that keys have is of no use here: one that has run out can neither be told
 * from another nor be taken away by its number.
 */

struct lock {
    int64_t until; /* milliseconds on the monotonic clock */
    int64_t owner; /* a process */
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum state { FREE, HELD, UNREADABLE };

/* What lies under the name. A lock that has run out is taken away, by its number and not by its
 * name: under that there may be the next one's already. */
static enum state look_at_lock(const char *name, int64_t lease) {
    struct lock lock;
    key_id key = find(name);
    if (key < 0)
        return errno == ENOKEY ? FREE : UNREADABLE;
    if (read_key(key, &lock, sizeof lock) != sizeof lock)
        return UNREADABLE;
    int64_t left = lock.until - now_ms();
    if (left > 0 && left <= lease)
        return HELD;
    return keyctl(KEYCTL_INVALIDATE, (unsigned long)key, 0, 0, 0) == 0 ? FREE : UNREADABLE;
}

/* Whether the lock is this process's, and not its parent's or the next one's. */
static bool is_ours(const char *name, key_id key) {
    struct lock lock;
    return find(name) == key && read_key(key, &lock, sizeof lock) == sizeof lock &&
           lock.owner == getpid();
}

/*
 * For Lua.
 */

int keyring_open(lua_State *L) {
    unsigned char abilities[1] = {0};
    long known = keyctl(KEYCTL_CAPABILITIES, (unsigned long)abilities, sizeof abilities, 0, 0);
    if (known < 0 && errno != EOPNOTSUPP)
        return push_failure(L, errno);
    if (known < 1 || !(abilities[0] & KEYCTL_CAPS0_MOVE)) {
        lua_pushnil(L);
        lua_pushliteral(L, "that takes Linux 5.3 or later");
        return 2;
    }
    if (keyctl(KEYCTL_GET_KEYRING_ID, ring(KEY_SPEC_USER_KEYRING), true, 0, 0) < 0)
        return push_failure(L, errno);
    lua_pushboolean(L, true);
    return 1;
}

int keyring_write(lua_State *L) {
    size_t size;
    const char *name = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    int64_t seconds = at_least_one(luaL_checknumber(L, 3));
    if (put_key(name, bytes, size, seconds, 0) < 0)
        return push_failure(L, errno);
    lua_pushboolean(L, true);
    return 1;
}

int keyring_read(lua_State *L) {
    enum { ROOM = 32 * 1024 }; /* no key of this type is larger */
    const char *name = luaL_checkstring(L, 1);
    char *bytes = new_userdata(L, ROOM);
    key_id key = find(name);
    long size = key < 0 ? -1 : read_key(key, bytes, ROOM);
    if (size >= 0 && size <= ROOM) {
        lua_pushlstring(L, bytes, (size_t)size);
        return 1;
    }
    int reason = size < 0 ? errno : EFBIG;
    if (!is_gone(reason))
        return push_failure(L, reason);
    lua_pushnil(L);
    return 1;
}

int keyring_lock(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    int64_t lease = at_least_one(luaL_checknumber(L, 2) * 1000);
    bool by_force = lua_toboolean(L, 3);
    enum state state = look_at_lock(name, lease);
    key_id key = -1;
    if (state == FREE || (state == UNREADABLE && by_force)) {
        struct lock lock = {.until = now_ms() + lease, .owner = getpid()};
        key = put_key(name, &lock, sizeof lock, 0, by_force ? 0 : KEYCTL_MOVE_EXCL);
        if (key < 0 && errno != EEXIST)
            return push_failure(L, errno);
    }
    if (key >= 0) {
        lua_pushinteger(L, key);
        return 1;
    }
    lua_pushboolean(L, false);
    lua_pushboolean(L, state == HELD);
    return 2;
}

/* A lock that runs out in this moment may be another's when it is taken away: that costs a login.
 */
int keyring_unlock(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    key_id key = (key_id)luaL_checkinteger(L, 2);
    if (is_ours(name, key))
        unlink_from(KEY_SPEC_USER_KEYRING, key);
    return 0;
}
