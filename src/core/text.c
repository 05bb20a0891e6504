#include "text.h"

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

/* The bytes of the character that begins here; 0: it is none. */
static size_t character(const unsigned char *at, const unsigned char *end) {
    unsigned char lead = *at++;
    if (lead < 0x80)
        return 1;
    size_t more = lead >= 0xc2 && lead <= 0xdf   ? 1
                  : lead >= 0xe0 && lead <= 0xef ? 2
                  : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                 : 0;
    if (more == 0 || (size_t)(end - at) < more)
        return 0;
    unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (*at < lowest || *at > highest)
        return 0;
    for (size_t i = 1; i < more; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return more + 1;
}

bool spreetail_is_utf8(const char *text, size_t size) {
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    size_t length = 1;
    for (; at < end && length; at += length)
        length = character(at, end);
    return length > 0;
}

void text_make_readable(char *text, size_t size) {
    unsigned char *at = (unsigned char *)text, *end = at + size;
    while (at < end) {
        size_t length = character(at, end);
        if (length == 0)
            *at = '?';
        else if (iscntrl(*at))
            *at = ' ';
        at += length ? length : 1;
    }
}
