#ifndef PROGRAM_SHIM_H
#define PROGRAM_SHIM_H

#include <stddef.h>

/* A file without a name, in memory alone, that holds `bytes` and stands at its beginning; it closes on exec.
 * Returns its descriptor, or -1 with errno set. Swift cannot see memfd_create, which is a GNU extension. */
int ledger_memory_file(const void *bytes, size_t count);

#endif
