#include "process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* On a page that the kernel clears in a child; NULL: it can't. */
static _Atomic(uint64_t) *number;

/* Among processes that come of each other: the latest number. */
static _Atomic(uint64_t) latest;

static void make_page(void) {
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    /* Emulators of the kernel agree to any advice, and follow none. */
    if (madvise(page, size, -1) != 0 && madvise(page, size, MADV_WIPEONFORK) == 0)
        number = page;
    else
        munmap(page, size);
}

uint64_t process_number(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_page);
    if (!number)
        return (uint64_t)getpid();
    uint64_t known = atomic_load(number);
    if (known)
        return known;
    uint64_t next = atomic_fetch_add(&latest, 1) + 1;
    /* Or another thread has been quicker: then that is what `known` becomes. */
    return atomic_compare_exchange_strong(number, &known, next) ? next : known;
}
