/* crash-point: ends a program at one of its system calls. For tests only.
 *
 *   crash-point --report FILE [--like PATTERN] [--kill N | --stop N | --fail N ERROR] [--after] [--orphans]
 *               [--record FILE FOLDER] -- PROGRAM ARG...
 *
 * Follows the program with all its threads and children (ptrace), and counts over all of them the calls that
 * write, send, sync, name, connect or execute: the points. The report gets one line for each, with tabs between:
 *
 *   point   N  PID  PROCESS  CALL  TARGET
 *   killed | stopped   PID
 *
 * --like    counts only points whose `PROCESS CALL TARGET` matches the pattern (fnmatch); after the hit, all.
 * --kill N  kills the program (SIGKILL) when it, or a child, is about to make the N-th call: the program's own
 *           call does not happen, nor does that of a child with a parent-death signal. Children have half a
 *           second to die of it; those that live on are named (`survivor PID PROCESS`) and killed as well.
 * --after   kills when the call has taken effect instead.
 * --orphans takes the parent-death signal from all children and leaves them alive; they are followed to their
 *           end.
 * --stop N  stops the program, not its children, instead of killing it; SIGCONT to the process that `stopped`
 *           names (us) lets it go on.
 *
 * --fail N  the N-th call does not happen, and gives an error: EIO, ENOSPC, or SHORT for a write of half of the
 *           bytes. With a `+` before it, all calls from the N-th on.
 * --record  what the program does to the files below FOLDER, and what it prints, with all bytes (disk.c).
 *
 * Ends with the program's own exit code, 137 where it was killed. Only the listed calls are trapped (seccomp),
 * so the rest runs at full speed. A trapped call would fail if we were gone, so we never leave before our
 * tracees.
 */
#define _GNU_SOURCE
#include "disk.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What tells the target of a call: a descriptor, a path or an address, in the argument of that number. */
enum kind { DESCRIPTOR, PATH, ADDRESS };
struct call { long number; const char *name; enum kind kind; int argument; };

#define CALL(name, kind, argument) {SYS_##name, #name, kind, argument},
static const struct call calls[] = {
    CALL(write, DESCRIPTOR, 0) CALL(pwrite64, DESCRIPTOR, 0) CALL(writev, DESCRIPTOR, 0)
    CALL(pwritev, DESCRIPTOR, 0) CALL(pwritev2, DESCRIPTOR, 0) CALL(sendfile, DESCRIPTOR, 0)
    CALL(copy_file_range, DESCRIPTOR, 2) CALL(splice, DESCRIPTOR, 2)
    CALL(sendto, DESCRIPTOR, 0) CALL(sendmsg, DESCRIPTOR, 0) CALL(sendmmsg, DESCRIPTOR, 0)
    CALL(fsync, DESCRIPTOR, 0) CALL(fdatasync, DESCRIPTOR, 0) CALL(sync_file_range, DESCRIPTOR, 0)
    CALL(ftruncate, DESCRIPTOR, 0) CALL(truncate, PATH, 0) CALL(fallocate, DESCRIPTOR, 0)
    CALL(openat, PATH, 1) CALL(mkdirat, PATH, 1) CALL(unlinkat, PATH, 1) CALL(symlinkat, PATH, 2)
    CALL(linkat, PATH, 3) CALL(renameat, PATH, 3) CALL(renameat2, PATH, 3)
    CALL(connect, ADDRESS, 1) CALL(execve, PATH, 0) CALL(execveat, PATH, 1)
#ifdef SYS_open
    CALL(open, PATH, 0) CALL(creat, PATH, 0) CALL(mkdir, PATH, 0) CALL(rmdir, PATH, 0) CALL(unlink, PATH, 0)
    CALL(symlink, PATH, 1) CALL(link, PATH, 1) CALL(rename, PATH, 1)
#endif
};
enum { CALL_COUNT = sizeof calls / sizeof *calls, TRAP = SECCOMP_RET_TRACE, PASS = SECCOMP_RET_ALLOW };

static FILE *report;
static const char *pattern;
static long wanted, count;
static int is_stop, is_after, is_orphans, is_hit;
static const char *failure; /* what --fail gives */
static long failing;
static pid_t root, frozen, leaving;
static volatile sig_atomic_t may_go_on;

/* The program's threads that are kept stopped, each with the signal that it is about to get. */
static struct { pid_t pid; int signal; } held[1024];
static int held_count;

static void fail(const char *what) {
    fprintf(stderr, "crash-point: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* The filter: which calls stop. It is inherited by all children, also by those in a sandbox. */
static void trap_calls(void) {
    struct sock_filter filter[3 * CALL_COUNT + 40];
    int n = 0;
#define ADD(...) filter[n++] = (struct sock_filter)__VA_ARGS__
#define LOAD(field) ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define RETURN(what) ADD(BPF_STMT(BPF_RET | BPF_K, what))
    LOAD(nr);
    for (int i = 0; i < CALL_COUNT; i++) {
        int flags = !strcmp(calls[i].name, "openat") ? 2 : !strcmp(calls[i].name, "open") ? 1 : 0;
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, flags ? 4 : 1));
        if (flags) {
            LOAD(args[flags]);
            ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 0, 1));
            RETURN(TRAP);
            RETURN(PASS);
        } else {
            RETURN(TRAP);
        }
    }
    if (is_orphans) {
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3));
        LOAD(args[0]);
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_PDEATHSIG, 0, 1));
        RETURN(SECCOMP_RET_ERRNO); /* with 0: it says that it has been done */
    }
    RETURN(PASS);
    struct sock_fprog program = {(unsigned short)n, filter};
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no_new_privs");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) fail("seccomp");
}

static void read_link(pid_t pid, int descriptor, char *text, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, descriptor);
    ssize_t length = readlink(link, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
    char *bracket = strstr(text, ":[");
    if (bracket && text[0] != '/') *bracket = 0; /* socket:[4711] */
}

size_t read_memory(pid_t pid, unsigned long long address, void *bytes, size_t size) {
    struct iovec here = {bytes, size}, there = {(void *)(uintptr_t)address, size};
    ssize_t length = process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (length < 0 && size > 256) return read_memory(pid, address, bytes, 256 - (address & 255));
    return length < 0 ? 0 : (size_t)length;
}

static void describe(
    pid_t pid, int is_own, const struct call *call, unsigned long long value, char *text, size_t size) {
    text[0] = 0;
    if (call->kind == DESCRIPTOR) {
        if (is_own && (value == 1 || value == 2)) snprintf(text, size, value == 1 ? "stdout" : "stderr");
        else read_link(pid, (int)value, text, size);
    } else if (call->kind == PATH) {
        text[read_memory(pid, value, text, size - 1)] = 0;
    } else {
        union { struct sockaddr any; struct sockaddr_in in; struct sockaddr_un local; } address = {0};
        read_memory(pid, value, &address, sizeof address);
        if (address.any.sa_family == AF_INET)
            snprintf(text, size, "%s:%d", inet_ntoa(address.in.sin_addr), ntohs(address.in.sin_port));
        else if (address.any.sa_family == AF_UNIX) snprintf(text, size, "%.100s", address.local.sun_path);
        else snprintf(text, size, "family %d", address.any.sa_family);
    }
    for (char *c = text; *c; c++) if ((unsigned char)*c < ' ') *c = '?';
}

static pid_t group_of(pid_t pid, char *name, size_t size) {
    char path[64], line[256];
    int group = pid;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status)) if (sscanf(line, "Tgid: %d", &group) == 1) break;
    if (status) fclose(status);
    snprintf(path, sizeof path, "/proc/%d/comm", group);
    FILE *comm = fopen(path, "re");
    if (!comm || !fgets(name, (int)size, comm)) snprintf(name, size, "?");
    if (comm) fclose(comm);
    name[strcspn(name, "\n")] = 0;
    return group;
}

static void go_on(pid_t pid, int signal) {
    ptrace(pid == leaving ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, signal);
}

/* Lets a thread go on, unless its program is kept stopped. */
static void resume(pid_t pid, int signal) {
    char name[64];
    if (is_stop && is_hit && !may_go_on && group_of(pid, name, sizeof name) == root && held_count < 1024) {
        held[held_count].pid = pid;
        held[held_count++].signal = signal;
    } else {
        go_on(pid, signal);
    }
}

static void stop_all(pid_t but) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", root);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        pid_t pid = atoi(task->d_name);
        if (pid > 0 && pid != but) ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    }
    if (tasks) closedir(tasks);
}

static void let_go(int signal) { may_go_on = signal; }

static void hit(pid_t pid) {
    is_hit = 1;
    if (is_stop) stop_all(pid);
    else if (kill(root, SIGKILL)) fail("kill");
    else frozen = pid; /* it goes on when the program is gone */
    fprintf(report, "%s\t%d\n", is_stop ? "stopped" : "killed", is_stop ? getpid() : root);
    fflush(report);
}

/* At the entry of a trapped call. Returns 1 if the thread must not go on now. */
static int at_point(pid_t pid) {
    struct __ptrace_syscall_info info;
    char name[64], target[4200], whole[4400];
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return 0;
    const struct call *call = calls;
    while (call < calls + CALL_COUNT && call->number != (long)info.seccomp.nr) call++;
    if (call == calls + CALL_COUNT) return 0;
    pid_t group = group_of(pid, name, sizeof name);
    describe(pid, group == root, call, info.seccomp.args[call->argument], target, sizeof target);
    snprintf(whole, sizeof whole, "%s %s %s", name, call->name, target);
    int is_counted = is_hit || !pattern || !fnmatch(pattern, whole, 0);
    int is_plus = failure && *failure == '+';
    int fails = is_counted && failure && (is_plus ? count + 1 >= failing : count + 1 == failing);
    int kills = is_counted && !is_hit && !is_after && count + 1 == wanted;
    if (group == root && !kills) disk_record(pid, call->name, target, &info, fails ? failure + is_plus : NULL);
    if (!is_counted) return 0;
    fprintf(report, "point\t%ld\t%d\t%s\t%s\t%s\n", ++count, group, name, call->name, target);
    if (fails) {
        disk_fail(pid, call->name, failure + is_plus);
        fprintf(report, "failed\t%s\n", failure);
        return 0;
    }
    if (is_hit || count != wanted) return 0;
    if (is_after) return leaving = pid, 0;
    hit(pid);
    return frozen == pid;
}

static void handle(pid_t pid, int status) {
    int signal = WSTOPSIG(status), event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP) {
        if (!at_point(pid)) resume(pid, 0);
    } else if (signal == (SIGTRAP | 0x80)) { /* --after: the call has taken effect */
        leaving = 0;
        hit(pid);
        if (frozen != pid) resume(pid, 0);
    } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        ptrace(PTRACE_LISTEN, pid, 0, 0); /* stopped as a group: SIGCONT wakes it */
    } else {
        resume(pid, event ? 0 : signal);
    }
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The program is gone: what becomes of its children? */
static void part(void) {
    if (frozen) go_on(frozen, 0), frozen = 0;
    for (long start = milliseconds(), is_late = 0;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL | (is_orphans ? 0 : WNOHANG));
        if (pid < 0) return; /* ECHILD: the last one is gone */
        if (pid > 0 && WIFSTOPPED(status)) {
            char name[64];
            if (is_late) {
                pid_t group = group_of(pid, name, sizeof name);
                fprintf(report, "survivor\t%d\t%s\n", group, name);
                kill(group, SIGKILL);
            } else {
                handle(pid, status);
            }
        }
        if (pid > 0 || is_orphans) continue;
        usleep(1000);
        if (milliseconds() - start < 500) continue;
        is_late = 1;
        /* Tracees cannot be listed; whoever still runs is found by who is traced by us. */
        char command[128];
        snprintf(
            command, sizeof command, "grep -ls '^TracerPid:[[:space:]]*%d$' /proc/[0-9]*/status", getpid());
        FILE *found = popen(command, "re");
        char line[128];
        while (found && fgets(line, sizeof line, found)) {
            int late;
            if (sscanf(line, "/proc/%d/", &late) == 1) ptrace(PTRACE_INTERRUPT, late, 0, 0);
        }
        if (found) pclose(found);
    }
}

int main(int argc, char **argv) {
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--"); i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--report")) report = fopen(value, "we"), i++;
        else if (!strcmp(argv[i], "--like")) pattern = value, i++;
        else if (!strcmp(argv[i], "--kill")) wanted = atol(value), i++;
        else if (!strcmp(argv[i], "--stop")) wanted = atol(value), is_stop = 1, i++;
        else if (!strcmp(argv[i], "--fail") && i + 2 < argc) failing = atol(value), failure = argv[i + 2], i += 2;
        else if (!strcmp(argv[i], "--record") && i + 2 < argc) disk_begin(value, argv[i + 2]), i += 2;
        else if (!strcmp(argv[i], "--after")) is_after = 1;
        else if (!strcmp(argv[i], "--orphans")) is_orphans = 1;
        else i = argc;
    }
    if (i + 1 >= argc || !report) return fprintf(stderr, "usage: see main.c\n"), 2;
    int gate[2];
    if (pipe2(gate, O_CLOEXEC)) fail("pipe");
    root = fork();
    if (root == 0) {
        char go;
        if (read(gate[0], &go, 1) != 1) fail("nobody follows");
        trap_calls();
        execv(argv[i + 1], argv + i + 1);
        fail(argv[i + 1]);
    }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK
        | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (root < 0 || ptrace(PTRACE_SEIZE, root, 0, options)) fail("cannot follow the program");
    if (write(gate[1], "g", 1) != 1) fail("pipe");
    close(gate[0]), close(gate[1]);
    int status, code = 125;
    struct sigaction action = {.sa_handler = let_go}; /* no SA_RESTART: waitpid is to return */
    sigaction(SIGCONT, &action, NULL);
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (may_go_on) while (held_count > 0) held_count--, go_on(held[held_count].pid, held[held_count].signal);
        if (pid <= 0) continue;
        if (WIFSTOPPED(status)) handle(pid, status);
        else if (pid == root) { code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); break; }
    }
    part();
    fprintf(report, "end\t%ld\t%d\n", count, code);
    disk_end();
    return fclose(report), code;
}
