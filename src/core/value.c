#include "value.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "instant.h"

/*
 * Texts.
 */

static struct text trimmed(struct text text) {
    while (text.size && isspace((unsigned char)*text.start))
        text.start++, text.size--;
    while (text.size && isspace((unsigned char)text.start[text.size - 1]))
        text.size--;
    return text;
}

struct text value_text(const json_t *string) {
    return trimmed((struct text){json_string_value(string), json_string_length(string)});
}

static bool is_line_end(struct text text, size_t at) {
    return at + 1 < text.size && text.start[at] == '\r' && text.start[at + 1] == '\n';
}

bool text_is_same(struct text a, struct text b) {
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        i += is_line_end(a, i);
        j += is_line_end(b, j);
        if (i == a.size || j == b.size)
            return i == a.size && j == b.size;
        if (a.start[i] != b.start[j])
            return false;
    }
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
    struct text text = value_text(value);
    json_t *read =
        json_loadb(text.start, text.size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool is_number = json_is_number(read);
    if (is_number)
        *number = json_number_value(read);
    json_decref(read);
    return is_number;
}

/* Fractions may have gone through another way of writing them, at worst a 32-bit float; whole
 * numbers (a quantity, the digits of a telephone number) stay what they are. */
static bool same_number(double a, double b) {
    const double half_a_cent = 0.005;
    return a == b || (fabs(a - b) < half_a_cent && (float)a == (float)b);
}

/*
 * Values.
 */

static bool same_instant(struct text a, struct text b) {
    int64_t then, now;
    return instant_read(a.start, a.size, &then) && instant_read(b.start, b.size, &now) &&
           then == now;
}

bool value_is_same(const json_t *sent, const json_t *stored) {
    double a, b;
    if (json_is_boolean(sent) || json_is_boolean(stored))
        return json_typeof(sent) == json_typeof(stored);
    if (json_is_integer(sent) && json_is_integer(stored))
        return json_integer_value(sent) == json_integer_value(stored);
    if (json_is_number(sent) || json_is_number(stored))
        return read_number(sent, &a) && read_number(stored, &b) && same_number(a, b);
    struct text left = value_text(sent), right = value_text(stored);
    return text_is_same(left, right) || same_instant(left, right);
}

bool value_is_text(const json_t *value, const char *text) {
    char digits[24];
    if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return strcmp(digits, text) == 0;
    }
    return json_is_string(value) &&
           text_is_same(value_text(value), trimmed((struct text){text, strlen(text)}));
}
