#include "number.h"

#include <string.h>

/* What is read from, and how much of it is left. */
struct rest {
    const char *at;
    size_t left;
};

struct digits {
    const char *start;
    size_t count;
};

/* A number in the grammar of RFC 8259. */
struct number {
    bool negative;
    bool integer; /* neither a fraction nor an exponent */
    struct digits whole;
    struct digits fraction;
    long long exponent; /* bounded: beyond any that digits could make up for */
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void skip(struct rest *rest, size_t count) {
    rest->at += count;
    rest->left -= count;
}

static bool accept(struct rest *rest, const char *characters) {
    if (rest->left == 0 || !*rest->at || !strchr(characters, *rest->at))
        return false;
    skip(rest, 1);
    return true;
}

static struct digits read_digits(struct rest *rest) {
    struct digits digits = {rest->at, 0};
    while (digits.count < rest->left && is_digit(rest->at[digits.count]))
        digits.count++;
    skip(rest, digits.count);
    return digits;
}

static bool read_exponent(struct rest *rest, long long *exponent) {
    const long long bound = 1000000000000000;
    bool negative = rest->left && *rest->at == '-';
    accept(rest, "+-");
    struct digits digits = read_digits(rest);
    *exponent = 0;
    for (size_t i = 0; i < digits.count && *exponent < bound; i++)
        *exponent = *exponent * 10 + (digits.start[i] - '0');
    if (negative)
        *exponent = -*exponent;
    return digits.count > 0;
}

static bool read_number(struct rest *rest, struct number *number) {
    *number = (struct number){.integer = true};
    number->negative = accept(rest, "-");
    number->whole = read_digits(rest);
    if (number->whole.count == 0 || (number->whole.count > 1 && *number->whole.start == '0'))
        return false;
    if (accept(rest, ".")) {
        number->integer = false;
        number->fraction = read_digits(rest);
        if (number->fraction.count == 0)
            return false;
    }
    if (accept(rest, "eE")) {
        number->integer = false;
        return read_exponent(rest, &number->exponent);
    }
    return true;
}

static bool is_large_integer(const struct number *number) {
    const char *most = number->negative ? "9223372036854775808" : "9223372036854775807";
    size_t length = strlen(most);
    if (number->whole.count != length)
        return number->whole.count > length;
    return memcmp(number->whole.start, most, length) > 0;
}

/* The digit at a place, as if there was no point; beyond the last are zeros. */
static char digit_at(const struct number *number, size_t place) {
    if (place < number->whole.count)
        return number->whole.start[place];
    place -= number->whole.count;
    return place < number->fraction.count ? number->fraction.start[place] : '0';
}

/* Compared digit by digit: strtod() would follow the locale. */
static bool is_large_real(const struct number *number) {
    /* 2^1024 - 2^970, the least that is rounded to what is no double any more */
    static const char least[] = "179769313486231580793728971405303415079934132710037826936173778980"
                                "444968292764750946649017977587207096330286416692887910946555547851"
                                "940402630657488671505820681908902000708383676273854845817711531764"
                                "475730270069855571366959622842914819860834936475292719074168444365"
                                "510704342711559699508093042880177904174497792";
    const long long digits_of_least = sizeof least - 1;
    size_t count = number->whole.count + number->fraction.count, first = 0;
    while (first < count && digit_at(number, first) == '0')
        first++;
    if (first == count)
        return false;
    /* How many digits there are before the point, when the number is written without an exponent.
     */
    long long digits = (long long)number->whole.count - (long long)first + number->exponent;
    if (digits != digits_of_least)
        return digits > digits_of_least;
    for (size_t i = 0; least[i]; i++)
        if (digit_at(number, first + i) != least[i])
            return digit_at(number, first + i) > least[i];
    return true;
}

static void skip_string(struct rest *rest) {
    skip(rest, 1);
    while (rest->left && *rest->at != '"')
        skip(rest, *rest->at == '\\' && rest->left > 1 ? 2 : 1);
    if (rest->left)
        skip(rest, 1);
}

static void skip_all(struct rest *rest, const char *characters) {
    while (accept(rest, characters))
        ;
}

/* In quotes it would be a good key. */
static bool is_key(struct rest rest) {
    skip_all(&rest, " \t\n\r");
    return rest.left && *rest.at == ':';
}

/* Reads what begins like a number; returns whether it is one to be put in quotes. */
static bool read_large(struct rest *rest) {
    struct number number;
    if (!read_number(rest, &number)) {
        skip_all(rest, "0123456789+-.eE");
        return false;
    }
    return (number.integer ? is_large_integer(&number) : is_large_real(&number)) && !is_key(*rest);
}

static bool add_quoted(struct buffer *quoted, const char *text, size_t size) {
    return buffer_add(quoted, "\"", 1) && buffer_add(quoted, text, size) &&
           buffer_add(quoted, "\"", 1);
}

bool number_quote_large(const char *text, size_t size, struct buffer *quoted) {
    struct rest rest = {text, size};
    const char *copied = text; /* up to here */
    while (rest.left) {
        const char *start = rest.at;
        if (*start == '"') {
            skip_string(&rest);
        } else if (*start != '-' && !is_digit(*start)) {
            skip(&rest, 1);
        } else if (read_large(&rest)) {
            if (!buffer_add(quoted, copied, (size_t)(start - copied)) ||
                !add_quoted(quoted, start, (size_t)(rest.at - start)))
                return false;
            copied = rest.at;
        }
    }
    return buffer_add(quoted, copied, (size_t)(rest.at - copied));
}
