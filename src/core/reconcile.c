#include "reconcile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "value.h"

/*
 * What speaks against it, with its place in the record, written down while that is walked. Each of
 * these functions does nothing when `reasons` is NULL.
 */

struct reasons {
    json_t *list;       /* of {"path", "message"} */
    struct buffer path; /* where we are: OrderItems[1].Qty */
    bool no_memory;
};

/* Starts an empty list. */
static void reasons_begin(struct reasons *reasons) {
    *reasons = (struct reasons){.list = json_array()};
    reasons->no_memory = !reasons->list;
}

/* Returns what is the caller's then; NULL when memory has run out since. */
static json_t *reasons_end(struct reasons *reasons) {
    buffer_free(&reasons->path);
    if (!reasons->no_memory)
        return reasons->list;
    json_decref(reasons->list);
    return NULL;
}

/* Goes into a field of an object, or an item of a list. Returns the place to come back to. */
static size_t reasons_enter_field(struct reasons *reasons, const char *key, size_t size) {
    if (!reasons)
        return 0;
    size_t place = reasons->path.size;
    if (!buffer_printf(&reasons->path, "%s%.*s", place ? "." : "", (int)size, key))
        reasons->no_memory = true;
    return place;
}

static size_t reasons_enter_item(struct reasons *reasons, size_t index) {
    if (!reasons)
        return 0;
    size_t place = reasons->path.size;
    if (!buffer_printf(&reasons->path, "[%zu]", index + 1))
        reasons->no_memory = true;
    return place;
}

static void reasons_leave(struct reasons *reasons, size_t place) {
    if (reasons)
        buffer_cut(&reasons->path, place);
}

static void add(struct reasons *reasons, const char *message, size_t size) {
    const struct buffer *path = &reasons->path;
    json_t *reason = json_pack("{s:s%,s:s%}", "path", path->data ? path->data : "", path->size,
                               "message", message, size);
    if (!reason || json_array_append_new(reasons->list, reason) != 0)
        reasons->no_memory = true;
}

static void reasons_add(struct reasons *reasons, const char *message) {
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

static void reasons_add_difference(struct reasons *reasons, const json_t *sent,
                                   const json_t *stored) {
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

/*
 * A comparison under way.
 */

struct comparison {
    struct reasons *reasons; /* NULL: a trial, which asks only whether there is a difference */
    bool differs;
    bool no_memory;
    unsigned depth;           /* objects that we are in */
    const struct text *brand; /* what stands before every SKU; NULL, in a trial: whatever may */
};

static bool is_shown(const json_t *value) {
    return value && !json_is_null(value);
}

static void add_difference(struct comparison *comparison, const json_t *sent,
                           const json_t *stored) {
    comparison->differs = true;
    reasons_add_difference(comparison->reasons, sent, stored);
}

/*
 * SKUs.
 */

static const struct text no_brand = {"", 0};

/* Whether the stored SKU is the one that was sent, with nothing or with a brand before it. */
static bool find_brand(const json_t *sent, const json_t *stored, struct text *brand) {
    struct text plain = value_text(sent), whole = value_text(stored);
    if (!json_is_string(sent) || !json_is_string(stored) || plain.size > whole.size ||
        (plain.size == 0 && whole.size > 0))
        return false;
    *brand = (struct text){whole.start, whole.size - plain.size};
    if (!text_is_same(plain, (struct text){whole.start + brand->size, plain.size}))
        return false;
    return brand->size == 0 || (brand->size > 1 && brand->start[brand->size - 1] == '_');
}

static bool same_sku(const struct comparison *comparison, const json_t *sent,
                     const json_t *stored) {
    struct text brand;
    return find_brand(sent, stored, &brand) &&
           (!comparison->brand || text_is_same(brand, *comparison->brand));
}

/* The brand that the server has put before the SKUs of these items, paired as `places` says. It is
 * known for one only by a SKU that had none: OTHER_A_1 may well be another thing than A_1. */
static struct text brand_of(const json_t *sent, const json_t *stored, const size_t *places) {
    struct text brand = no_brand, found;
    bool has_plain = false, has_found = false;
    for (size_t i = 0; i < json_array_size(sent); i++) {
        const json_t *sku = json_object_get(json_array_get(sent, i), "SKU");
        const json_t *other = json_object_get(json_array_get(stored, places[i]), "SKU");
        struct text text = value_text(sku);
        has_plain |= text.size && !memchr(text.start, '_', text.size);
        if (!has_found && find_brand(sku, other, &found)) {
            brand = found;
            has_found = true;
        }
    }
    return has_plain ? brand : no_brand;
}

/*
 * Which of the stored items stands for which that was sent.
 */

static void compare(struct comparison *comparison, const json_t *sent, const json_t *stored);

static bool have_same_line(struct comparison *comparison, const json_t *sent,
                           const json_t *stored) {
    const json_t *a = json_object_get(sent, "OrderLineNumber");
    const json_t *b = json_object_get(stored, "OrderLineNumber");
    (void)comparison;
    return (json_is_string(a) || json_is_number(a)) && (json_is_string(b) || json_is_number(b)) &&
           value_is_same(a, b);
}

static bool have_same_contents(struct comparison *comparison, const json_t *sent,
                               const json_t *stored) {
    struct comparison trial = {.depth = comparison->depth};
    if (!comparison->reasons || !json_is_object(sent) || !json_is_object(stored))
        return false;
    compare(&trial, sent, stored);
    comparison->no_memory |= trial.no_memory;
    return !trial.differs;
}

static bool have_same_sku(struct comparison *comparison, const json_t *sent, const json_t *stored) {
    struct text any;
    (void)comparison;
    return find_brand(json_object_get(sent, "SKU"), json_object_get(stored, "SKU"), &any);
}

static bool are_left(struct comparison *comparison, const json_t *sent, const json_t *stored) {
    (void)comparison, (void)sent, (void)stored;
    return true;
}

typedef bool sign(struct comparison *, const json_t *sent, const json_t *stored);

/* From the surest to none, which only decides what is called different. */
static sign *const signs[] = {have_same_line, have_same_contents, have_same_sku, are_left};

/* The place of a stored item that bears the sign and stands for none yet; the number of items:
 * there is none. The search begins at the item's own place, where its like nearly always is. */
static size_t find_place(struct comparison *comparison, sign *has_sign, const json_t *item,
                         size_t own_place, const json_t *stored, const bool *taken) {
    size_t count = json_array_size(stored);
    for (size_t k = 0; k < count; k++) {
        size_t place = (own_place + k) % count;
        if (!taken[place] && has_sign(comparison, item, json_array_get(stored, place)))
            return place;
    }
    return count;
}

/* Finds for each item that was sent the place of the stored one that stands for it. Each stands for
 * one alone, so that none is left out. The lists are equally long. */
static void pair_items(struct comparison *comparison, const json_t *sent, const json_t *stored,
                       size_t *places, bool *taken) {
    size_t count = json_array_size(sent);
    for (size_t i = 0; i < count; i++)
        places[i] = count;
    for (size_t s = 0; s < sizeof signs / sizeof *signs; s++) {
        for (size_t i = 0; i < count; i++) {
            if (places[i] < count)
                continue;
            places[i] = find_place(comparison, signs[s], json_array_get(sent, i), i, stored, taken);
            if (places[i] < count)
                taken[places[i]] = true;
        }
    }
}

/*
 * The comparison.
 */

static void compare_items(struct comparison *comparison, const json_t *sent, const json_t *stored,
                          const size_t *places) {
    const struct text *outer = comparison->brand;
    struct text brand = brand_of(sent, stored, places);
    size_t index;
    json_t *item;
    comparison->brand = &brand;
    json_array_foreach (sent, index, item) {
        size_t start = reasons_enter_item(comparison->reasons, index);
        compare(comparison, item, json_array_get(stored, places[index]));
        reasons_leave(comparison->reasons, start);
    }
    comparison->brand = outer;
}

static void compare_lists(struct comparison *comparison, const json_t *sent, const json_t *stored) {
    size_t count = json_array_size(sent);
    if (count != json_array_size(stored)) {
        add_difference(comparison, sent, stored);
        return;
    }
    size_t *places = calloc(count + 1, sizeof *places);
    bool *taken = calloc(count + 1, sizeof *taken);
    if (places && taken) {
        pair_items(comparison, sent, stored, places, taken);
        compare_items(comparison, sent, stored, places);
    } else {
        comparison->no_memory = true;
    }
    free(places);
    free(taken);
}

static bool is_key(const char *key, size_t size, const char *name) {
    return strlen(name) == size && memcmp(key, name, size) == 0;
}

static void compare_field(struct comparison *comparison, const char *key, size_t size,
                          const json_t *sent, const json_t *stored) {
    size_t start = reasons_enter_field(comparison->reasons, key, size);
    if (!is_key(key, size, "SKU") || !json_is_string(sent) || !json_is_string(stored))
        compare(comparison, sent, stored);
    else if (!same_sku(comparison, sent, stored))
        add_difference(comparison, sent, stored);
    reasons_leave(comparison->reasons, start);
}

static void compare_objects(struct comparison *comparison, const json_t *sent,
                            const json_t *stored) {
    json_t *unconst = (json_t *)sent; /* iteration is declared to take one that may change */
    void *at = json_object_iter(unconst);
    comparison->depth++;
    for (; at && (comparison->reasons || !comparison->differs);
         at = json_object_iter_next(unconst, at)) {
        const char *key = json_object_iter_key(at);
        size_t size = json_object_iter_key_len(at);
        if (comparison->depth > 1 || !is_key(key, size, "Status")) /* which the server sets */
            compare_field(comparison, key, size, json_object_iter_value(at),
                          json_object_getn(stored, key, size));
    }
    comparison->depth--;
}

static bool is_single(const json_t *value) {
    return !json_is_object(value) && !json_is_array(value);
}

static void compare(struct comparison *comparison, const json_t *sent, const json_t *stored) {
    if (!is_shown(sent) || !is_shown(stored))
        return;
    if (json_is_object(sent) && json_is_object(stored))
        compare_objects(comparison, sent, stored);
    else if (json_is_array(sent) && json_is_array(stored))
        compare_lists(comparison, sent, stored);
    else if (!is_single(sent) || !is_single(stored) || !value_is_same(sent, stored))
        add_difference(comparison, sent, stored);
}

/*
 * Whether enough is shown.
 */

static bool says_something(const json_t *value) {
    return json_is_number(value) || value_text(value).size > 0;
}

static void check_field(struct reasons *reasons, const char *key, bool is_there,
                        const char *message) {
    size_t place = reasons_enter_field(reasons, key, strlen(key));
    if (!is_there)
        reasons_add(reasons, message);
    reasons_leave(reasons, place);
}

/* What an order has to show, that it may be known by: its reference, and of every item what and how
 * many. `message` says what it means that something is not there. */
static void check_order(struct reasons *reasons, const json_t *order, const char *message) {
    static const char list[] = "OrderItems";
    const json_t *reference = json_object_get(order, "ReferenceNumber");
    const json_t *items = json_object_get(order, list);
    size_t index;
    json_t *item;
    check_field(reasons, "ReferenceNumber", says_something(reference), message);
    check_field(reasons, list, json_array_size(items) > 0, message);
    size_t place = reasons_enter_field(reasons, list, strlen(list));
    json_array_foreach (items, index, item) {
        size_t before = reasons_enter_item(reasons, index);
        check_field(reasons, "SKU", says_something(json_object_get(item, "SKU")), message);
        check_field(reasons, "Qty", says_something(json_object_get(item, "Qty")), message);
        reasons_leave(reasons, before);
    }
    reasons_leave(reasons, place);
}

json_t *reconcile(const json_t *sent, const json_t *stored, enum match *match) {
    struct reasons reasons;
    struct comparison comparison = {.reasons = &reasons, .brand = &no_brand};
    reasons_begin(&reasons);
    compare(&comparison, sent, stored);
    if (!comparison.differs)
        check_order(&reasons, stored, "is not shown");
    if (json_array_size(reasons.list) == 0)
        check_order(&reasons, sent, "was not sent");
    *match = comparison.differs                   ? MATCH_ANOTHER
             : json_array_size(reasons.list) == 0 ? MATCH_OURS
                                                  : MATCH_UNCLEAR;
    reasons.no_memory |= comparison.no_memory;
    return reasons_end(&reasons);
}
