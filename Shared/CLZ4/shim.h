// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of lz4 that Martlet uses: one block for what is in memory whole.
#ifndef MARTLET_CLZ4_SHIM_H
#define MARTLET_CLZ4_SHIM_H

#include <lz4.h>
#include <lz4hc.h>

#endif
