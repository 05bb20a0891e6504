#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned countdown;
static int watching;

void memory_fail(unsigned nth) {
    countdown = nth;
}

void memory_watch(int on) {
    watching = on;
}

static int fails(void) {
    if (!watching || countdown == 0 || --countdown > 0)
        return 0;
    errno = ENOMEM;
    return 1;
}

/* The linker's names: __real_x is what x was, __wrap_x is what x means now. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *memory, size_t size);
int __wrap_madvise(void *memory, size_t size, int advice);
int __wrap_mlock(const void *memory, size_t size);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size) {
    return fails() ? NULL : __real_strndup(text, size);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    (void)at, (void)protection, (void)flags, (void)fd, (void)offset;
    void *pages = fails() ? NULL : __real_calloc(1, size);
    return pages ? pages : MAP_FAILED;
}

int __wrap_munmap(void *memory, size_t size) {
    (void)size;
    free(memory);
    return 0;
}

int __wrap_madvise(void *memory, size_t size, int advice) {
    (void)memory, (void)size, (void)advice;
    return 0;
}

int __wrap_mlock(const void *memory, size_t size) {
    (void)memory, (void)size;
    return 0;
}
