// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of hiredis that Martlet uses, its reply reader.
#ifndef MARTLET_CHIREDIS_SHIM_H
#define MARTLET_CHIREDIS_SHIM_H

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

// The type of the element that a reader is at, 0 when it is at none: 1.0 moved the stack of elements out of the reader.
static inline int martlet_reader_type(const redisReader *reader) {
    if (reader->ridx < 0) return 0;
#if HIREDIS_MAJOR >= 1
    return reader->task[reader->ridx]->type;
#else
    return reader->ridx < 9 ? reader->rstack[reader->ridx].type : 0;
#endif
}

#endif
