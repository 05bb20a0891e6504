#include "markdown_table.h"

#include "check.h"

enum { MOST_ROWS = COUNT_OF(((struct markdown_table *)0)->cells) };
enum { MOST_COLUMNS = COUNT_OF(((struct markdown_table *)0)->cells[0]) };

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s can't be opened: tests are run from the root of the repository", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

static char *trim(char *text) {
    size_t size = strlen(text);
    while (size && text[size - 1] == ' ')
        text[--size] = '\0';
    return text + strspn(text, " ");
}

/* Takes a line, which it changes, into the next row. */
static void add_row(struct markdown_table *table, char *line) {
    size_t row = table->rows++, column = 0, size = strlen(line);
    assert_true(row < MOST_ROWS);
    if (size < 2 || line[size - 1] != '|')
        fail_msg("a row does not end with '|': %s", line);
    line[size - 1] = '\0';
    for (char *cell = line + 1, *end; cell; cell = end) {
        end = strchr(cell, '|');
        if (end)
            *end++ = '\0';
        assert_true(column < MOST_COLUMNS);
        table->cells[row][column++] = trim(cell);
    }
    if (row == 0)
        table->columns = column;
    if (column != table->columns)
        fail_msg("row '%s' has %zu cells, not %zu", table->cells[row][0], column, table->columns);
}

static bool is_ruler(const char *line) {
    return strspn(line, "|-: ") == strlen(line);
}

struct markdown_table *markdown_table_read(const char *path, const char *corner) {
    struct markdown_table *table = calloc(1, sizeof *table);
    assert_non_null(table);
    table->page = read_file(path);
    char heading[100];
    snprintf(heading, sizeof heading, "| %s |", corner);
    char *line = strstr(table->page, heading);
    if (!line)
        fail_msg("%s has no table that begins with '%s'", path, heading);
    for (char *next; line && *line == '|'; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!is_ruler(line))
            add_row(table, line);
        else
            assert_int_equal(table->rows, 1);
    }
    assert_true(table->rows > 1);
    return table;
}

void markdown_table_free(struct markdown_table *table) {
    free(table->page);
    free(table);
}

size_t markdown_table_row(const struct markdown_table *table, const char *name) {
    for (size_t row = 1; row < table->rows; row++)
        if (strcmp(table->cells[row][0], name) == 0)
            return row;
    return 0;
}

size_t markdown_table_column(const struct markdown_table *table, const char *name) {
    for (size_t column = 1; column < table->columns; column++)
        if (strcmp(table->cells[0][column], name) == 0)
            return column;
    return 0;
}
