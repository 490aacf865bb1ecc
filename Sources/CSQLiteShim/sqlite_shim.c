#define _GNU_SOURCE
#include "sqlite_shim.h"

#include <errno.h>
#include <fcntl.h>

/* Locks of the open file description, not of the process: they hold between two stores of one process too, and are not
 * lost when some other descriptor of the file is closed. */
static int set_lock(int file, off_t byte, short type) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(file, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int ledger_lock_byte(int file, off_t byte) { return set_lock(file, byte, F_WRLCK); }

int ledger_unlock_byte(int file, off_t byte) { return set_lock(file, byte, F_UNLCK); }
