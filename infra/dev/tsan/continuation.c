// SPDX-License-Identifier: Apache-2.0
// Martlet: lets ThreadSanitizer see that a task which goes on after a continuation has what the resumer wrote.
//
// Swift's runtime tells the sanitizer of every resumption ("release"), and of every task that an executor starts ("acquire"). But a task whose continuation
// was resumed before it came to wait goes on at once, and of that it tells nothing: each value handed over so would be reported as a race, now and then.
// ./dev tsan preloads this in place of the first step of a continuation: the task goes on through `resumed`, which tells the sanitizer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

// The sanitizer's own function; absent in processes that are not instrumented.
__attribute__((weak)) void __tsan_acquire(void *address);

__attribute__((swiftcall)) void *swift_task_getCurrent(void);

typedef struct Context Context;
typedef __attribute__((swiftasynccall)) void Resumption(__attribute__((swift_async_context)) Context *context);

// The beginning of ContinuationAsyncContext in Swift's include/swift/ABI/Task.h. Of the flags only the lowest bits are used.
struct Context {
    Context *parent;
    Resumption *resumption;
    size_t flags;
};

enum { USED_FLAGS = 8 };

static __attribute__((swiftasynccall)) void resumed(__attribute__((swift_async_context)) Context *context) {
    Resumption *resumption = (Resumption *)(context->flags >> USED_FLAGS);
    // The address that the runtime names when it resumes.
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return resumption(context);
}

__attribute__((swiftcall, visibility("default"))) void *swift_continuation_init(Context *context, size_t flags) {
    static _Atomic(void *) runtime;
    if (!runtime) runtime = dlsym(RTLD_NEXT, "swift_continuation_init");
    size_t resumption = (size_t)context->resumption;
    context->resumption = resumed;
    void *task = ((__attribute__((swiftcall)) void *(*)(Context *, size_t))runtime)(context, flags);
    context->flags |= resumption << USED_FLAGS;
    return task;
}
