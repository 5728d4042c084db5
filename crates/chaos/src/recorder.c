/* What a process writes under one folder, in order: preloaded into it, so that a power cut can be played back.
 *
 * FOLKMOOT_CHAOS_ROOT is the folder, FOLKMOOT_CHAOS_TRACE the file of records (trace.rs reads them). Each call is made
 * under one lock and recorded after it succeeded: a record that is missing because the process was killed in between is
 * a write that was never synced. What goes to stdout is recorded too, so that "saved" has its place in the order.
 * sync_file_range and memory maps are left alone: nothing counts as durable by them.
 *
 * FOLKMOOT_CHAOS_DEAF, if it is set, is part of a path: syncs of such files are not recorded, as if they had been
 * forgotten in the program. So it is shown that a forgotten one would be noticed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, SAID };

struct record {
    uint32_t magic, op;
    uint64_t at_ms, a, b, c;
    uint32_t first, second;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_len;
static int trace = -1;
static const char *deaf;

#define INODES (1u << 16)
static uint64_t inodes[INODES];

static int followed(uint64_t inode, int add) {
    for (uint32_t at = (uint32_t)(inode * 2654435761u) % INODES, n = 0; n < INODES; n++, at = (at + 1) % INODES) {
        if (inodes[at] == inode) return 1;
        if (inodes[at] == 0) {
            if (add) inodes[at] = inode;
            return add;
        }
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FOLKMOOT_CHAOS_ROOT"), *file = getenv("FOLKMOOT_CHAOS_TRACE");
    if (!folder || !file || !realpath(folder, root)) return;
    root_len = strlen(root);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return;
    deaf = getenv("FOLKMOOT_CHAOS_DEAF");
    trace = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 700);
    syscall(SYS_close, fd);
}

static void put(uint32_t op, uint64_t a, uint64_t b, uint64_t c, const void *one, size_t first, const void *two,
                size_t second) {
    int kept = errno;
    struct timespec now;
    /* The system's own clock, whatever this process is told. */
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    struct record record = {0xf01c0de5, op, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, a, b, c,
                            (uint32_t)first, (uint32_t)second};
    struct iovec parts[3] = {{&record, sizeof record}, {(void *)one, first}, {(void *)two, second}};
    size_t all = sizeof record + first + second;
    if (syscall(SYS_writev, trace, parts, 3) != (long)all) {
        static const char why[] = "the recorder cannot write its trace\n";
        syscall(SYS_write, 2, why, sizeof why - 1);
        abort();
    }
    errno = kept;
}

/* The path as it is under the folder; 0 if it is elsewhere. */
static int inside(int dir, const char *path, char *whole) {
    if (trace < 0 || !path) return 0;
    if (path[0] == '/') {
        if (snprintf(whole, PATH_MAX, "%s", path) >= PATH_MAX) return 0;
    } else {
        char folder[PATH_MAX], link[64];
        if (dir == AT_FDCWD) {
            if (!getcwd(folder, sizeof folder)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
            ssize_t len = readlink(link, folder, sizeof folder - 1);
            if (len < 0) return 0;
            folder[len] = 0;
        }
        if (snprintf(whole, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return 0;
    }
    size_t len = strlen(whole);
    while (len > 1 && whole[len - 1] == '/') whole[--len] = 0;
    return !strncmp(whole, root, root_len) && whole[root_len] == '/';
}

static uint64_t inode_of(const char *path) {
    struct stat stat;
    return lstat(path, &stat) == 0 ? stat.st_ino : 0;
}

/* The folder of a path, and its last name. */
static uint64_t folder_of(const char *path, const char **name) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash + 1;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return inode_of(folder);
}

static void put_name(uint32_t op, const char *path, uint64_t inode, uint64_t is_folder) {
    const char *name;
    uint64_t folder = folder_of(path, &name);
    put(op, folder, inode, is_folder, name, strlen(name), 0, 0);
}

static int file_of(int fd, struct stat *stat) {
    return trace >= 0 && fstat(fd, stat) == 0 && S_ISREG(stat->st_mode) && followed(stat->st_ino, 0);
}

static int open_at(int dir, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    if (!inside(dir, path, whole)) return (int)syscall(SYS_openat, dir, path, flags, mode);
    pthread_mutex_lock(&lock);
    int kept = errno;
    struct stat before, after;
    int was = lstat(whole, &before) == 0;
    errno = kept;
    int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    if (fd >= 0 && fstat(fd, &after) == 0 && S_ISREG(after.st_mode)) {
        followed(after.st_ino, 1);
        if (!was) put_name(CREATE, whole, after.st_ino, 0);
        else if ((flags & O_TRUNC) && before.st_size > 0) put(TRUNCATE, after.st_ino, 0, 0, 0, 0, 0, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_of(int flags, va_list list) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                              \
    int name(const char *path, int flags, ...) { \
        va_list list;                            \
        va_start(list, flags);                   \
        mode_t mode = mode_of(flags, list);      \
        va_end(list);                            \
        return open_at(AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
#define OPENAT(name)                                     \
    int name(int dir, const char *path, int flags, ...) { \
        va_list list;                                     \
        va_start(list, flags);                            \
        mode_t mode = mode_of(flags, list);               \
        va_end(list);                                     \
        return open_at(dir, path, flags, mode);           \
    }
OPENAT(openat)
OPENAT(openat64)
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* The bytes of `parts`, recorded piece by piece. */
static void put_parts(uint64_t inode, uint64_t at, const struct iovec *parts, int count, size_t bytes) {
    for (int part = 0; part < count && bytes > 0; part++) {
        size_t len = parts[part].iov_len < bytes ? parts[part].iov_len : bytes;
        if (len) put(WRITE, inode, at, 0, parts[part].iov_base, len, 0, 0);
        at += len;
        bytes -= len;
    }
}

/* `at` is -1 for the file's own place. */
static ssize_t write_at(int fd, const struct iovec *parts, int count, off_t at) {
    struct stat stat;
    if (trace >= 0 && fd == 1 && at < 0) {
        pthread_mutex_lock(&lock);
        ssize_t wrote = syscall(SYS_writev, fd, parts, count);
        if (wrote > 0) put(SAID, 0, 0, 0, parts[0].iov_base, (size_t)wrote < parts[0].iov_len ? (size_t)wrote : parts[0].iov_len, 0, 0);
        pthread_mutex_unlock(&lock);
        return wrote;
    }
    int kept = errno, ours = file_of(fd, &stat);
    errno = kept;
    if (!ours) {
        return at < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, at, 0);
    }
    pthread_mutex_lock(&lock);
    off_t place = at;
    if (at < 0) {
        int appends = (int)syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        fstat(fd, &stat);
        place = appends ? stat.st_size : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t wrote = at < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, at, 0);
    if (wrote > 0) put_parts(stat.st_ino, (uint64_t)place, parts, count, (size_t)wrote);
    pthread_mutex_unlock(&lock);
    return wrote;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    struct iovec part = {(void *)bytes, len};
    return write_at(fd, &part, 1, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at) {
    struct iovec part = {(void *)bytes, len};
    return write_at(fd, &part, 1, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at) { return pwrite(fd, bytes, len, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_at(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return write_at(fd, parts, count, at); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) { return write_at(fd, parts, count, at); }

/* Copies go the long way, through the calls above. */
ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at, size_t len, unsigned flags) {
    if (trace < 0) return syscall(SYS_copy_file_range, in, in_at, out, out_at, len, flags);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile(int out, int in, off_t *at, size_t len) {
    struct stat stat;
    if (!file_of(out, &stat)) return syscall(SYS_sendfile, out, in, at, len);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile64(int out, int in, off_t *at, size_t len) { return sendfile(out, in, at, len); }

static int resized(int fd, long (*call)(int, long), long argument) {
    struct stat stat;
    int kept = errno, ours = file_of(fd, &stat);
    errno = kept;
    if (!ours) return (int)call(fd, argument);
    pthread_mutex_lock(&lock);
    fstat(fd, &stat);
    off_t before = stat.st_size;
    int result = (int)call(fd, argument);
    kept = errno;
    if (result == 0 && fstat(fd, &stat) == 0 && stat.st_size != before)
        put(TRUNCATE, stat.st_ino, (uint64_t)stat.st_size, 0, 0, 0, 0, 0);
    errno = kept;
    pthread_mutex_unlock(&lock);
    return result;
}
static long do_truncate(int fd, long len) { return syscall(SYS_ftruncate, fd, len); }
int ftruncate(int fd, off_t len) { return resized(fd, do_truncate, len); }
int ftruncate64(int fd, off_t len) { return resized(fd, do_truncate, len); }
/* Room ahead is a matter of speed alone; without it files grow by writes. */
int fallocate(int fd, int mode, off_t at, off_t len) {
    struct stat stat;
    if (!file_of(fd, &stat)) return (int)syscall(SYS_fallocate, fd, mode, at, len);
    errno = EOPNOTSUPP;
    return -1;
}
int fallocate64(int fd, int mode, off_t at, off_t len) { return fallocate(fd, mode, at, len); }

static int is_deaf(int fd) {
    char link[64], path[PATH_MAX];
    if (!deaf) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len < 0) return 0;
    path[len] = 0;
    return strstr(path, deaf) != 0;
}

static int synced(int fd, long call) {
    struct stat stat;
    if (trace < 0) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int result = (int)syscall(call, fd);
    if (result == 0 && !is_deaf(fd) && fstat(fd, &stat) == 0) put(SYNC, stat.st_ino, 0, 0, 0, 0, 0, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int renamed(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    char one[PATH_MAX], two[PATH_MAX];
    if (!inside(from_dir, from, one) || !inside(to_dir, to, two))
        return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    pthread_mutex_lock(&lock);
    uint64_t inode = inode_of(one);
    int result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (result == 0) {
        const char *old, *new;
        uint64_t old_folder = folder_of(one, &old), new_folder = folder_of(two, &new);
        put(RENAME, old_folder, new_folder, inode, old, strlen(old), new, strlen(new));
    }
    pthread_mutex_unlock(&lock);
    return result;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    return renamed(from_dir, from, to_dir, to, 0);
}
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return renamed(from_dir, from, to_dir, to, flags);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    char whole[PATH_MAX];
    int ours = inside(to_dir, to, whole);
    if (ours) pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
    if (ours && result == 0) put_name(LINK, whole, inode_of(whole), 0);
    if (ours) pthread_mutex_unlock(&lock);
    return result;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dir, const char *path, int flags) {
    char whole[PATH_MAX];
    int ours = inside(dir, path, whole);
    if (ours) pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_unlinkat, dir, path, flags);
    if (ours && result == 0) put_name(UNLINK, whole, 0, 0);
    if (ours) pthread_mutex_unlock(&lock);
    return result;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int dir, const char *path, mode_t mode) {
    char whole[PATH_MAX];
    int ours = inside(dir, path, whole);
    if (ours) pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_mkdirat, dir, path, mode);
    if (ours && result == 0) put_name(CREATE, whole, inode_of(whole), 1);
    if (ours) pthread_mutex_unlock(&lock);
    return result;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
