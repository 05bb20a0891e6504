#include "rule.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "../core/spreetail.h"

typedef const char *check(const struct value *value);

struct rule {
    const char *name;
    check *check;
};

/*
 * Text.
 */

/* Any. */
static const char *text(const struct value *value) {
    return value->type == LUA_TSTRING ? NULL : "must be a string, not %s";
}

static bool has_control_characters(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 32 || text[i] == 127)
            return true;
    return false;
}

/* What names something: a reference, a SKU, a line number. */
static const char *identifier(const struct value *value) {
    if (value->type != LUA_TSTRING)
        return "must be a string, not %s";
    if (value->size == 0)
        return "must not be empty";
    if (value->plain)
        return NULL;
    if (has_control_characters(value->text, value->size))
        return "must not hold control characters";
    return spreetail_is_utf8(value->text, value->size) ? NULL : "is not valid UTF-8";
}

/* What an order is looked up by, as a segment of a path. */
static const char *reference(const struct value *value) {
    bool is_text = value->type == LUA_TSTRING && value->size > 0 && value->size <= 2;
    if (is_text && memcmp(value->text, "..", value->size) == 0)
        return "must not be %s, which leads elsewhere in a path";
    return identifier(value);
}

/* Whether it is so many capitals. */
static bool are_capitals(const struct value *value, size_t count) {
    if (value->type != LUA_TSTRING || value->size != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (value->text[i] < 'A' || value->text[i] > 'Z')
            return false;
    return true;
}

static const char *currency(const struct value *value) {
    return are_capitals(value, 3) ? NULL : "must be three capital letters, such as EUR, not %s";
}

/* ISO 3166, by its form: we don't know which countries there are. */
static const char *country(const struct value *value) {
    return are_capitals(value, 2) ? NULL : "must be two capital letters, such as DE, not %s";
}

/*
 * Numbers.
 */

static bool is_number(const struct value *value, double least, double most) {
    return value->type == LUA_TNUMBER && value->number >= least &&
           value->number <= most; /* NaN is not */
}

/* Any that JSON has. */
static const char *number(const struct value *value) {
    return is_number(value, -DBL_MAX, DBL_MAX) ? NULL : "must be a number, not %s";
}

/* How much money. */
static const char *amount(const struct value *value) {
    return is_number(value, 0, DBL_MAX) ? NULL : "must be a number from 0, not %s";
}

/* How much of something is tax. */
static const char *percentage(const struct value *value) {
    return is_number(value, 0, 100) ? NULL : "must be a percentage from 0 to 100, not %s";
}

/* How many: 1, 2, 3, ... */
static const char *quantity(const struct value *value) {
    bool is = is_number(value, 1, DBL_MAX) &&
              (value->number >= 0x1p53 || value->number == (double)(long long)value->number);
    return is ? NULL : "must be a whole number from 1, not %s";
}

/* What one of something costs: zero-priced orders are rejected. */
static const char *price(const struct value *value) {
    return is_number(value, 0.01, DBL_MAX) ? NULL : "must be a number of at least 0.01, not %s";
}

/* A length or a weight. */
static const char *measure(const struct value *value) {
    bool is = is_number(value, 0, DBL_MAX) && value->number > 0;
    return is ? NULL : "must be a number above 0, not %s";
}

/*
 * Moments.
 */

#define LAST 253402300799.0 /* seconds from the epoch to the end of the year 9999 */

/* Reads so many digits; -1: there are others. */
static int read_digits(const char *text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = 10 * number + text[i] - '0';
    }
    return number;
}

static bool is_day(int year, int month, int day) {
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return false;
    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return day <= 29;
    return day <= days[month - 1];
}

static bool is_time(const char *text) {
    int hour = read_digits(text, 2), minute = read_digits(text + 3, 2);
    int second = read_digits(text + 6, 2);
    return hour >= 0 && hour < 24 && text[2] == ':' && minute >= 0 && minute < 60 &&
           text[5] == ':' && second >= 0 && second < 60;
}

static bool is_zone(const char *text, size_t size) {
    if (size == 1)
        return text[0] == 'Z';
    if (size != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    int hours = read_digits(text + 1, 2), minutes = read_digits(text + 4, 2);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

/* ISO 8601: 2026-01-31T12:00:00, perhaps a fraction, and a zone. */
static bool is_date(const char *text, size_t size) {
    if (size < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T')
        return false;
    if (!is_day(read_digits(text, 4), read_digits(text + 5, 2), read_digits(text + 8, 2)))
        return false;
    size_t at = 19;
    if (text[at] == '.') {
        size_t digits = strspn(text + at + 1, "0123456789");
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    return is_time(text + 11) && is_zone(text + at, size - at);
}

/* Text, or seconds since the epoch. */
static const char *date(const struct value *value) {
    bool is_text = value->type == LUA_TSTRING;
    if (is_text ? is_date(value->text, value->size) : is_number(value, 0, LAST))
        return NULL;
    if (is_number(value, LAST, LAST * 1000))
        return "must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not %s, "
               "which would be milliseconds";
    return "must be a time such as 2026-01-31T12:00:00Z, or seconds since the epoch, not %s";
}

static void put_digits(char *to, int number, int count) {
    for (int i = count; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
}

/* The day in the calendar, of days since the epoch: years begin in March, so that leap days are
 * last. */
static void put_day(char *date, int days) {
    int day = days + 719468; /* since 0000-03-01 */
    int era = day / 146097, of_era = day % 146097;
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153; /* from March */
    put_digits(date, year + 400 * era + (month >= 10), 4);
    put_digits(date + 5, month < 10 ? month + 3 : month - 9, 2);
    put_digits(date + 8, of_year - (153 * month + 2) / 5 + 1, 2);
}

void date_of_seconds(double seconds, char date[DATE_SIZE]) {
    int of_day = (int)((long long)seconds % 86400);
    memcpy(date, "0000-00-00T00:00:00Z", DATE_SIZE);
    put_day(date, (int)((long long)seconds / 86400));
    put_digits(date + 11, of_day / 3600, 2);
    put_digits(date + 14, of_day / 60 % 60, 2);
    put_digits(date + 17, of_day % 60, 2);
}

bool date_of(const struct value *value, char date[DATE_SIZE]) {
    bool is_moment = is_number(value, 0, LAST);
    if (is_moment)
        date_of_seconds(value->number, date);
    return is_moment;
}

/*
 * By name.
 */

static const struct rule rules[] = {
    {"text", text},       {"identifier", identifier}, {"reference", reference}, {"number", number},
    {"amount", amount},   {"percentage", percentage}, {"quantity", quantity},   {"price", price},
    {"measure", measure}, {"currency", currency},     {"country", country},     {"date", date},
};

const struct rule *rule_find(lua_State *L, const char *name) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    luaL_error(L, "there is no rule '%s'", name);
    return NULL;
}

const char *rule_breach(const struct rule *rule, const struct value *value) {
    return rule->check(value);
}

int breach(lua_State *L) {
    struct value value;
    lua_settop(L, 2);
    value_read(&value, L, 2);
    const char *words = rule_breach(rule_find(L, luaL_checkstring(L, 1)), &value);
    if (words)
        lua_pushstring(L, words);
    else
        lua_pushnil(L);
    return 1;
}
