/*
 * The allocators of the C library, of which a chosen call fails: for LD_PRELOAD. glibc's own
 * functions under their internal names serve the rest, so there is nothing to look up at start-up.
 */
#define _GNU_SOURCE
#include "failing_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* initial-exec: reading these must never allocate. */
#define PER_THREAD static __thread __attribute__((tls_model("initial-exec")))

PER_THREAD bool armed;
PER_THREAD bool forever_after;
PER_THREAD long nth_fails;
PER_THREAD long counted;
PER_THREAD char only[256];

static bool comes_from_chosen_object(const void *caller) {
    Dl_info info;

    return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, only);
}

static bool fails(const void *caller) {
    if (!armed)
        return false;
    if (only[0]) {
        /* dladdr may allocate: not to be counted. */
        armed = false;
        bool chosen = comes_from_chosen_object(caller);
        armed = true;
        if (!chosen)
            return false;
    }
    counted++;
    if (counted == nth_fails || (forever_after && counted > nth_fails)) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

#define CALLER __builtin_return_address(0)

void failing_malloc_arm(long nth, int forever) {
    counted = 0;
    nth_fails = nth;
    forever_after = forever != 0;
    armed = true;
}

long failing_malloc_disarm(void) {
    armed = false;
    return counted;
}

void failing_malloc_only(const char *substring) {
    snprintf(only, sizeof only, "%s", substring ? substring : "");
}

void *malloc(size_t size) {
    return fails(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails(CALLER) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return fails(CALLER) ? NULL : __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size) {
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return fails(CALLER) ? NULL : __libc_realloc(memory, total);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails(CALLER) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    if (fails(CALLER))
        return ENOMEM;

    void *found = __libc_memalign(alignment, size);

    if (!found)
        return ENOMEM;
    *memory = found;
    return 0;
}
