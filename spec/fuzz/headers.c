/*
 * Guards what is made of header lines, as they come over the wire: the status line, the lines kept
 * as "name\0value\0" pairs (also while memory runs out), and the pause that Retry-After asks for,
 * in seconds or as a date. The first byte says whether the input is such lines or such pairs.
 */
#include "answer.h"
#include "header.h"
#include "input.h"
#include "memory.h"

#include <math.h>

static void check_retry_after(const char *headers, size_t size) {
    double seconds = answer_retry_after(headers, size);
    must(isfinite(seconds), "a pause that is no number");
    usec pause = usec_from_seconds(seconds);
    must(pause >= 0 && pause < USEC_NEVER / 4, "a pause that can't be added to a moment");
}

static void check_names(const char *headers, size_t size) {
    static const char *const names[] = {"date", "retry-after", "x", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = answer_header(headers, size, names[i]);
        must(!value || (value > headers && value + strlen(value) <= headers + size),
             "a value that ends outside of the headers");
    }
}

/* Each pair is whole, whatever the lines were: names in lower case, values without spaces around
 * them. */
static void check_pairs(const struct buffer *headers) {
    const char *at = headers->data, *end = at + headers->size;
    while (at < end) {
        for (const char *c = at; *c; c++)
            must(*c < 'A' || *c > 'Z', "an upper-case letter in a name");
        at += strlen(at) + 1;
        must(at < end, "a name without a value");
        size_t size = strlen(at);
        must(size == 0 || (*at != ' ' && at[size - 1] != ' '), "spaces around a value");
        at += size + 1;
    }
    must(at == end, "a value that is not whole");
}

static void read_lines(struct input input) {
    struct buffer headers = {0};
    memory_fail(input_byte(&input));
    while (input.left) {
        struct input line = input_until(&input, '\n');
        int major = 0, status = 0;
        if (header_is_status(line.at, line.left)) {
            header_read_status(line.at, line.left, &major, &status);
            must(status >= -99 && status <= 999, "the status %d", status);
            continue;
        }
        memory_watch(1);
        header_add(&headers, line.at, line.left);
        memory_watch(0);
    }
    memory_fail(0);
    if (headers.data) {
        check_pairs(&headers);
        check_names(headers.data, headers.size);
        check_retry_after(headers.data, headers.size);
    }
    buffer_free(&headers);
}

/* Pairs that no line of a header makes: without a value, without an end. */
static void read_pairs(struct input input) {
    char *headers = malloc(input.left + 1);
    memcpy(headers, input.at, input.left);
    headers[input.left] = '\0'; /* as a buffer has it */
    check_names(headers, input.left);
    check_retry_after(headers, input.left);
    free(headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    if (input_byte(&input) & 1)
        read_pairs(input);
    else
        read_lines(input);
    return 0;
}
