/* Ends the process with SIGKILL before the KILL_AT-th call (from 1) that syncs a file or changes a name in a folder:
   what an operation leaves behind when it is interrupted there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int calls;

static void count(void) {
    const char *number = getenv("KILL_AT");
    if (number && atomic_fetch_add(&calls, 1) + 1 == atoi(number)) raise(SIGKILL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int descriptor) { count(); return REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { count(); return REAL(fdatasync)(descriptor); }

int rename(const char *from, const char *to) { count(); return REAL(rename)(from, to); }

int link(const char *from, const char *to) { count(); return REAL(link)(from, to); }

int unlink(const char *path) { count(); return REAL(unlink)(path); }

int unlinkat(int folder, const char *path, int flags) { count(); return REAL(unlinkat)(folder, path, flags); }

int remove(const char *path) { count(); return REAL(remove)(path); }
