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

static void check_reasons(const json_t *reasons, enum match verdict) {
    size_t index;
    json_t *reason;
    char *text = json_dumps(reasons, 0);
    must(json_is_array(reasons), "no list");
    must(text, "reasons that are no JSON");
    free(text);
    must((json_array_size(reasons) == 0) == (verdict == MATCH_OURS), "a verdict without reasons");
    json_array_foreach (reasons, index, reason) {
        must(json_is_string(json_object_get(reason, "path")), "a reason without a path");
        must(json_is_string(json_object_get(reason, "message")), "a reason without a message");
    }
}

/*
 * What must be so, by the words of reconcile.h, whatever else is.
 */

static bool says_something(const json_t *value) {
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n\v\f", text[i]) || text[i] == '\0')
            return true;
    return json_is_number(value);
}

static bool shows_enough(const json_t *order) {
    const json_t *items = json_object_get(order, "OrderItems");
    size_t index;
    json_t *item;
    json_array_foreach (items, index, item)
        if (!says_something(json_object_get(item, "SKU")) ||
            !says_something(json_object_get(item, "Qty")))
            return false;
    return says_something(json_object_get(order, "ReferenceNumber")) && json_array_size(items) > 0;
}

/* The sum over all items, as far as quantities are numbers: no pairing can change that. */
static bool total(const json_t *order, double *sum) {
    size_t index;
    json_t *item;
    *sum = 0;
    json_array_foreach (json_object_get(order, "OrderItems"), index, item) {
        const json_t *quantity = json_object_get(item, "Qty");
        if (!json_is_integer(quantity) || json_integer_value(quantity) > 1 << 20 ||
            json_integer_value(quantity) < -(1 << 20))
            return false;
        *sum += json_number_value(quantity);
    }
    return true;
}

static void check_ours(const json_t *sent, const json_t *stored) {
    double left, right;
    must(shows_enough(sent) && shows_enough(stored), "ours, and too little is shown");
    must(json_array_size(json_object_get(sent, "OrderItems")) ==
             json_array_size(json_object_get(stored, "OrderItems")),
         "ours, with other items");
    if (total(sent, &left) && total(stored, &right))
        must(left == right, "ours, and %g pieces are %g", left, right);
}

static void compare(const json_t *sent, const json_t *stored, bool memory_lasts) {
    enum match verdict;
    memory_watch(1);
    json_t *reasons = reconcile(sent, stored, &verdict);
    memory_watch(0);
    must(reasons || !memory_lasts, "no result");
    if (reasons)
        check_reasons(reasons, verdict);
    if (reasons && verdict == MATCH_OURS)
        check_ours(sent, stored);
    json_decref(reasons);
}

static void compare_with_itself(const json_t *order) {
    enum match verdict;
    json_t *copy = json_deep_copy(order), *reasons = reconcile(order, copy, &verdict);
    must(verdict == (shows_enough(order) ? MATCH_OURS : MATCH_UNCLEAR), "an order and itself: %s",
         json_dumps(reasons, 0));
    json_decref(reasons);
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
