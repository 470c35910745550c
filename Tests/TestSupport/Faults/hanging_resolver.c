/* Simulates a resolver that does not answer. Preloaded into a service, it makes every look-up of the host "hangs.invalid"
   wait for ever, after creating the file RESOLVER_MARKER. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    if (host && strcmp(host, "hangs.invalid") == 0) {
        const char *marker = getenv("RESOLVER_MARKER");
        if (marker) close(open(marker, O_CREAT | O_WRONLY, 0600));
        for (;;) pause();
    }
    return ((__typeof__(&getaddrinfo))dlsym(RTLD_NEXT, "getaddrinfo"))(host, service, hints, result);
}
