/* A disk that is full while a file says so. Preloaded into a service by FailureDiskTests, it makes everything that changes a
   file below FAULT_DIR fail with FAULT_ERRNO as long as FAULT_MARKER exists. Descriptors 0 to 2 are spared: the log of the
   process may lie in the same folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int descriptor) {
    const char *marker = getenv("FAULT_MARKER"), *folder = getenv("FAULT_DIR"), *number = getenv("FAULT_ERRNO");
    if (descriptor <= 2 || !marker || !folder || !number || access(marker, F_OK) != 0) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) != 0 || path[prefix] != '/') return 0;
    errno = atoi(number);
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

int fsync(int descriptor) { return fails(descriptor) ? -1 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return fails(descriptor) ? -1 : REAL(fdatasync)(descriptor); }
