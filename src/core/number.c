#include "number.h"

#include <float.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Where the digits end that begin at a place. */
static size_t behind_digits(const char *text, size_t size, size_t at) {
    while (at < size && is_digit(text[at]))
        at++;
    return at;
}

static size_t behind_exponent(const char *text, size_t size, size_t at) {
    at++;
    if (at < size && (text[at] == '+' || text[at] == '-'))
        at++;
    size_t end = behind_digits(text, size, at);
    return end > at ? end : 0;
}

size_t number_size(const char *text, size_t size, bool *whole) {
    size_t start = size && text[0] == '-', at = behind_digits(text, size, start);
    *whole = true;
    if (at == start || (at - start > 1 && text[start] == '0'))
        return 0;
    if (at < size && text[at] == '.') {
        size_t end = behind_digits(text, size, at + 1);
        if (end == at + 1)
            return 0;
        *whole = false;
        at = end;
    }
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        *whole = false;
        at = behind_exponent(text, size, at);
    }
    return at;
}

bool number_is_integer(const char *text, size_t size, json_int_t *value) {
    bool negative = text[0] == '-';
    const uint64_t most = (uint64_t)INT64_MAX + negative;
    uint64_t sum = 0;
    for (size_t i = negative; i < size; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = negative ? (json_int_t)-sum : (json_int_t)sum;
    return true;
}

/* What stands behind the digits: "e-3"; 0: nothing. */
static int read_exponent(const char *text, size_t size, size_t at) {
    const int enough = 10000;
    int exponent = 0;
    if (at == size)
        return 0;
    bool negative = text[++at] == '-';
    for (at += negative || text[at] == '+'; at < size && exponent < enough; at++)
        exponent = exponent * 10 + (text[at] - '0');
    return negative ? -exponent : exponent;
}

/* Most numbers have few digits and are not far from 1. Then their digits as a whole number are a
 * double exactly, and so is the power of ten; one division or multiplication of these rounds as it
 * should. False: it is another, or this machine's operations are no double's. */
static bool read_short(const char *text, size_t size, double *value) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int most_power = sizeof powers / sizeof *powers - 1;
    const size_t most_digits = 15;
    size_t start = text[0] == '-', point = behind_digits(text, size, start), end = point;
    uint64_t digits = 0;
    if (point < size && text[point] == '.')
        end = behind_digits(text, size, point + 1);
    if (FLT_EVAL_METHOD != 0 || end - start > most_digits)
        return false;
    for (size_t i = start; i < end; i++)
        if (i != point)
            digits = digits * 10 + (uint64_t)(text[i] - '0');
    int power = read_exponent(text, size, end) - (end > point ? (int)(end - point) - 1 : 0);
    if (power < -most_power || power > most_power)
        return false;
    double magnitude = power < 0 ? (double)digits / powers[-power] : (double)digits * powers[power];
    *value = start ? -magnitude : magnitude;
    return true;
}

/* strtod() would follow the locale of the program. */
static bool read_any(const char *text, double *value) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return false;
    *value = strtod_l(text, NULL, plain);
    freelocale(plain);
    return true;
}

bool number_as_real(const char *text, size_t size, double *value) {
    char copy[64]; /* strtod() reads up to a NUL */
    if (read_short(text, size, value))
        return true;
    if (size < sizeof copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
        return read_any(copy, value);
    }
    struct buffer longer = {0};
    bool read = buffer_add(&longer, text, size) && read_any(longer.data, value);
    buffer_free(&longer);
    return read;
}

double number_of_seconds(const char *text) {
    double value = 0, unit = 1;
    size_t size = strlen(text), whole = behind_digits(text, size, 0), at = whole;
    if (at < size && text[at] == '.')
        at = behind_digits(text, size, at + 1);
    if (whole == 0 || at < size || text[at - 1] == '.')
        return -1;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (text[i] - '0');
    for (size_t i = whole + 1; i < at; i++)
        value += (text[i] - '0') * (unit /= 10);
    return value;
}
