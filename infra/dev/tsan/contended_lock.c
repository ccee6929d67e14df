// SPDX-License-Identifier: Apache-2.0
// Martlet: lets ThreadSanitizer see contended locks of Swift's Mutex.
//
// On Linux an uncontended Mutex is taken and given back by atomic instructions in our own, instrumented code. A contended one changes hands inside the
// kernel (FUTEX_LOCK_PI), which the sanitizer cannot see, so it would report every one of them. ./dev tsan preloads this in place of the slow path: it
// tries the atomic instruction until it succeeds, and tells the sanitizer. No thread ever waits in the kernel then, so unlocking never needs its slow path.
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

// The sanitizer's own functions; absent in processes that are not instrumented.
__attribute__((weak)) void __tsan_acquire(void *address);

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> ()
__attribute__((swiftcall, visibility("default"))) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *mutex)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) void *mutex) {
    _Atomic(uint32_t) *word = mutex;
    uint32_t expected = 0;
    while (!atomic_compare_exchange_weak_explicit(word, &expected, thread, memory_order_acquire, memory_order_relaxed)) {
        expected = 0;
        sched_yield();
    }
    if (__tsan_acquire) __tsan_acquire(mutex);
}
