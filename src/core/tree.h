/* tree.h: a value and all that it holds as jansson's values, made piece by piece: jansson makes
 * them one by one, however long that takes. */
#ifndef SPREETAIL_TREE_H
#define SPREETAIL_TREE_H

#include "spreetail.h"

enum tree_state { TREE_GOES_ON, TREE_DONE, TREE_NO_MEMORY };

struct tree_branch;

struct tree {
    const struct spreetail_value *at, *end; /* what is left */
    json_t *root;
    struct tree_branch
        *open; /* lists and objects that have not ended, each within the one before */
    size_t depth, room;
};

/* Begins with a value, which has to stay until the tree is done. */
void tree_begin(struct tree *tree, const struct spreetail_value *value);

/* Goes on, for about so many values. When it is done, `root` is all of it. */
enum tree_state tree_continue(struct tree *tree, size_t count);

void tree_clear(struct tree *tree);

/* All at once: of a value, or of a JSON text. NULL: memory ran out, or it is no JSON. */
json_t *tree_of(const struct spreetail_value *value);
json_t *tree_read(const char *text, size_t size);

#endif
