/* private_file.h: files that only their user can read, for what outlives a process. */
#ifndef SPREETAIL_PRIVATE_FILE_H
#define SPREETAIL_PRIVATE_FILE_H

#include "compat.h"

/* core.write_private_file(path, bytes): true, or nil and why not. */
int private_file_write(lua_State *L);

/* core.read_private_file(path): what it holds; nil: there is none; or nil and why it can't be
 * read. */
int private_file_read(lua_State *L);

/* core.create_private_file(path): makes an empty one. False: there is a file already; nil and why
 * it can't be made. */
int private_file_create(lua_State *L);

/* core.lock_file(path, lease): whether the lock is ours now, for `lease` seconds; or nil and why it
 * can't be made. */
int private_file_lock(lua_State *L);

#endif
