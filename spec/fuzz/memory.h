/*
 * memory.h: the core's memory, in the hands of a target.
 *
 * The programs are linked with --wrap, so that what the core asks malloc and mmap for is asked
 * here. Secret pages come from the heap, where a leak of them is seen. jansson's memory comes
 * through the core's allocators, and so through here, too.
 */
#ifndef SPREETAIL_FUZZ_MEMORY_H
#define SPREETAIL_FUZZ_MEMORY_H

/* Of the allocations made while memory_watch() is on, the nth fails, and only that; 0: none. */
void memory_fail(unsigned nth);
void memory_watch(int on);

#endif
