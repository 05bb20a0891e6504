/* markdown_table.h: a table of a Markdown page, as cells, so that tests can hold pages to it. */
#ifndef SPREETAIL_MARKDOWN_TABLE_H
#define SPREETAIL_MARKDOWN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct markdown_table {
    char *page; /* owned: what the cells point into */
    size_t rows, columns;
    char *cells[100][12]; /* trimmed; row 0 is the heading */
};

/* Reads the table whose heading begins with `corner` from a file, given relative to the root of the
 * repository, where tests are run. Fails the test when there is no such table, or when it is
 * irregular. */
struct markdown_table *markdown_table_read(const char *path, const char *corner);
void markdown_table_free(struct markdown_table *table);

/* The number of the row that begins with `name`, or of the column headed by it; 0: there is none.
 */
size_t markdown_table_row(const struct markdown_table *table, const char *name);
size_t markdown_table_column(const struct markdown_table *table, const char *name);

#endif
