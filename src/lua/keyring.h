/* keyring.h: keys in the kernel's keyring of a user, for what all processes of the user share and
 * no disk holds. Linux 5.3 or later. */
#ifndef SPREETAIL_KEYRING_H
#define SPREETAIL_KEYRING_H

#include "compat.h"

/* core.open_keyring(): true; or nil and why there is none for us. */
int keyring_open(lua_State *L);

/* core.write_key(name, bytes, seconds): true, or nil and why not. The key goes away by itself after
 * so many seconds; whatever was there under the name is replaced. */
int keyring_write(lua_State *L);

/* core.read_key(name): what it holds; nil: there is none; or nil and why it can't be read. */
int keyring_read(lua_State *L);

/* core.lock_key(name, lease, by_force): what unlock_key() wants, when the lock is ours now, for
 * `lease` seconds. False and whether somebody holds it, if it is not: something that is no lock may
 * lie there instead, and is replaced `by_force`. Or nil and why it can't be made. */
int keyring_lock(lua_State *L);

/* core.unlock_key(name, lock): gives the lock back, if it is still ours: this process's. */
int keyring_unlock(lua_State *L);

#endif
