/*
 * Memory that runs out on demand. Load the library with LD_PRELOAD and call these, or find them
 * with dlsym. Only allocations of the thread that armed are counted and fail.
 */
#ifndef FAILING_MALLOC_H
#define FAILING_MALLOC_H

/* The nth allocation from now (1 is the next) fails; with `forever` all that follow it do too. */
void failing_malloc_arm(long nth, int forever);

/* Back to normal. Returns how many allocations were counted since arming. */
long failing_malloc_disarm(void);

/*
 * Counts only allocations asked for by code of objects whose path contains the substring, such as
 * "libcurl". NULL or "": all. Of this thread; arming keeps it.
 */
void failing_malloc_only(const char *substring);

#endif
