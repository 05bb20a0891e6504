#include "document.h"

#include <string.h>

const struct spreetail_value *spreetail_behind(const struct spreetail_value *value) {
    bool holds_others = value->type == SPREETAIL_LIST || value->type == SPREETAIL_OBJECT;
    return value + (holds_others ? value->span : 1);
}

const struct spreetail_value *document_member(const struct spreetail_value *object,
                                              const char *name) {
    if (!document_is(object, SPREETAIL_OBJECT))
        return NULL;
    const struct spreetail_value *key = object + 1, *found = NULL;
    size_t size = strlen(name);
    for (size_t i = 0; i < object->size; i++) {
        if (key->size == size && memcmp(key->text, name, size) == 0)
            found = key + 1;
        key = spreetail_behind(key + 1);
    }
    return found;
}

bool document_is(const struct spreetail_value *value, enum spreetail_type type) {
    return value && value->type == type;
}

const char *document_text(const struct spreetail_value *value) {
    return document_is(value, SPREETAIL_STRING) ? value->text : NULL;
}

double document_number(const struct spreetail_value *value) {
    if (document_is(value, SPREETAIL_INTEGER))
        return (double)value->integer;
    return document_is(value, SPREETAIL_REAL) ? value->real : 0;
}
