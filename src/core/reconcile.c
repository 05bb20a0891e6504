#include "reconcile.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

struct comparison {
    json_t *differences;
    struct buffer path;
    size_t equal;        /* fields found to be the same */
    bool same_reference; /* the reference apart: it is what the record was looked up by */
    bool no_memory;
};

/*
 * Texts.
 */

struct text {
    const char *start;
    size_t size;
};

static struct text trimmed(const json_t *value) {
    struct text text = {json_string_value(value), json_string_length(value)};
    while (text.size && isspace((unsigned char)*text.start))
        text.start++, text.size--;
    while (text.size && isspace((unsigned char)text.start[text.size - 1]))
        text.size--;
    return text;
}

static bool same_text(struct text a, struct text b) {
    return a.size == b.size && memcmp(a.start, b.start, a.size) == 0;
}

/* BRAND_SKU123 and SKU123: the server adds the brand. */
static bool differs_by_brand(struct text longer, struct text shorter) {
    if (shorter.size == 0 || longer.size <= shorter.size + 1)
        return false;
    size_t prefix = longer.size - shorter.size;
    return longer.start[prefix - 1] == '_' &&
           memcmp(longer.start + prefix, shorter.start, shorter.size) == 0;
}

static bool same_sku(struct text a, struct text b) {
    return same_text(a, b) || differs_by_brand(a, b) || differs_by_brand(b, a);
}

/*
 * Times: ISO 8601 as the API writes them, "2026-01-31", "2026-01-31T12:00:00Z", with a fraction of
 * a second, with an offset. One without a zone is UTC.
 */

static bool read_digits(struct text *text, size_t count, int *number) {
    if (text->size < count)
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text->start[i]))
            return false;
        *number = *number * 10 + (text->start[i] - '0');
    }
    text->start += count;
    text->size -= count;
    return true;
}

static bool read_character(struct text *text, const char *accepted) {
    if (text->size == 0 || !strchr(accepted, *text->start))
        return false;
    text->start++;
    text->size--;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; March is the first month of a year here, so
 * that the leap day is its last. */
static int64_t days_since_epoch(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static bool read_offset(struct text *text, int64_t *seconds) {
    int hours, minutes = 0;
    *seconds = 0;
    if (text->size == 0 || read_character(text, "Zz"))
        return true;
    int sign = *text->start == '-' ? -1 : 1;
    if (!read_character(text, "+-") || !read_digits(text, 2, &hours))
        return false;
    read_character(text, ":");
    if (text->size && !read_digits(text, 2, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* Whole seconds since the epoch: servers cut fractions off. */
static bool read_instant(struct text text, int64_t *instant) {
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t offset = 0;
    if (!read_digits(&text, 4, &year) || !read_character(&text, "-") ||
        !read_digits(&text, 2, &month) || !read_character(&text, "-") ||
        !read_digits(&text, 2, &day))
        return false;
    if (text.size) {
        if (!read_character(&text, "Tt ") || !read_digits(&text, 2, &hour) ||
            !read_character(&text, ":") || !read_digits(&text, 2, &minute))
            return false;
        if (read_character(&text, ":") && !read_digits(&text, 2, &second))
            return false;
        if (read_character(&text, ".,"))
            while (text.size && isdigit((unsigned char)*text.start))
                text.start++, text.size--;
        if (!read_offset(&text, &offset))
            return false;
    }
    if (text.size || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *instant =
        days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}

/*
 * Numbers.
 */

/* A number, or a text that is one. Texts are read as JSON: strtod() would follow the locale. */
static bool read_number(const json_t *value, double *number) {
    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    json_t *read = json_loadb(json_string_value(value), json_string_length(value),
                              JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool is_number = json_is_number(read);
    if (is_number)
        *number = json_number_value(read);
    json_decref(read);
    return is_number;
}

/* Doubles of 2^53 and more have no room for a fraction. (floor() would need libm.) */
static bool is_whole(double number) {
    return fabs(number) >= 0x1p53 || (double)(int64_t)number == number;
}

/* Fractions may have gone through another way of writing them; whole numbers (a quantity, the
 * digits of a telephone number) stay what they are. */
static bool same_number(double a, double b) {
    double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    bool whole = is_whole(a) && is_whole(b);
    return a == b || (!whole && fabs(a - b) <= 1e-9 * larger);
}

/*
 * Values.
 */

static bool same_scalar(const json_t *sent, const json_t *stored, bool is_sku) {
    double a, b;
    int64_t then, now;
    if (json_is_boolean(sent) || json_is_boolean(stored))
        return json_typeof(sent) == json_typeof(stored);
    if (json_is_integer(sent) && json_is_integer(stored))
        return json_integer_value(sent) == json_integer_value(stored);
    if (json_is_number(sent) || json_is_number(stored))
        return read_number(sent, &a) && read_number(stored, &b) && same_number(a, b);
    struct text left = trimmed(sent), right = trimmed(stored);
    if (is_sku ? same_sku(left, right) : same_text(left, right))
        return true;
    return read_instant(left, &then) && read_instant(right, &now) && then == now;
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

static void add_difference(struct comparison *comparison, const json_t *sent,
                           const json_t *stored) {
    struct buffer message = {0}, left = {0}, right = {0};
    json_t *difference = NULL;
    if (show(&left, sent) && show(&right, stored) &&
        buffer_printf(&message, "sent %s, stored %s", left.data, right.data))
        difference =
            json_pack("{s:s%,s:s%}", "path", comparison->path.data ? comparison->path.data : "",
                      comparison->path.size, "message", message.data, message.size);
    if (!difference || json_array_append_new(comparison->differences, difference) != 0)
        comparison->no_memory = true;
    buffer_free(&message);
    buffer_free(&left);
    buffer_free(&right);
}

static void compare(struct comparison *comparison, const json_t *sent, const json_t *stored,
                    bool is_sku);

static bool is_text_or_number(const json_t *value) {
    return json_is_string(value) || json_is_number(value);
}

/* Pairs items of the same value under a key. The search begins at an item's own place, where its
 * like nearly always is. */
static void pair_by(const json_t *sent, const json_t *stored, const char *key, bool is_sku,
                    size_t *places, bool *taken) {
    size_t count = json_array_size(sent);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(json_array_get(sent, i), key);
        for (size_t k = 0; k < count && places[i] == count && is_text_or_number(value); k++) {
            size_t j = (i + k) % count;
            const json_t *other = json_object_get(json_array_get(stored, j), key);
            if (!taken[j] && is_text_or_number(other) && same_scalar(value, other, is_sku)) {
                places[i] = j;
                taken[j] = true;
            }
        }
    }
}

/* Finds for each item that was sent the place of the stored one that stands for it: of the same
 * line number if they have any, else of the same SKU, else the first that is left. Each stands for
 * one alone, so that none is left out. The lists are equally long. */
static void pair_items(const json_t *sent, const json_t *stored, size_t *places, bool *taken) {
    size_t count = json_array_size(sent), left = 0;
    for (size_t i = 0; i < count; i++)
        places[i] = count;
    pair_by(sent, stored, "OrderLineNumber", false, places, taken);
    pair_by(sent, stored, "SKU", true, places, taken);
    for (size_t i = 0; i < count; i++) {
        if (places[i] < count)
            continue;
        while (taken[left])
            left++;
        taken[left] = true;
        places[i] = left;
    }
}

static void compare_items(struct comparison *comparison, const json_t *sent, const json_t *stored,
                          const size_t *places) {
    size_t start = comparison->path.size, index;
    json_t *item;
    json_array_foreach (sent, index, item) {
        if (!buffer_printf(&comparison->path, "[%zu]", index + 1))
            comparison->no_memory = true;
        compare(comparison, item, json_array_get(stored, places[index]), false);
        buffer_cut(&comparison->path, start);
    }
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
        pair_items(sent, stored, places, taken);
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

/* What the record was found by says nothing about what else is in it. */
static void set_reference_apart(struct comparison *comparison, size_t equal_before) {
    comparison->same_reference = comparison->equal > equal_before;
    comparison->equal = equal_before;
}

static void compare_objects(struct comparison *comparison, const json_t *sent,
                            const json_t *stored) {
    size_t start = comparison->path.size;
    json_t *unconst = (json_t *)sent; /* iteration is declared to take one that may change */
    for (void *at = json_object_iter(unconst); at; at = json_object_iter_next(unconst, at)) {
        const char *key = json_object_iter_key(at);
        size_t size = json_object_iter_key_len(at), equal = comparison->equal;
        if (start == 0 && is_key(key, size, "Status"))
            continue; /* the server sets it, whatever was sent */
        if (!buffer_printf(&comparison->path, "%s%.*s", start ? "." : "", (int)size, key))
            comparison->no_memory = true;
        compare(comparison, json_object_iter_value(at), json_object_getn(stored, key, size),
                is_key(key, size, "SKU"));
        if (start == 0 && is_key(key, size, "ReferenceNumber"))
            set_reference_apart(comparison, equal);
        buffer_cut(&comparison->path, start);
    }
}

static void compare(struct comparison *comparison, const json_t *sent, const json_t *stored,
                    bool is_sku) {
    if (!stored || json_is_null(stored) || json_is_null(sent))
        return;
    if (json_is_object(sent) && json_is_object(stored))
        compare_objects(comparison, sent, stored);
    else if (json_is_array(sent) && json_is_array(stored))
        compare_lists(comparison, sent, stored);
    else if (json_is_object(sent) || json_is_object(stored) || json_is_array(sent) ||
             json_is_array(stored) || !same_scalar(sent, stored, is_sku))
        add_difference(comparison, sent, stored);
    else
        comparison->equal++;
}

json_t *reconcile(const json_t *sent, const json_t *stored) {
    struct comparison comparison = {.differences = json_array()};
    if (!comparison.differences)
        return NULL;
    compare(&comparison, sent, stored, false);
    bool shared = comparison.equal || (comparison.same_reference && json_object_size(sent) == 1);
    if (!shared && json_array_size(comparison.differences) == 0)
        add_difference(&comparison, sent, stored);
    buffer_free(&comparison.path);
    if (comparison.no_memory) {
        json_decref(comparison.differences);
        return NULL;
    }
    return comparison.differences;
}
