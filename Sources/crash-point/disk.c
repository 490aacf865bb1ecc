/* The record of --record: one entry for each call, in the order in which they were begun. An entry is a line,
 * and for a write its bytes, as many as the line says:
 *
 *   write OFFSET COUNT PATH     COUNT bytes follow
 *   truncate SIZE PATH
 *   sync PATH                   of a file, or of a folder
 *   lost PATH                   it failed: what was written since the last one may never reach the disk
 *   create PATH                 it is there and empty then, or as it was
 *   name PATH \t NEW            the file has that name now, instead of what it replaces
 *   link PATH \t NEW            and that one too, where nothing has it; PATH may be what the system shows for a
 *                               file without a name
 *   unlink PATH
 *   print COUNT                 to the standard output; COUNT bytes follow
 */
#define _GNU_SOURCE
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

static FILE *record;
static const char *folder;

void disk_begin(const char *file, const char *below) {
    record = fopen(file, "we");
    folder = below;
}

void disk_end(void) {
    if (record) fclose(record);
}

static int is_below(const char *path) { return !strncmp(path, folder, strlen(folder)); }

static void copy_bytes(pid_t pid, unsigned long long address, size_t count) {
    char *bytes = calloc(1, count + 1);
    if (!bytes || (count && read_memory(pid, address, bytes, count) != count)) {
        fprintf(stderr, "crash-point: the bytes of a write cannot be read\n");
        exit(125);
    }
    fwrite(bytes, 1, count, record);
    free(bytes);
}

/* Where a write without an offset goes. */
static long long position(pid_t pid, int descriptor) {
    char path[64], line[128];
    long long result = 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, descriptor);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof line, info)) if (sscanf(line, "pos: %lld", &result) == 1) break;
    if (info) fclose(info);
    return result;
}

static void read_path(pid_t pid, unsigned long long address, char *path, size_t size) {
    path[read_memory(pid, address, path, size - 1)] = 0;
}

/* The file behind a name of the form /proc/self/fd/N. */
static void follow(pid_t pid, char *path, size_t size) {
    int descriptor;
    char link[64];
    if (sscanf(path, "/proc/self/fd/%d", &descriptor) != 1) return;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, descriptor);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
}

void disk_record(
    pid_t pid, const char *call, const char *target, const struct __ptrace_syscall_info *info, const char *error) {
    const unsigned long *args = info->seccomp.args;
    if (!record) return;
    if (error && strcmp(error, "SHORT")) {
        if (is_below(target) && strstr(call, "sync")) fprintf(record, "lost %s\n", target);
        return;
    }
    if (!strcmp(call, "write") && !strcmp(target, "stdout")) {
        fprintf(record, "print %llu\n", (unsigned long long)args[2]);
        copy_bytes(pid, args[1], args[2]);
        return;
    }
    char old[4096] = "";
    if (!strcmp(call, "rename") || !strcmp(call, "link")) read_path(pid, args[0], old, sizeof old);
    if (!strcmp(call, "renameat") || !strcmp(call, "renameat2") || !strcmp(call, "linkat"))
        read_path(pid, args[1], old, sizeof old);
    follow(pid, old, sizeof old);
    if (*old) {
        const char *what = strncmp(call, "link", 4) ? "name" : "link";
        if (is_below(target)) fprintf(record, "%s %s\t%s\n", what, old, target);
    } else if (!is_below(target)) {
        return;
    } else if (!strcmp(call, "write") || !strcmp(call, "pwrite64")) {
        long long offset = call[0] == 'p' ? (long long)args[3] : position(pid, (int)args[0]);
        size_t count = error && args[2] > 1 ? args[2] / 2 : args[2];
        fprintf(record, "write %lld %zu %s\n", offset, count, target);
        copy_bytes(pid, args[1], count);
    } else if (!strcmp(call, "ftruncate") || !strcmp(call, "truncate")) {
        fprintf(record, "truncate %llu %s\n", (unsigned long long)args[1], target);
    } else if (!strcmp(call, "fsync") || !strcmp(call, "fdatasync")) {
        fprintf(record, "sync %s\n", target);
    } else if (!strcmp(call, "openat") || !strcmp(call, "open")) {
        /* A file without a name (O_TMPFILE) is told of by what is written to it. */
        if (!(args[call[4] ? 2 : 1] & O_TMPFILE & ~O_DIRECTORY)) fprintf(record, "create %s\n", target);
    } else if (!strcmp(call, "unlink") || !strcmp(call, "unlinkat")) {
        fprintf(record, "unlink %s\n", target);
    } else if (strncmp(call, "mkdir", 5)) {
        fprintf(record, "other %s %s\n", call, target);
    }
}

void disk_fail(pid_t pid, const char *call, const char *error) {
#ifdef __x86_64__
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers)) return;
    if (!strcmp(error, "SHORT")) {
        if (strstr(call, "write")) registers.rdx = registers.rdx > 1 ? registers.rdx / 2 : registers.rdx;
    } else {
        registers.orig_rax = (unsigned long long)-1; /* no call at all */
        registers.rax = (unsigned long long)-(long long)(!strcmp(error, "ENOSPC") ? ENOSPC : EIO);
    }
    ptrace(PTRACE_SETREGS, pid, 0, &registers);
#elif defined(__aarch64__)
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid, (void *)1 /* NT_PRSTATUS */, &all)) return;
    if (!strcmp(error, "SHORT")) {
        if (strstr(call, "write")) registers.regs[2] = registers.regs[2] > 1 ? registers.regs[2] / 2 : 1;
    } else {
        int none = -1;
        struct iovec number = {&none, sizeof none};
        ptrace(PTRACE_SETREGSET, pid, (void *)0x404 /* NT_ARM_SYSTEM_CALL */, &number);
        registers.regs[0] = (unsigned long long)-(long long)(!strcmp(error, "ENOSPC") ? ENOSPC : EIO);
    }
    ptrace(PTRACE_SETREGSET, pid, (void *)1, &all);
#else
#error "crash-point knows the registers of x86-64 and of 64-bit ARM"
#endif
}
