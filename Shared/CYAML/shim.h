// SPDX-License-Identifier: Apache-2.0
// Martlet: the part of libyaml that Martlet uses: its parser.
#ifndef MARTLET_CYAML_SHIM_H
#define MARTLET_CYAML_SHIM_H

#include <yaml.h>

#endif
