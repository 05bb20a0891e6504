#include "reasons.h"

#include <string.h>

void reasons_begin(struct reasons *reasons) {
    *reasons = (struct reasons){.list = json_array()};
    reasons->no_memory = !reasons->list;
}

json_t *reasons_end(struct reasons *reasons) {
    buffer_free(&reasons->path);
    if (!reasons->no_memory)
        return reasons->list;
    json_decref(reasons->list);
    return NULL;
}

/*
 * The path.
 */

size_t reasons_enter_field(struct reasons *reasons, const char *key, size_t size) {
    if (!reasons)
        return 0;
    size_t place = reasons->path.size;
    if (!buffer_printf(&reasons->path, "%s%.*s", place ? "." : "", (int)size, key))
        reasons->no_memory = true;
    return place;
}

size_t reasons_enter_item(struct reasons *reasons, size_t index) {
    if (!reasons)
        return 0;
    size_t place = reasons->path.size;
    if (!buffer_printf(&reasons->path, "[%zu]", index + 1))
        reasons->no_memory = true;
    return place;
}

void reasons_leave(struct reasons *reasons, size_t place) {
    if (reasons)
        buffer_cut(&reasons->path, place);
}

/*
 * The list.
 */

static void add(struct reasons *reasons, const char *message, size_t size) {
    const struct buffer *path = &reasons->path;
    json_t *reason = json_pack("{s:s%,s:s%}", "path", path->data ? path->data : "", path->size,
                               "message", message, size);
    if (!reason || json_array_append_new(reasons->list, reason) != 0)
        reasons->no_memory = true;
}

void reasons_add(struct reasons *reasons, const char *message) {
    if (reasons)
        add(reasons, message, strlen(message));
}

enum { MOST_SHOWN = 100 };

static int take(const char *bytes, size_t size, void *context) {
    struct buffer *text = context;
    return buffer_add(text, bytes, size) && text->size <= MOST_SHOWN ? 0 : -1;
}

/* As much of a value's JSON as fits into a message: no part of a character, which would be no
 * UTF-8. (jansson's own strings belong to its allocator, which may be the host's.) */
static bool show(struct buffer *text, const json_t *value) {
    if (json_dump_callback(value, take, text, JSON_ENCODE_ANY | JSON_COMPACT) == 0 &&
        text->size <= MOST_SHOWN)
        return true;
    size_t size = MOST_SHOWN;
    if (text->size <= size)
        return false; /* memory ran out */
    while ((text->data[size] & 0xc0) == 0x80)
        size--;
    buffer_cut(text, size);
    return true;
}

void reasons_add_difference(struct reasons *reasons, const json_t *sent, const json_t *stored) {
    struct buffer message = {0}, left = {0}, right = {0};
    if (!reasons)
        return;
    if (show(&left, sent) && show(&right, stored) &&
        buffer_printf(&message, "sent %s, stored %s", left.data, right.data))
        add(reasons, message.data, message.size);
    else
        reasons->no_memory = true;
    buffer_free(&message);
    buffer_free(&left);
    buffer_free(&right);
}
