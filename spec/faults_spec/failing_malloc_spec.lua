local here = debug.getinfo(1, "S").source:match("^@(.*)/")
local target = dofile(here .. "/target.lua")

local program = [[
#define _GNU_SOURCE
#include "failing_malloc.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                       \
            failures++;                                                                   \
        }                                                                                 \
    } while (0)

/* The compiler must not drop an allocation that is only freed. */
static void *volatile kept;

static int fails(void *memory)
{
    kept = memory;
    free(kept);
    return memory == NULL;
}

static void once(void)
{
    failing_malloc_arm(2, 0);
    CHECK(!fails(malloc(10)));
    errno = 0;
    CHECK(fails(malloc(10)));
    CHECK(errno == ENOMEM);
    CHECK(!fails(malloc(10)));
    CHECK(failing_malloc_disarm() == 3);
    CHECK(!fails(malloc(10)));
    CHECK(failing_malloc_disarm() == 3);
}

static void for_ever(void)
{
    void *memory = malloc(10);
    void *aligned = memory;

    failing_malloc_arm(1, 1);
    CHECK(fails(malloc(1)));
    CHECK(fails(calloc(1, 1)));
    CHECK(realloc(memory, 1000000) == NULL);
    CHECK(reallocarray(memory, 10, 1000) == NULL);
    CHECK(fails(aligned_alloc(64, 64)));
    CHECK(posix_memalign(&aligned, 64, 64) == ENOMEM && aligned == memory);
    CHECK(failing_malloc_disarm() == 6);
    free(memory);
}

static void unharmed(void)
{
    void *aligned = NULL;

    failing_malloc_arm(100, 1);
    CHECK(posix_memalign(&aligned, 64, 64) == 0 && (size_t)aligned % 64 == 0);
    free(aligned);
    CHECK(posix_memalign(&aligned, 3, 64) == EINVAL);
    CHECK(!fails(aligned_alloc(256, 256)));
    CHECK(reallocarray(NULL, (size_t)-1, 2) == NULL && errno == ENOMEM);
    kept = calloc(4, 4);
    CHECK(kept && memcmp(kept, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
    kept = realloc(kept, 100);
    CHECK(kept != NULL);
    free(kept);
    failing_malloc_disarm();
}

static void *other_thread(void *result)
{
    *(int *)result = fails(malloc(10));
    return NULL;
}

static void one_thread_only(void)
{
    int failed_there = 1;
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, other_thread, &failed_there) == 0);
    pthread_join(thread, NULL);
    failed_there = 1;
    failing_malloc_arm(1000, 0);
    CHECK(pthread_create(&thread, NULL, other_thread, &failed_there) == 0);
    pthread_join(thread, NULL);
    long here = failing_malloc_disarm();
    failed_there = 1;
    failing_malloc_arm(here + 1, 1);
    CHECK(pthread_create(&thread, NULL, other_thread, &failed_there) == 0);
    pthread_join(thread, NULL);
    failing_malloc_disarm();
    CHECK(!failed_there);
}

static void chosen_object(void)
{
    failing_malloc_only("/no/such/object");
    failing_malloc_arm(1, 1);
    CHECK(!fails(malloc(10)));
    CHECK(failing_malloc_disarm() == 0);
    failing_malloc_only("allocate_until");
    failing_malloc_arm(1, 1);
    CHECK(fails(malloc(10)));
    /* The C library asks for this one. */
    CHECK(!fails(strdup("text")));
    CHECK(failing_malloc_disarm() == 1);
    failing_malloc_only("libc.so");
    failing_malloc_arm(1, 1);
    CHECK(strdup("text") == NULL);
    CHECK(!fails(malloc(10)));
    CHECK(failing_malloc_disarm() == 1);
    failing_malloc_only(NULL);
}

int main(void)
{
    once();
    for_ever();
    unharmed();
    one_thread_only();
    chosen_object();
    return failures != 0;
}
]]

describe("failing malloc", function()
    local directory

    setup(function()
        directory = target.directory()
        target.write(directory .. "/allocate.c", program)
    end)

    teardown(function()
        target.run("rm -r", directory)
    end)

    for _, compiler in ipairs { "gcc", "clang" } do
        it("fails what it should, built by " .. compiler, function()
            local faults = here .. "/../faults"
            local build = compiler .. " -std=c11 -O2 -Wall -Wextra -Werror "
            local library = directory .. "/failing_malloc.so"
            target.run(build .. "-shared -fPIC -o", library, faults .. "/failing_malloc.c -ldl")
            -- Whether malloc fails is what the compiler may not guess here, nor warn about.
            target.run(compiler .. " -std=c11 -O2 -w -fno-builtin -I", faults, "-o",
                directory .. "/allocate_until", directory .. "/allocate.c", library, "-lpthread")
            target.run("LD_PRELOAD=" .. library, directory .. "/allocate_until")
        end)
    end

    it("lets any program start", function()
        local library = directory .. "/failing_malloc.so"
        for _, program_name in ipairs { "lua5.4 -v", "curl --version", "openssl version" } do
            target.run("LD_PRELOAD=" .. library, program_name, ">/dev/null")
        end
    end)
end)
