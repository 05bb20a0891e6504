/* check.h: cmocka, with the headers that it wants before it. */
#ifndef SPREETAIL_CHECK_H
#define SPREETAIL_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* `count`, or a tenth of it where SPEC_COUNTS=small says that a slow tool looks on. */
static inline int how_many(int count) {
    const char *counts = getenv("SPEC_COUNTS");
    return counts && strcmp(counts, "small") == 0 ? count / 10 : count;
}

/* Says which text was looked into when the part is not there. */
#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        if (!strstr(text, part))                                                                   \
            fail_msg("'%s' is not in '%s'", part, text);                                           \
    } while (0)

#define assert_lacks(text, part)                                                                   \
    do {                                                                                           \
        if (strstr(text, part))                                                                    \
            fail_msg("'%s' is in '%s'", part, text);                                               \
    } while (0)

/* Doubles that are the same but for what microseconds round away. */
#define assert_about(actual, expected)                                                             \
    do {                                                                                           \
        double actual_ = (actual), expected_ = (expected);                                         \
        if (actual_ < expected_ - 1e-4 || actual_ > expected_ + 1e-4)                              \
            fail_msg("%g is not about %g", actual_, expected_);                                    \
    } while (0)

#define assert_within(actual, least, most)                                                         \
    do {                                                                                           \
        double actual_ = (actual);                                                                 \
        if (actual_ < (least) || actual_ > (most))                                                 \
            fail_msg("%g is not from %g to %g", actual_, (double)(least), (double)(most));         \
    } while (0)

#endif
