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

static __thread bool probing, probed;

static void *wiping_malloc(size_t size) {
    if (probing)
        probed = true;
    return malloc(size);
}

static void wiping_free(void *memory) {
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

/* realloc() may move without wiping, so growing is done by hand. */
static void *wiping_realloc(void *old, size_t size) {
    if (!old)
        return wiping_malloc(size);
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

static char *wiping_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = wiping_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void *wiping_calloc(size_t count, size_t size) {
    if (probing)
        probed = true;
    return calloc(count, size);
}

static bool libcurl_ready, libcurl_wipes;

static void init_libraries(void) {
    libcurl_ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_malloc, wiping_free,
                                         wiping_realloc, wiping_strdup, wiping_calloc) == CURLE_OK;
    /* Somebody who initialised libcurl before has the say about its allocators, and we are not
     * told: so see whose are called. */
    probing = true;
    curl_free(curl_easy_escape(NULL, "x", 1));
    probing = false;
    libcurl_wipes = probed;

    json_malloc_t json_malloc;
    json_free_t json_free;
    json_get_alloc_funcs(&json_malloc, &json_free);
    if (json_malloc == malloc && json_free == free)
        json_set_alloc_funcs(wiping_malloc, wiping_free);
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

static const char mask[] = "***";

/* Puts the mask at `to` instead of the `removed` bytes there; returns how many bytes it has. */
static size_t put_mask(char *to, size_t removed) {
    size_t size = sizeof mask - 1 < removed ? sizeof mask - 1 : removed;
    memcpy(to, mask, size);
    return size;
}

/* How many bytes stand for the character `c` at `at` within a JSON string; 0: another one does. */
static size_t escaped_length(const char *at, const char *end, char c) {
    if (*at != '\\')
        return *at == c;
    if (end - at >= 2 && at[1] == c && strchr("\"\\/", c))
        return 2;
    char digits[5] = "";
    if (end - at < 6 || at[1] != 'u')
        return 0;
    memcpy(digits, at + 2, 4);
    char *stop;
    return strtoul(digits, &stop, 16) == (unsigned char)c && *stop == '\0' ? 6 : 0;
}

/* How many bytes of the text at `at` are the secret, or the beginning of it if enough to tell. */
static size_t secret_length(const char *at, const char *end, const char *secret, size_t secret_size,
                            bool escaped) {
    const size_t telling = 8;
    const char *from = at;
    size_t matched = 0;
    while (matched < secret_size && at < end) {
        size_t length = escaped ? escaped_length(at, end, secret[matched]) : *at == secret[matched];
        if (length == 0)
            break;
        at += length;
        matched++;
    }
    if (matched < secret_size && matched < telling)
        return 0;
    while (at < end && (*at & 0xc0) == 0x80)
        at++; /* the rest of a character of UTF-8 */
    return (size_t)(at - from);
}

size_t scrub_secret(char *text, size_t size, const char *secret, size_t secret_size) {
    char *from = text, *to = text, *end = text + size;
    if (!secret || secret_size == 0)
        return size;
    while (from < end) {
        size_t plain = secret_length(from, end, secret, secret_size, false);
        size_t escaped = secret_length(from, end, secret, secret_size, true);
        size_t length = plain > escaped ? plain : escaped;
        if (length == 0) {
            *to++ = *from++;
            continue;
        }
        to += put_mask(to, length);
        from += length;
    }
    return (size_t)(to - text);
}

/* The characters of RFC 6750's b64token. */
static bool is_token_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~+/=", c));
}

static size_t token_length(const char *text, const char *end) {
    const char *at = text;
    while (at < end && is_token_character(*at))
        at++;
    return (size_t)(at - text);
}

/* How much of the text at `at` announces a token or credentials. */
static size_t announcement_length(const char *at, size_t left) {
    static const char *const announcements[] = {"bearer ", "authorization: basic "};
    for (size_t i = 0; i < sizeof announcements / sizeof *announcements; i++) {
        size_t size = strlen(announcements[i]);
        if (left >= size && strncasecmp(at, announcements[i], size) == 0)
            return size;
    }
    return 0;
}

size_t scrub_tokens(char *text, size_t size) {
    static const char jwt[] = "eyJ"; /* a JSON object in base64 */
    const size_t shortest_jwt = 16;
    char *from = text, *to = text, *end = text + size;
    while (from < end) {
        size_t left = (size_t)(end - from), keep = announcement_length(from, left), length = 0;
        if (keep) {
            length = token_length(from + keep, end);
        } else if (left >= shortest_jwt && memcmp(from, jwt, sizeof jwt - 1) == 0) {
            length = token_length(from, end);
            if (length < shortest_jwt)
                length = 0;
        }
        if (length == 0) {
            *to++ = *from++;
            continue;
        }
        memmove(to, from, keep);
        to += keep;
        to += put_mask(to, length);
        from += keep + length;
    }
    return (size_t)(to - text);
}
