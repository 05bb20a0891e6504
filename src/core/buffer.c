#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

static bool grow(struct buffer *buffer, size_t capacity) {
    char *data;
    if (buffer->secret) {
        data = secret_alloc(capacity);
        if (data && buffer->data)
            memcpy(data, buffer->data, buffer->size + 1);
        if (data)
            secret_free(buffer->data);
    } else {
        data = realloc(buffer->data, capacity);
    }
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

static bool reserve(struct buffer *buffer, size_t more) {
    if (more >= SIZE_MAX / 2 - buffer->size)
        return false;
    size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;
    return grow(buffer, capacity < needed ? needed : capacity);
}

char *buffer_extend(struct buffer *buffer, size_t size) {
    if (!reserve(buffer, size))
        return NULL;
    char *start = buffer->data + buffer->size;
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
    return start;
}

bool buffer_add(struct buffer *buffer, const void *bytes, size_t size) {
    char *start = buffer_extend(buffer, size);
    if (start && size)
        memcpy(start, bytes, size);
    return start != NULL;
}

bool buffer_add_text(struct buffer *buffer, const char *text) {
    return buffer_add(buffer, text, strlen(text));
}

bool buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    bool fits = length >= 0 && reserve(buffer, (size_t)length);
    if (fits) {
        vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    return fits;
}

bool buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool added = buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
    return added;
}

void buffer_cut(struct buffer *buffer, size_t size) {
    buffer->size = size;
    if (buffer->data)
        buffer->data[size] = '\0';
}

void buffer_free(struct buffer *buffer) {
    if (buffer->secret)
        secret_free(buffer->data);
    else
        free(buffer->data);
    buffer->data = NULL;
    buffer->size = buffer->capacity = 0;
}
