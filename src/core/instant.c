#include "instant.h"

#include <ctype.h>
#include <string.h>

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
