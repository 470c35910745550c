/* Prepares a power failure. Preloaded into a service, it notes before each change of a SQLite file below FAULT_DIR what
   the change overwrites, in a file beside it whose name ends in .unsynced, and empties that file after each sync. Once
   the process is killed, the notes undo whatever was not synced, last first: then the file is as a power failure may
   leave it. A note is: offset, size of the file, length (64 bits each), then the bytes. A file that gets another name
   takes its notes with it; new names and removals count as durable. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Connections of one process may change the same file. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int ends_in(const char *path, const char *end) {
    size_t length = strlen(path), part = strlen(end);
    return length >= part && strcmp(path + length - part, end) == 0;
}

/* Changes the path of a file to that of the notes about it. Returns 0 if the file is none of ours. */
static int name_notes(char path[PATH_MAX]) {
    const char *folder = getenv("FAULT_DIR");
    if (!folder || strlen(path) + sizeof ".unsynced" > PATH_MAX) return 0;
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) != 0 || path[prefix] != '/') return 0;
    if (!ends_in(path, ".sqlite") && !ends_in(path, "-wal") && !ends_in(path, "-journal")
        && !ends_in(path, ".arriving"))
        return 0;
    strcat(path, ".unsynced");
    return 1;
}

/* Finds the path of the notes about the file of a descriptor. Returns 0 if the file is none of ours. */
static int find_notes(int descriptor, char path[PATH_MAX]) {
    if (descriptor <= 2) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return name_notes(path);
}

/* The file is about to change at the offset. The note is one write, so that a kill leaves no half of it. */
static void note(const char *path, int descriptor, off_t offset, size_t count) {
    struct stat status;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (fstat(descriptor, &status) == 0) {
        int64_t length = offset < status.st_size ? status.st_size - offset : 0;
        if (length > (int64_t)count) length = count;
        int64_t head[3] = {offset, status.st_size, length};
        char *bytes = malloc(sizeof head + length);
        memcpy(bytes, head, sizeof head);
        if (pread(descriptor, bytes + sizeof head, length, offset) == length
            && write(file, bytes, sizeof head + length) < 0)
            perror(path);
        free(bytes);
    }
    close(file);
}

#define CHANGING(offset, count, call)            \
    char path[PATH_MAX];                         \
    if (!find_notes(descriptor, path)) return call; \
    pthread_mutex_lock(&lock);                   \
    note(path, descriptor, offset, count);       \
    __typeof__(call) result = call;              \
    pthread_mutex_unlock(&lock);                 \
    return result

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    CHANGING(offset, count, REAL(pwrite)(descriptor, bytes, count, offset));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    CHANGING(offset, count, REAL(pwrite64)(descriptor, bytes, count, offset));
}

int ftruncate(int descriptor, off_t length) {
    CHANGING(length, SIZE_MAX >> 1, REAL(ftruncate)(descriptor, length));
}

int ftruncate64(int descriptor, off64_t length) {
    CHANGING(length, SIZE_MAX >> 1, REAL(ftruncate64)(descriptor, length));
}

/* A write during the sync would be forgotten with the others. */
#define SYNCING(call)                            \
    char path[PATH_MAX];                         \
    if (!find_notes(descriptor, path)) return call; \
    pthread_mutex_lock(&lock);                   \
    int result = call;                           \
    if (result == 0 && truncate(path, 0) != 0 && errno != ENOENT) perror(path); \
    pthread_mutex_unlock(&lock);                 \
    return result

int fsync(int descriptor) { SYNCING(REAL(fsync)(descriptor)); }

int fdatasync(int descriptor) { SYNCING(REAL(fdatasync)(descriptor)); }

/* What was noted about a file of that name concerns it no longer. */
static void forget(const char *path) {
    char notes[PATH_MAX];
    snprintf(notes, sizeof notes, "%s", path);
    if (name_notes(notes)) REAL(unlink)(notes);
}

int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int result = REAL(unlink)(path);
    if (result == 0) forget(path);
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    snprintf(old, sizeof old, "%s", from);
    snprintf(new, sizeof new, "%s", to);
    pthread_mutex_lock(&lock);
    int result = REAL(rename)(from, to);
    if (result == 0) {
        forget(to);
        if (name_notes(old) && name_notes(new)) REAL(rename)(old, new);
    }
    pthread_mutex_unlock(&lock);
    return result;
}
