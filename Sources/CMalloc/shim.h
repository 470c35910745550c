// <malloc.h> is not in Swift's Glibc module.
#ifndef CMALLOC_SHIM_H
#define CMALLOC_SHIM_H

#include <malloc.h>

/// The bytes that were freed and are kept for later allocations. In Swift `mallinfo2()` can mean the initializer of the
/// struct of that name, whose fields are all zero.
static inline size_t malloc_free_bytes(void) { return mallinfo2().fordblks; }

#endif
