// SPDX-License-Identifier: Apache-2.0
// Martlet: libpq's public header, and the one call whose best form depends on libpq's version.
#ifndef MARTLET_CLIBPQ_SHIM_H
#define MARTLET_CLIBPQ_SHIM_H

#include <libpq-fe.h>

/// Ends a pipeline segment. From libpq 17 on this only appends the message, so that a whole turn is one flush;
/// older versions push their buffer here (the caller corks the socket instead).
static inline int martlet_pipeline_sync(PGconn *connection) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
    return PQsendPipelineSync(connection);
#else
    return PQpipelineSync(connection);
#endif
}

#endif
