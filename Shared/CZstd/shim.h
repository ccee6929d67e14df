// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of zstd that Martlet uses: one frame for what is in memory whole.
#ifndef MARTLET_CZSTD_SHIM_H
#define MARTLET_CZSTD_SHIM_H

#include <zstd.h>

#endif
