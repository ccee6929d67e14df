// SPDX-License-Identifier: Apache-2.0
// Martlet: the processor's instruction for CRC-32C, where it has one.
#include "CLinux.h"

#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>

int martlet_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t martlet_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    uint64_t state = crc;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = _mm_crc32_u64(state, word);
    }
    for (; count > 0; ++next, --count) state = _mm_crc32_u8((uint32_t)state, *next);
    return (uint32_t)state;
}

#elif defined(__aarch64__)

#include <asm/hwcap.h>
#include <arm_acle.h>
#include <sys/auxv.h>

int martlet_has_crc32c(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("crc"))) uint32_t martlet_crc32c(uint32_t crc, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = __crc32cd(crc, word);
    }
    for (; count > 0; ++next, --count) crc = __crc32cb(crc, *next);
    return crc;
}

#else

int martlet_has_crc32c(void) { return 0; }

uint32_t martlet_crc32c(uint32_t crc, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}

#endif
