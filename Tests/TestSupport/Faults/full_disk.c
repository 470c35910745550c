/* Simulates a full disk. Preloaded into a service, it makes every call that changes a file below FAULT_DIR fail with
   FAULT_ERRNO while the file FAULT_MARKER exists; while FAULT_SYNC_MARKER exists, writes succeed and only syncs fail, with
   EIO. Descriptors 0 to 2 are exempt, because the log of the process may be in the same folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_set(const char *variable) {
    const char *marker = getenv(variable);
    return marker && access(marker, F_OK) == 0;
}

static int is_ours(int descriptor) {
    const char *folder = getenv("FAULT_DIR");
    if (descriptor <= 2 || !folder) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    size_t prefix = strlen(folder);
    return strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

static int fails(int descriptor) {
    const char *number = getenv("FAULT_ERRNO");
    if (!number || !is_set("FAULT_MARKER") || !is_ours(descriptor)) return 0;
    errno = atoi(number);
    return 1;
}

static int sync_fails(int descriptor) {
    if (fails(descriptor)) return 1;
    if (!is_set("FAULT_SYNC_MARKER") || !is_ours(descriptor)) return 0;
    errno = EIO;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return fails(descriptor) ? -1 : REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return fails(descriptor) ? -1 : REAL(pwrite)(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return fails(descriptor) ? -1 : REAL(pwrite64)(descriptor, bytes, count, offset);
}

int ftruncate(int descriptor, off_t length) { return fails(descriptor) ? -1 : REAL(ftruncate)(descriptor, length); }

int ftruncate64(int descriptor, off64_t length) { return fails(descriptor) ? -1 : REAL(ftruncate64)(descriptor, length); }

int fsync(int descriptor) { return sync_fails(descriptor) ? -1 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return sync_fails(descriptor) ? -1 : REAL(fdatasync)(descriptor); }
