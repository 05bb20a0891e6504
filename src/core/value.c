#include "value.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "document.h"
#include "number.h"

/*
 * Moments.
 */

/* What is left to read. */
struct rest {
    const char *at;
    size_t size;
};

static bool read_digits(struct rest *rest, size_t count, int *number) {
    if (rest->size < count)
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)rest->at[i]))
            return false;
        *number = *number * 10 + (rest->at[i] - '0');
    }
    rest->at += count;
    rest->size -= count;
    return true;
}

static bool read_character(struct rest *rest, const char *accepted) {
    if (rest->size == 0 || *rest->at == '\0' || !strchr(accepted, *rest->at))
        return false;
    rest->at++;
    rest->size--;
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

static bool read_date(struct rest *rest, int64_t *days) {
    int year, month, day;
    if (!read_digits(rest, 4, &year) || !read_character(rest, "-") ||
        !read_digits(rest, 2, &month) || !read_character(rest, "-") || !read_digits(rest, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = days_since_epoch(year, month, day);
    return true;
}

static bool read_time(struct rest *rest, int64_t *seconds) {
    int hour, minute, second = 0;
    if (!read_character(rest, "Tt ") || !read_digits(rest, 2, &hour) ||
        !read_character(rest, ":") || !read_digits(rest, 2, &minute))
        return false;
    if (read_character(rest, ":") && !read_digits(rest, 2, &second))
        return false;
    if (read_character(rest, ".,"))
        while (rest->size && isdigit((unsigned char)*rest->at))
            rest->at++, rest->size--;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

static bool read_offset(struct rest *rest, int64_t *seconds) {
    int hours, minutes = 0;
    *seconds = 0;
    if (rest->size == 0 || read_character(rest, "Zz"))
        return true;
    int sign = *rest->at == '-' ? -1 : 1;
    if (!read_character(rest, "+-") || !read_digits(rest, 2, &hours))
        return false;
    read_character(rest, ":");
    if (rest->size && !read_digits(rest, 2, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool instant_read(const char *text, size_t size, int64_t *instant) {
    struct rest rest = {text, size};
    int64_t days, seconds = 0, offset = 0;
    if (!read_date(&rest, &days))
        return false;
    if (rest.size && (!read_time(&rest, &seconds) || !read_offset(&rest, &offset)))
        return false;
    *instant = days * 86400 + seconds - offset;
    return rest.size == 0;
}

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

/* A number, or a text that is one. */
static bool read_number(const json_t *value, double *number) {
    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    struct text text = value_text(value);
    bool whole;
    return text.size > 0 && number_size(text.start, text.size, &whole) == text.size &&
           number_as_real(text.start, text.size, number);
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

bool value_is_text(const struct spreetail_value *value, const char *text) {
    char digits[24];
    if (document_is(value, SPREETAIL_INTEGER)) {
        snprintf(digits, sizeof digits, "%" PRId64, value->integer);
        return strcmp(digits, text) == 0;
    }
    return document_is(value, SPREETAIL_STRING) &&
           text_is_same(trimmed((struct text){value->text, value->size}),
                        trimmed((struct text){text, strlen(text)}));
}
