// SPDX-License-Identifier: Apache-2.0
// Martlet: an answer, as far as the benchmark looks at it.

import NIOCore

/// Status and body.
struct HTTPAnswer: Sendable {
    let status: Int
    let body: ByteBuffer
}
