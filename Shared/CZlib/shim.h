// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of zlib that Martlet uses: gzip of what is in memory whole.
#ifndef MARTLET_CZLIB_SHIM_H
#define MARTLET_CZLIB_SHIM_H

#include <string.h>
#include <zlib.h>

// 15 bits of window, plus 16: with gzip's header and trailer.
enum { martlet_gzip_window = 15 + 16, martlet_gzip_memory = 8 };

// The most bytes that `length` bytes become.
static inline unsigned long martlet_gzip_bound(unsigned long length) {
    // What zlib says without a stream holds for its own wrapper: gzip's is 12 bytes longer.
    return compressBound(length) + 18;
}

// Compresses `length` bytes into `capacity` bytes; how many they became, or 0 when it failed.
static inline unsigned long martlet_gzip(const unsigned char *bytes, unsigned int length, unsigned char *into,
                                         unsigned int capacity, int level) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, level, Z_DEFLATED, martlet_gzip_window, martlet_gzip_memory, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = length;
    stream.next_out = into;
    stream.avail_out = capacity;
    int outcome = deflate(&stream, Z_FINISH);
    unsigned long made = outcome == Z_STREAM_END ? capacity - stream.avail_out : 0;
    deflateEnd(&stream);
    return made;
}

#endif
