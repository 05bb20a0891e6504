#include "digits.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends before `end`; returns where it begins. */
static char *put_backwards(unsigned long long number, char *end) {
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return end;
}

size_t digits_of_whole(long long number, char *digits) {
    char room[MOST_DIGITS], *end = room + sizeof room;
    unsigned long long size =
        number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;
    char *start = put_backwards(size, end);
    if (number < 0)
        *--start = '-';
    memcpy(digits, start, (size_t)(end - start));
    return (size_t)(end - start);
}

/* A number that was made whole by so many decimals; zeros at the end are left out. */
static size_t put_decimals(unsigned long long scaled, int decimals, bool negative, char *digits) {
    char room[MOST_DIGITS], *end = room + sizeof room, *to = digits;
    for (; scaled % 10 == 0; scaled /= 10)
        decimals--;
    char *start = put_backwards(scaled, end);
    while (end - start <= decimals)
        *--start = '0';
    if (negative)
        *to++ = '-';
    size_t whole = (size_t)(end - start - decimals);
    memcpy(to, start, whole);
    to[whole] = '.';
    memcpy(to + whole + 1, start + whole, (size_t)decimals);
    return (size_t)(to - digits) + whole + 1 + (size_t)decimals;
}

/* What has few decimals, such as 19.99; 0: it has more. Division rounds n/100 as reading "n/100"
 * does, and of so few digits no two make the same number, so that these are the shortest. */
static size_t put_short(double number, char *digits) {
    double size = fabs(number), scale = 100;
    for (int decimals = 2; decimals <= 6 && size * scale < 1e15; decimals += 2, scale *= 100) {
        unsigned long long scaled = (unsigned long long)(size * scale + 0.5);
        double back = (double)scaled / scale;
        if (back == size)
            return put_decimals(scaled, decimals, number < 0, digits);
    }
    return 0;
}

static void set_point(char *digits) {
    const char *point = localeconv()->decimal_point;
    char *decimals = strcmp(point, ".") == 0 ? NULL : strstr(digits, point);
    if (decimals) {
        size_t size = strlen(point);
        *decimals = '.';
        memmove(decimals + 1, decimals + size, strlen(decimals + size) + 1);
    }
}

/* As many digits as it takes: 15 are never too many, but for the tiniest, which have fewer; 17
 * always do. */
static size_t put_exact(double number, char *digits) {
    int precision = fabs(number) < DBL_MIN ? 1 : DBL_DIG;
    do {
        snprintf(digits, MOST_DIGITS, "%.*g", precision, number);
    } while (strtod(digits, NULL) != number && precision++ < 17);
    set_point(digits);
    return strlen(digits);
}

size_t digits_of_number(double number, char *digits) {
    if (number == 0 && signbit(number)) {
        memcpy(digits, "-0", 2);
        return 2;
    }
    if (number > -0x1p63 && number < 0x1p63 && number == (double)(long long)number)
        return digits_of_whole((long long)number, digits);
    size_t size = put_short(number, digits);
    return size ? size : put_exact(number, digits);
}
