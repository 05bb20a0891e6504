#include "secret.h"

#include <curl/curl.h>
#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages that hold a secret begin with their total size. */
#define HEADER_SIZE 16

void *secret_alloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - HEADER_SIZE - page)
        return NULL;
    size_t total = (size + HEADER_SIZE + page - 1) / page * page;
    char *pages = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    madvise(pages, total, MADV_DONTDUMP);
    mlock(pages, total); /* as far as RLIMIT_MEMLOCK allows */
    memcpy(pages, &total, sizeof total);
    return pages + HEADER_SIZE;
}

void secret_free(void *memory) {
    if (!memory)
        return;
    char *pages = (char *)memory - HEADER_SIZE;
    size_t total;
    memcpy(&total, pages, sizeof total);
    explicit_bzero(pages, total);
    munmap(pages, total);
}

char *secret_copy(const char *text, size_t size) {
    char *copy = secret_alloc(size + 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/*
 * Wiping allocators for libraries. They sit on plain malloc without a header of their own, so that
 * memory may cross between them and malloc/free in either direction.
 */

/* Called by way of this, it is neither left out nor written out by the compiler. */
static void *(*const volatile set_bytes)(void *memory, int byte, size_t size) = memset;

/* In pieces, which libc writes with vector instructions: the one that it has for more takes longer
 * to begin than most blocks to wipe. */
static void wipe(char *memory, size_t size) {
    const size_t piece = 1024;
    for (; size > piece; memory += piece, size -= piece)
        set_bytes(memory, 0, piece);
    set_bytes(memory, 0, size);
}

/* libcurl frees nothing at all a hundred times a request. */
static void wiping_free(void *memory) {
    if (!memory)
        return;
    wipe(memory, malloc_usable_size(memory));
    free(memory);
}

static __thread bool probing, probed;

/* realloc() may move without wiping, so growing is done by hand. */
static void *wiping_realloc(void *old, size_t size) {
    if (probing)
        probed = true;
    if (!old)
        return malloc(size);
    size_t usable = malloc_usable_size(old);
    if (size <= usable && size >= usable / 2)
        return old;
    void *new = malloc(size ? size : 1);
    if (!new)
        return NULL;
    memcpy(new, old, size < usable ? size : usable);
    wiping_free(old);
    return new;
}

static bool libcurl_ready, libcurl_wipes;

static void init_libraries(void) {
    libcurl_ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc,
                                         strdup, calloc) == CURLE_OK;
    /* Somebody who initialised libcurl before has the say about its allocators, and we are not
     * told: so see whose are called when a text grows. */
    probing = true;
    curl_free(curl_easy_escape(NULL, "x", 1));
    probing = false;
    libcurl_wipes = probed;

    json_malloc_t json_malloc;
    json_free_t json_free;
    json_get_alloc_funcs(&json_malloc, &json_free);
    if (json_malloc == malloc && json_free == free)
        json_set_alloc_funcs(malloc, wiping_free);
}

bool secret_init_libraries(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_libraries);
    return libcurl_ready;
}

bool secret_libcurl_wipes(void) {
    secret_init_libraries();
    return libcurl_wipes;
}

size_t secret_wipe_freed(size_t from, size_t to) {
    const size_t step = 16 /* malloc() rounds to this */, most = (size_t)1 << 20;
    void *held[256];
    size_t count = 0, total = 0;
    for (size_t size = from; size <= to && count + 2 <= sizeof held / sizeof *held; size += step) {
        if (size > (most - total) / 2)
            break;
        held[count++] = malloc(size);
        held[count++] = malloc(size);
        total += 2 * size;
    }
    /* All are held until the end, or the same few would be given again and again. */
    while (count > 0)
        wiping_free(held[--count]);
    return total;
}
