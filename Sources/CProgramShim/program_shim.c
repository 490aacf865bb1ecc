#define _GNU_SOURCE
#include "program_shim.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int ledger_memory_file(const void *bytes, size_t count) {
    int file = memfd_create("ledger-input", MFD_CLOEXEC);
    if (file < 0) return -1;
    size_t written = 0;
    while (written < count) {
        ssize_t step = write(file, (const char *)bytes + written, count - written);
        if (step < 0 && errno == EINTR) continue;
        if (step <= 0) goto failed;
        written += (size_t)step;
    }
    if (lseek(file, 0, SEEK_SET) == 0) return file;
failed:;
    int reason = errno;
    close(file);
    errno = reason;
    return -1;
}
