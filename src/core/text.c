/* text.c: what has to be known about text that comes from outside. */
#include <ctype.h>
#include <string.h>

#include "spreetail.h"

size_t spreetail_encode_segment(const char *segment, size_t size, char *encoded) {
    static const char digits[] = "0123456789ABCDEF";
    char *to = encoded;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)segment[i];
        if (c < 128 && (isalnum(c) || (c && strchr("-._~", c)))) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return (size_t)(to - encoded);
}

bool spreetail_is_utf8(const char *text, size_t size) {
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    while (at < end) {
        unsigned char lead = *at++;
        if (lead < 0x80)
            continue;
        int more = lead >= 0xc2 && lead <= 0xdf   ? 1
                   : lead >= 0xe0 && lead <= 0xef ? 2
                   : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                  : 0;
        if (more == 0 || end - at < more)
            return false;
        unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (*at < lowest || *at > highest)
            return false;
        for (at++; more > 1; more--, at++)
            if (*at < 0x80 || *at > 0xbf)
                return false;
    }
    return true;
}
