/*
 * A name server that doesn't answer, by LD_PRELOAD: getaddrinfo hangs for names that end in
 * .stuck.test, finds 127.0.0.1 for names that end in .sandbox.test, and is the real one for others.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static const double default_seconds = 10;

static bool ends_in(const char *name, const char *suffix) {
    size_t length = strlen(name);
    size_t tail = strlen(suffix);

    return length >= tail && strcasecmp(name + length - tail, suffix) == 0;
}

static double stuck_seconds(void) {
    const char *text = getenv("SLOW_RESOLVER_SECONDS");

    return text ? strtod(text, NULL) : default_seconds;
}

/* A resolver waits on, whatever signals come. */
static void sleep_through(double seconds) {
    struct timespec left;

    left.tv_sec = (time_t)seconds;
    left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static getaddrinfo_fn *real_getaddrinfo(void) {
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    getaddrinfo_fn *function;

    memcpy(&function, &symbol, sizeof function);
    return function;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    if (name && ends_in(name, ".stuck.test")) {
        sleep_through(stuck_seconds());
        return EAI_AGAIN;
    }
    if (name && ends_in(name, ".sandbox.test"))
        name = "127.0.0.1";
    return real_getaddrinfo()(name, service, hints, result);
}
