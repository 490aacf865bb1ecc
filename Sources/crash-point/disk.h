/* What a program does to its files: written down, or made to fail. For crash-point. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

struct __ptrace_syscall_info;

/* Bytes of another process; in main.c. */
size_t read_memory(pid_t pid, unsigned long long address, void *bytes, size_t size);

/* Opens the record. Nothing is written down without one. */
void disk_begin(const char *file, const char *folder);
void disk_end(void);

/* At the entry of a call on `target`. `error` is what it will give instead of happening, or NULL. */
void disk_record(
    pid_t pid, const char *call, const char *target, const struct __ptrace_syscall_info *info, const char *error);

/* At the entry of a call: it will give `error` (EIO, ENOSPC) instead of happening, or write half (SHORT). */
void disk_fail(pid_t pid, const char *call, const char *error);
