/*
 * secret.h: memory for secrets.
 *
 * Secret memory lies on pages of its own that are left out of core dumps and, where the limits
 * allow, never swapped; it is wiped when freed.
 */
#ifndef SPREETAIL_SECRET_H
#define SPREETAIL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed secret memory, or NULL. Whole pages: for few, long-lived things. */
void *secret_alloc(size_t size);

/* Wipes and gives back; NULL is allowed. */
void secret_free(void *memory);

/* A NUL-terminated copy of `size` bytes in secret memory, or NULL. */
char *secret_copy(const char *text, size_t size);

/*
 * Makes libcurl (when nobody has initialised it yet) and jansson (when it still has its default
 * allocators) wipe what they free. Done once a process; later calls do nothing. Returns false when
 * libcurl can't be initialised.
 */
bool secret_init_libraries(void);

/* Whether libcurl's memory is wiped. */
bool secret_libcurl_wipes(void);

/*
 * Overwrites what malloc() would give for blocks of `from` to `to` bytes: the places where a
 * library that frees without wiping has left its copies. Of each size it finds the last few, not
 * for certain all. Returns how many bytes it asked for: 1 MiB at most.
 */
size_t secret_wipe_freed(size_t from, size_t to);

#endif
