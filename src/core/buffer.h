/* buffer.h: bytes that grow. */
#ifndef SPREETAIL_BUFFER_H
#define SPREETAIL_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data;  /* NUL-terminated whenever it is not NULL */
    size_t size; /* without that NUL */
    size_t capacity;
    bool secret; /* set while empty: the bytes lie in secret memory */
};

/* Appends so many bytes, which the caller writes there; NULL, with the buffer unchanged, when
 * memory runs out. */
char *buffer_extend(struct buffer *buffer, size_t size);

/* Appends; false, with the buffer unchanged, when memory runs out. */
bool buffer_add(struct buffer *buffer, const void *bytes, size_t size);
bool buffer_add_text(struct buffer *buffer, const char *text);
bool buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments);

/* Forgets all but the first `size` bytes, keeps the memory. Not for secrets: it does not wipe. */
void buffer_cut(struct buffer *buffer, size_t size);

/* Frees; the buffer is empty and usable again. */
void buffer_free(struct buffer *buffer);

#endif
