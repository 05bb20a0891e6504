#include "tree.h"

#include <stdlib.h>

#include "buffer.h"
#include "reader.h"

struct tree_branch {
    json_t *container;
    const struct spreetail_value *end; /* what stands behind it */
};

void tree_begin(struct tree *tree, const struct spreetail_value *value) {
    *tree = (struct tree){.at = value, .end = spreetail_behind(value)};
}

static json_t *make(const struct spreetail_value *value) {
    switch ((enum spreetail_type)value->type) {
    case SPREETAIL_NULL:
        break;
    case SPREETAIL_FALSE:
        return json_false();
    case SPREETAIL_TRUE:
        return json_true();
    case SPREETAIL_INTEGER:
        return json_integer(value->integer);
    case SPREETAIL_REAL:
        return json_real(value->real);
    case SPREETAIL_STRING:
        return json_stringn_nocheck(value->text, value->size);
    case SPREETAIL_LIST:
        return json_array();
    case SPREETAIL_OBJECT:
        return json_object();
    }
    return json_null();
}

/* Puts the value, which may be NULL, where it belongs; `key`: what it has before it in an object.
 */
static bool attach(struct tree *tree, const struct spreetail_value *key, json_t *value) {
    json_t *parent = tree->depth ? tree->open[tree->depth - 1].container : NULL;
    if (!parent) {
        tree->root = value;
        return value != NULL;
    }
    return key ? json_object_setn_new_nocheck(parent, key->text, key->size, value) == 0
               : json_array_append_new(parent, value) == 0;
}

static bool open_branch(struct tree *tree, json_t *container, const struct spreetail_value *end) {
    if (tree->depth == tree->room) {
        size_t room = tree->room ? tree->room * 2 : 16;
        struct tree_branch *open = realloc(tree->open, room * sizeof *open);
        if (!open)
            return false;
        tree->open = open;
        tree->room = room;
    }
    tree->open[tree->depth++] = (struct tree_branch){container, end};
    return true;
}

/* One value, with its key. */
static bool add_value(struct tree *tree) {
    bool is_member = tree->depth && json_is_object(tree->open[tree->depth - 1].container);
    const struct spreetail_value *key = is_member ? tree->at++ : NULL, *value = tree->at++;
    json_t *made = make(value);
    if (!attach(tree, key, made))
        return false;
    return (!json_is_array(made) && !json_is_object(made)) ||
           open_branch(tree, made, spreetail_behind(value));
}

enum tree_state tree_continue(struct tree *tree, size_t count) {
    for (; tree->at < tree->end && count > 0; count--) {
        while (tree->depth && tree->at == tree->open[tree->depth - 1].end)
            tree->depth--;
        if (!add_value(tree))
            return TREE_NO_MEMORY;
    }
    return tree->at < tree->end ? TREE_GOES_ON : TREE_DONE;
}

void tree_clear(struct tree *tree) {
    json_decref(tree->root);
    free(tree->open);
    *tree = (struct tree){0};
}

json_t *tree_of(const struct spreetail_value *value) {
    struct tree tree;
    tree_begin(&tree, value);
    json_t *root = tree_continue(&tree, SIZE_MAX) == TREE_DONE ? json_incref(tree.root) : NULL;
    tree_clear(&tree);
    return root;
}

json_t *tree_read(const char *text, size_t size) {
    struct buffer copy = {0};
    struct reader reader;
    json_t *root = NULL;
    if (buffer_add(&copy, text, size)) {
        reader_begin(&reader, copy.data, size);
        if (reader_continue(&reader, SIZE_MAX) == READER_DONE)
            root = tree_of(reader.values);
        reader_clear(&reader);
    }
    buffer_free(&copy);
    return root;
}
