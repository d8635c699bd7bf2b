/*
 * Stands between the program under test and the disk (LD_PRELOAD): counts its file operations, makes one of them fail,
 * and writes down all of them in the order in which they happened.
 *
 * Only files below SHIM_ROOT count. What asks and changes nothing (stat, access, locks) does not: no disk is needed for
 * an answer. The calls go to the kernel by syscall(2), so that no function of libc calls a function of this file.
 *
 *   SHIM_ROOT   the directory
 *   SHIM_PAGE   a file that is shared with the test: how many operations there were, how many failed, and which
 *   SHIM_FAIL   "once N": operation N fails. "on N": it and all after it. "torn N": write N stores the first half of its
 *               bytes and says so, and the next one to the same file fails. "sync N", "syncs N": once and on, of syncs alone
 *   SHIM_TRACE  a file that takes the record; see kit/trace.rs
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATHS 1024

static struct page {
    _Atomic long operations, failed;
    char what[32], path[PATHS];
} *page;

static enum { NEVER, ONCE, ON, TORN } mode;
static long fail_at;
static int only_syncs;
static _Atomic int torn_fd = -1;
static char root[PATHS];
static size_t root_length;
static int trace = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *value = getenv("SHIM_ROOT");
    if (!value) return;
    root_length = (size_t)snprintf(root, sizeof root, "%s/", value);
    if ((value = getenv("SHIM_FAIL"))) {
        mode = value[0] == 't' ? TORN : strncmp(value, "once", 4) == 0 || strncmp(value, "sync ", 5) == 0 ? ONCE : ON;
        only_syncs = value[0] == 's';
        fail_at = atol(strchr(value, ' ') + 1);
    }
    int fd = (int)syscall(SYS_openat, AT_FDCWD, getenv("SHIM_PAGE"), O_RDWR | O_CLOEXEC, 0);
    void *at = (void *)syscall(SYS_mmap, NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || at == MAP_FAILED) _exit(125);
    if ((value = getenv("SHIM_TRACE"))) {
        trace = (int)syscall(SYS_openat, AT_FDCWD, value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (trace < 0) _exit(125);
    }
    page = at;
}

/* ---- which files count -------------------------------------------------------------------------------------------- */

static int is_below(const char *path) { return page && strncmp(path, root, root_length) == 0; }

/* The whole path of what a call names. */
static int named(int at, const char *name, char *path) {
    if (!page) return 0;
    if (name[0] == '/') {
        snprintf(path, PATHS, "%s", name);
    } else {
        char link[64], dir[PATHS / 2];
        snprintf(link, sizeof link, at == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", at);
        long n = syscall(SYS_readlinkat, AT_FDCWD, link, dir, sizeof dir - 1);
        if (n < 0) return 0;
        dir[n] = 0;
        while (strncmp(name, "./", 2) == 0) name += 2;
        snprintf(path, PATHS, "%s/%s", dir, name);
    }
    return is_below(path);
}

/* The path of an open file or directory below the root. */
static int opened(int fd, char *path) {
    if (!page) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATHS - 1);
    if (n < 0) return 0;
    path[n] = 0;
    char *gone = strstr(path, " (deleted)");
    if (gone) *gone = 0;
    return is_below(path);
}

static int is_socket(int fd) {
    struct stat at;
    return page && trace >= 0 && fstat(fd, &at) == 0 && S_ISSOCK(at.st_mode);
}

/* ---- whether it fails --------------------------------------------------------------------------------------------- */

enum verdict { PASSES, FAILS, HALVED };

static enum verdict failure(const char *what, const char *path) {
    if (atomic_fetch_add(&page->failed, 1) == 0) {
        snprintf(page->what, sizeof page->what, "%s", what);
        snprintf(page->path, sizeof page->path, "%s", path);
    }
    return FAILS;
}

/* `written_fd` is -1 for what is no write, `length` how much is written. */
static enum verdict judge(const char *what, const char *path, int written_fd, size_t length) {
    if (mode == TORN && written_fd < 0) return PASSES;
    if (only_syncs && !strstr(what, "sync")) return PASSES;
    int expected = written_fd;
    if (mode == TORN && atomic_compare_exchange_strong(&torn_fd, &expected, -1)) return failure(what, path);
    long n = atomic_fetch_add(&page->operations, 1) + 1;
    if (mode == NEVER || n < fail_at || (mode != ON && n > fail_at)) return PASSES;
    if (mode != TORN || length < 2) return failure(what, path);
    torn_fd = written_fd;
    return HALVED;
}

/* ---- the record --------------------------------------------------------------------------------------------------- */

struct entry {
    uint32_t kind, fd;
    uint64_t inode;
    int64_t offset;
    uint32_t path_length, data_length;
};

static void record(char kind, int fd, int64_t offset, const char *path, const void *data, size_t length) {
    if (trace < 0) return;
    struct stat at = {0};
    if (fd >= 0) fstat(fd, &at);
    struct entry entry = {(uint32_t)kind, (uint32_t)fd, at.st_ino, offset, (uint32_t)strlen(path), (uint32_t)length};
    struct iovec parts[] = {
        {&entry, sizeof entry}, {(void *)path, entry.path_length}, {(void *)data, length}};
    if (syscall(SYS_writev, trace, parts, 3) != (long)(sizeof entry + entry.path_length + length)) _exit(125);
}

/* While something is traced it happens one after the other, so that the record's order is the true one. */
static void lock(void) { if (trace >= 0) pthread_mutex_lock(&order); }
static void unlock(void) {
    int kept = errno;
    if (trace >= 0) pthread_mutex_unlock(&order);
    errno = kept;
}

static int refuse(int code) { errno = code; return -1; }

/* ---- the calls ---------------------------------------------------------------------------------------------------- */

static int open_any(int at, const char *name, int flags, mode_t rights) {
    char path[PATHS];
    if (!named(at, name, path)) return (int)syscall(SYS_openat, at, name, flags | O_LARGEFILE, rights);
    if (judge(flags & O_CREAT ? "create" : "open", path, -1, 0) == FAILS) return refuse(flags & O_CREAT ? ENOSPC : EIO);
    lock();
    struct stat before;
    int was_there = stat(path, &before) == 0;
    int fd = (int)syscall(SYS_openat, at, name, flags | O_LARGEFILE, rights);
    if (fd >= 0 && !was_there) record('C', fd, 0, path, NULL, 0);
    else if (fd >= 0 && flags & O_TRUNC) record('T', fd, 0, path, NULL, 0);
    unlock();
    return fd;
}

#define OPEN(name, parameters, at, path) \
    int name parameters { \
        mode_t rights = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); rights = va_arg(more, mode_t); va_end(more); } \
        return open_any(at, path, flags, rights); \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path)
OPEN(openat, (int at, const char *path, int flags, ...), at, path)
OPEN(openat64, (int at, const char *path, int flags, ...), at, path)

static int64_t end_or_position(int fd) {
    struct stat at;
    if (fcntl(fd, F_GETFL) & O_APPEND && fstat(fd, &at) == 0) return at.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

/* `offset` -1: where the file stands. */
static ssize_t write_any(int fd, const void *data, size_t length, int64_t offset) {
    char path[PATHS];
    int on_disk = opened(fd, path);
    if (on_disk) {
        enum verdict verdict = judge("write", path, fd, length);
        if (verdict == FAILS) return refuse(ENOSPC);
        if (verdict == HALVED) length /= 2;
    }
    int sent = !on_disk && is_socket(fd);
    if (!on_disk && !sent) return offset < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    lock();
    int64_t at = offset < 0 && on_disk ? end_or_position(fd) : offset;
    ssize_t n = offset < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    if (n > 0) record(sent ? 'S' : 'W', fd, at, on_disk ? path : "", data, (size_t)n);
    unlock();
    return n;
}

ssize_t write(int fd, const void *data, size_t length) { return write_any(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_any(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return write_any(fd, data, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATHS];
    if (!opened(fd, path) && !is_socket(fd)) return syscall(SYS_writev, fd, parts, count);
    /* In one piece: a caller has to bear that less is written than it asked for, so there is no need for all of it. */
    static __thread char joined[65536];
    size_t length = 0;
    for (int n = 0; n < count; n++) {
        size_t fits = parts[n].iov_len < sizeof joined - length ? parts[n].iov_len : sizeof joined - length;
        memcpy(joined + length, parts[n].iov_base, fits);
        length += fits;
    }
    return write_any(fd, joined, length, -1);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t to_length) {
    lock();
    ssize_t n = syscall(SYS_sendto, fd, data, length, flags, to, to_length);
    if (n > 0 && page) record('S', fd, 0, "", data, (size_t)n);
    unlock();
    return n;
}
ssize_t send(int fd, const void *data, size_t length, int flags) { return sendto(fd, data, length, flags, NULL, 0); }

/* An answer, or the end of the connection. A socket that is read from may block: the record follows, and nothing waits. */
static void received(int fd, ssize_t n) {
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (!is_socket(fd)) return;
    int kept = errno;
    lock();
    record('R', fd, 0, "", NULL, 0);
    errno = kept;
    unlock();
}

ssize_t recvfrom(int fd, void *data, size_t length, int flags, struct sockaddr *from, socklen_t *from_length) {
    ssize_t n = syscall(SYS_recvfrom, fd, data, length, flags, from, from_length);
    received(fd, n);
    return n;
}
ssize_t recv(int fd, void *data, size_t length, int flags) { return recvfrom(fd, data, length, flags, NULL, NULL); }

ssize_t read(int fd, void *data, size_t length) {
    char path[PATHS];
    if (opened(fd, path) && judge("read", path, -1, 0) == FAILS) return refuse(EIO);
    ssize_t n = syscall(SYS_read, fd, data, length);
    received(fd, n);
    return n;
}

static ssize_t pread_any(int fd, void *data, size_t length, int64_t offset) {
    char path[PATHS];
    if (opened(fd, path) && judge("read", path, -1, 0) == FAILS) return refuse(EIO);
    return syscall(SYS_pread64, fd, data, length, offset);
}
ssize_t pread(int fd, void *data, size_t length, off_t offset) { return pread_any(fd, data, length, offset); }
ssize_t pread64(int fd, void *data, size_t length, off64_t offset) { return pread_any(fd, data, length, offset); }

static int sync_any(int fd, long call, const char *what) {
    char path[PATHS];
    if (!opened(fd, path)) return (int)syscall(call, fd);
    if (judge(what, path, -1, 0) == FAILS) {
        lock();
        record('X', fd, 0, path, NULL, 0);
        unlock();
        return refuse(EIO);
    }
    lock();
    int result = (int)syscall(call, fd);
    if (result == 0) record('F', fd, 0, path, NULL, 0);
    unlock();
    return result;
}
int fsync(int fd) { return sync_any(fd, SYS_fsync, "fsync"); }
int fdatasync(int fd) { return sync_any(fd, SYS_fdatasync, "fdatasync"); }

static int truncate_any(int fd, int64_t length) {
    char path[PATHS];
    if (!opened(fd, path)) return (int)syscall(SYS_ftruncate, fd, length);
    if (judge("ftruncate", path, -1, 0) == FAILS) return refuse(EIO);
    lock();
    int result = (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0) record('T', fd, length, path, NULL, 0);
    unlock();
    return result;
}
int ftruncate(int fd, off_t length) { return truncate_any(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_any(fd, length); }

int renameat(int from_at, const char *from, int to_at, const char *to) {
    char old[PATHS], new[PATHS];
    if (!named(from_at, from, old) || !named(to_at, to, new)) return (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
    if (judge("rename", new, -1, 0) == FAILS) return refuse(EIO);
    lock();
    int result = (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
    if (result == 0) record('M', -1, 0, old, new, strlen(new));
    unlock();
    return result;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int at, const char *name, int flags) {
    char path[PATHS];
    if (!named(at, name, path)) return (int)syscall(SYS_unlinkat, at, name, flags);
    if (judge("unlink", path, -1, 0) == FAILS) return refuse(EIO);
    lock();
    int result = (int)syscall(SYS_unlinkat, at, name, flags);
    if (result == 0) record('U', -1, 0, path, NULL, 0);
    unlock();
    return result;
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int mkdirat(int at, const char *name, mode_t rights) {
    char path[PATHS];
    if (!named(at, name, path)) return (int)syscall(SYS_mkdirat, at, name, rights);
    if (judge("mkdir", path, -1, 0) == FAILS) return refuse(ENOSPC);
    lock();
    int result = (int)syscall(SYS_mkdirat, at, name, rights);
    if (result == 0) record('D', -1, 0, path, NULL, 0);
    unlock();
    return result;
}
int mkdir(const char *name, mode_t rights) { return mkdirat(AT_FDCWD, name, rights); }

static void *map_any(void *at, size_t length, int rights, int flags, int fd, int64_t offset) {
    char path[PATHS];
    if (fd >= 0 && opened(fd, path) && judge("mmap", path, -1, 0) == FAILS) { errno = ENOMEM; return MAP_FAILED; }
    return (void *)syscall(SYS_mmap, at, length, rights, flags, fd, offset);
}
void *mmap(void *at, size_t length, int rights, int flags, int fd, off_t offset) {
    return map_any(at, length, rights, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int rights, int flags, int fd, off64_t offset) {
    return map_any(at, length, rights, flags, fd, offset);
}
