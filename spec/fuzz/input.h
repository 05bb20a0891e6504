/* input.h: the fuzzer's bytes, taken one after the other, and what every target does with a rule
 * that was broken. */
#ifndef SPREETAIL_FUZZ_INPUT_H
#define SPREETAIL_FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
    const char *at;
    size_t left;
};

/* Called by libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline struct input input_of(const uint8_t *bytes, size_t size) {
    return (struct input){(const char *)bytes, size};
}

/* The next byte; 0 when none is left. */
static inline unsigned input_byte(struct input *input) {
    if (input->left == 0)
        return 0;
    input->left--;
    return (unsigned char)*input->at++;
}

/* The next `size` bytes, or what is left of them. */
static inline struct input input_take(struct input *input, size_t size) {
    struct input taken = {input->at, size < input->left ? size : input->left};
    input->at += taken.left;
    input->left -= taken.left;
    return taken;
}

/* The bytes up to `end`, which is skipped; all that is left when it isn't there. */
static inline struct input input_until(struct input *input, char end) {
    const char *hit = input->left ? memchr(input->at, end, input->left) : NULL;
    struct input taken = input_take(input, hit ? (size_t)(hit - input->at) : input->left);
    if (hit)
        input_take(input, 1);
    return taken;
}

/* A finding: libFuzzer keeps the input of a program that aborts. */
#define must(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken rule: ", __FILE__, __LINE__);                           \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
