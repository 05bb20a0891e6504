/* text.h: text that comes from outside. More of it is public, in spreetail.h. */
#ifndef SPREETAIL_TEXT_H
#define SPREETAIL_TEXT_H

#include <stddef.h>

/* Puts something in place of control characters, and of what is no UTF-8, such as a character that
 * was cut. */
void text_make_readable(char *text, size_t size);

#endif
