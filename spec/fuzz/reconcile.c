/*
 * Guards the comparison of two orders: the input is the sent one and, behind the byte 0xff (which
 * is in no UTF-8), the stored one. The first byte says which allocation fails; 0: none.
 */
#include "reconcile.h"

#include "input.h"
#include "memory.h"
#include "secret.h"

static json_t *parse(struct input text) {
    return json_loadb(text.at, text.left, JSON_ALLOW_NUL, NULL);
}

static void check_differences(const json_t *differences) {
    size_t index;
    json_t *difference;
    char *text = json_dumps(differences, 0);
    must(json_is_array(differences), "no list");
    must(text, "differences that are no JSON");
    free(text);
    json_array_foreach (differences, index, difference) {
        must(json_is_string(json_object_get(difference, "path")), "a difference without a path");
        must(json_is_string(json_object_get(difference, "message")),
             "a difference without a message");
    }
}

static bool is_apart(const char *key) {
    return strcmp(key, "Status") == 0 || strcmp(key, "ReferenceNumber") == 0;
}

/* Whether there is anything in it that counts, by the words of reconcile.h. A field without a name
 * leaves the path as it is, at the top. */
static bool has_leaf(const json_t *value, bool top) {
    size_t index;
    const char *key;
    json_t *child;
    if (json_is_array(value))
        json_array_foreach (value, index, child)
            if (has_leaf(child, false))
                return true;
    if (json_is_object(value))
        json_object_foreach ((json_t *)value, key, child)
            if (!(top && is_apart(key)) && has_leaf(child, top && *key == '\0'))
                return true;
    return value && !json_is_null(value) && !json_is_array(value) && !json_is_object(value);
}

static void compare(const json_t *sent, const json_t *stored, bool memory_lasts) {
    memory_watch(1);
    json_t *differences = reconcile(sent, stored);
    memory_watch(0);
    must(differences || !memory_lasts, "no result");
    if (differences)
        check_differences(differences);
    json_decref(differences);
}

static void compare_with_itself(const json_t *order) {
    json_t *copy = json_deep_copy(order), *differences = reconcile(order, copy);
    must(json_array_size(differences) == 0 || !has_leaf(order, true),
         "an order differs from itself: %s", json_dumps(differences, 0));
    json_decref(differences);
    json_decref(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct input input = input_of(bytes, size);
    secret_init_libraries(); /* jansson's allocators */
    unsigned nth = input_byte(&input);
    json_t *sent = parse(input_until(&input, '\xff'));
    json_t *stored = input.left ? parse(input) : json_incref(sent);
    if (sent && stored) {
        memory_fail(nth);
        compare(sent, stored, nth == 0);
        memory_fail(0);
        compare_with_itself(sent);
        compare_with_itself(stored);
    }
    json_decref(sent);
    json_decref(stored);
    return 0;
}
