/* process.h: which process this is, told without asking the kernel each time. */
#ifndef SPREETAIL_PROCESS_H
#define SPREETAIL_PROCESS_H

#include <stdint.h>

/* A number that stays the same as long as the process lives, and is another in a child that was
 * forked from it, however it was. */
uint64_t process_number(void);

#endif
