/* secret_command.h: a secret that another program prints, such as a password manager. */
#ifndef SPREETAIL_SECRET_COMMAND_H
#define SPREETAIL_SECRET_COMMAND_H

#include <stddef.h>

enum { SECRET_COMMAND_WHY = 160 };

/*
 * Has /bin/sh run the command, and waits for its end, at most so many seconds. Returns the first
 * line that it prints, which passes through secret memory alone; or NULL, and what was wrong in
 * `why`, which never holds anything of the command or of what it printed. The command reads
 * nothing; what it complains of is seen where our own complaints are.
 */
char *secret_from_command(const char *command, double seconds, size_t *size,
                          char why[SECRET_COMMAND_WHY]);

#endif
