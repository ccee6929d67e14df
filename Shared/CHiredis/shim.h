// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of hiredis that Martlet uses, its reply reader.
#ifndef MARTLET_CHIREDIS_SHIM_H
#define MARTLET_CHIREDIS_SHIM_H

#include <hiredis/read.h>

#endif
