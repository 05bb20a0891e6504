/*
 * Guards what is made of header lines, as they come over the wire: the status, which the first line
 * of a head tells and no other, the lines kept as "name\0value\0" pairs (also while memory runs
 * out), and the pause that Retry-After asks for, in seconds or as a date. The first byte says
 * whether the input is such lines or such pairs.
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

/* What a line may change: the status where a head begins, the place where one begins or ends. */
static void check_head(const struct head *before, const struct head *head, struct input line) {
    bool blank = line.left == 0 || *line.at == '\r' || *line.at == '\n';
    enum head_place next = before->place == HEAD_DUE               ? HEAD_BEGUN
                           : before->place == HEAD_BEGUN && !blank ? HEAD_BEGUN
                           : before->status >= 200                 ? HEAD_OVER
                                                                   : HEAD_DUE;
    must(head->place == next, "a head that is %d after having been %d", head->place, before->place);
    must(head->status == before->status || before->place == HEAD_DUE, "a second status in a head");
    must(head->status >= 100 && head->status <= 999, "the status %d", head->status);
}

static void read_lines(struct input input) {
    struct head head = {0};
    struct buffer headers = {0};
    enum head_verdict verdict = HEAD_GOES_ON;
    memory_fail(input_byte(&input));
    while (input.left && verdict != HEAD_NONSENSE && verdict != HEAD_TOO_LARGE) {
        struct input line = input_until(&input, '\n');
        struct head before = head;
        memory_watch(1);
        verdict = head_read(&head, &headers, line.at, line.left);
        memory_watch(0);
        if (verdict == HEAD_GOES_ON)
            check_head(&before, &head, line);
    }
    memory_fail(0);
    must(headers.size <= 2 * MOST_HEADER_BYTES, "more headers than are to be read");
    if (headers.data) {
        check_pairs(&headers);
        check_names(headers.data, headers.size);
        check_retry_after(headers.data, headers.size);
        must(header_codings(&headers) < MOST_HEADER_BYTES, "more codings than there are letters");
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
