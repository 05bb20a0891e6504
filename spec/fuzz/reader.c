/*
 * Guards the reader of JSON: the input is a text, behind the size of the pieces in which it is read
 * and the allocation that fails (0: none). It becomes what jansson's own reader makes of it,
 * numbers and keys that jansson can't hold apart.
 */
#include "reader.h"

#include "input.h"
#include "memory.h"
#include "secret.h"
#include "tree.h"

/* What was read, as jansson's values; NULL: nothing, or memory ran out over that. */
static json_t *build_in_pieces(const struct spreetail_value *value, size_t piece) {
    struct tree tree;
    enum tree_state state;
    tree_begin(&tree, value);
    while ((state = tree_continue(&tree, piece)) == TREE_GOES_ON)
        continue;
    json_t *root = state == TREE_DONE ? json_incref(tree.root) : NULL;
    tree_clear(&tree);
    return root;
}

static json_t *read_in_pieces(struct input text, size_t piece, enum reader_state *state) {
    struct reader reader;
    json_t *root = NULL;
    char *copy = malloc(text.left + 1); /* of just that size: what is read beyond it is seen */
    memcpy(copy, text.at, text.left);
    copy[text.left] = '\0';
    memory_watch(1);
    reader_begin(&reader, copy, text.left);
    while ((*state = reader_continue(&reader, piece)) == READER_GOES_ON)
        continue;
    if (*state == READER_DONE) {
        must(spreetail_behind(reader.values) == reader.values + reader.count,
             "a part is left over");
        root = build_in_pieces(reader.values, piece);
        *state = root ? READER_DONE : READER_NO_MEMORY;
    }
    reader_clear(&reader);
    memory_watch(0);
    free(copy);
    return root;
}

static void check(const json_t *ours, struct input text) {
    json_error_t error = {0};
    bool has_nul = text.left && memchr(text.at, '\0', text.left); /* jansson overlooks some */
    json_t *theirs = json_loadb(text.at, text.left, JSON_ALLOW_NUL, &error);
    bool beyond_it = json_error_code(&error) == json_error_numeric_overflow ||
                     json_error_code(&error) == json_error_null_byte_in_key;
    if (has_nul)
        must(!ours, "a text with a NUL was read");
    else if (ours && theirs)
        must(json_equal(ours, theirs), "it was read as something else");
    else
        must((!ours && !theirs) || beyond_it, "jansson %s it", theirs ? "reads" : "refuses");
    json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    enum reader_state state;
    secret_init_libraries(); /* jansson's allocators */
    size_t piece = input_byte(&input) + 1;
    unsigned nth = input_byte(&input);
    memory_fail(nth);
    json_t *root = read_in_pieces(input, piece, &state);
    memory_fail(0);
    must((state == READER_DONE) == (root != NULL), "state %d", (int)state);
    must(state != READER_TOO_MUCH, "a small text was too much");
    must(nth || state != READER_NO_MEMORY, "memory ran out by itself");
    if (state != READER_NO_MEMORY)
        check(root, input);
    json_decref(root);
    return 0;
}
