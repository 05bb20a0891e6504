#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* The file appears under its name when it is whole, in place of the one before. False with errno.
 */
static bool write_file(const char *path, const void *bytes, size_t size) {
    static const char suffix[] = ".XXXXXX";
    char *temporary = malloc(strlen(path) + sizeof suffix);
    if (!temporary)
        return false;
    strcat(strcpy(temporary, path), suffix);
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    bool written = fd >= 0 && write_all(fd, bytes, size) && fsync(fd) == 0;
    if (fd >= 0)
        written = close(fd) == 0 && written;
    written = written && rename(temporary, path) == 0;
    int reason = errno;
    if (fd >= 0 && !written)
        unlink(temporary);
    free(temporary);
    errno = reason;
    return written;
}

/* Whoever may make files beside ours could put a pipe there, and have us wait for ever. */
static int open_regular(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

/* Reads what such a file holds, fewer than `room` bytes. False with errno: EFBIG when it is more,
 * EINVAL when it is no regular file. */
static bool read_file(const char *path, void *bytes, size_t room, size_t *size) {
    int fd = open_regular(path);
    ssize_t count;
    if (fd < 0)
        return false;
    *size = 0;
    do {
        count = read(fd, (char *)bytes + *size, room - *size);
        *size += count > 0 ? (size_t)count : 0;
    } while (count > 0 && *size < room);
    int reason = *size == room ? EFBIG : errno;
    close(fd);
    errno = reason;
    return count == 0 && *size < room;
}

/* False with errno, EEXIST when there is a file. */
static bool create_file(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0;
}

/* From a moment that is further ahead than the lock may last, it was made by a clock that has been
 * set since. */
static bool is_stale(const char *path, double lease) {
    struct stat status;
    return stat(path, &status) == 0 && fabs(difftime(time(NULL), status.st_mtime)) > lease;
}

/* Makes a lock file, unless there is one that is younger than `lease` seconds, or by as little in
 * the future. False with errno: EEXIST when there is, another when it can't be made. */
static bool lock_file(const char *path, double lease) {
    /* Whoever made it is gone. Two that find that out in one instant may both get the lock, since
     * one may remove what the other has just made: that costs a login, and nothing else. */
    if (is_stale(path, lease) && unlink(path) != 0 && errno != ENOENT)
        return false;
    return create_file(path);
}

/*
 * For Lua.
 */

int private_file_write(lua_State *L) {
    size_t size;
    const char *path = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    if (write_file(path, bytes, size)) {
        lua_pushboolean(L, true);
        return 1;
    }
    int reason = errno;
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    return 2;
}

int private_file_read(lua_State *L) {
    enum { ROOM = 64 * 1024 };
    const char *path = luaL_checkstring(L, 1);
    char *bytes = new_userdata(L, ROOM);
    size_t size;
    if (read_file(path, bytes, ROOM, &size)) {
        lua_pushlstring(L, bytes, size);
        return 1;
    }
    int reason = errno;
    lua_pushnil(L);
    if (reason == ENOENT)
        return 1;
    lua_pushstring(L, strerror(reason));
    return 2;
}

/* What was made, for Lua: true, false when there was one, or nil and why not. */
static int push_made(lua_State *L, bool made) {
    int reason = errno;
    if (made || reason == EEXIST) {
        lua_pushboolean(L, made);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, strerror(reason));
    return 2;
}

int private_file_create(lua_State *L) {
    return push_made(L, create_file(luaL_checkstring(L, 1)));
}

int private_file_lock(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    return push_made(L, lock_file(path, luaL_checknumber(L, 2)));
}
