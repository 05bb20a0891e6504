/* digits.h: numbers as JSON has them, whatever the locale. */
#ifndef SPREETAIL_DIGITS_H
#define SPREETAIL_DIGITS_H

#include <stddef.h>

enum { MOST_DIGITS = 32 }; /* room for any number */

/* Each writes to `digits`, and returns how many bytes it wrote. Read back, they are the same
 * number. */
size_t digits_of_whole(long long number, char *digits);
size_t digits_of_number(double number, char *digits); /* which is finite */

#endif
