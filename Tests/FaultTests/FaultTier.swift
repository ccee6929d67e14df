// SPDX-License-Identifier: Apache-2.0
// Martlet: how thorough the tests are.

import Glibc

/// How thorough the tests are.
enum FaultTier {
    /// Whether the long variants run: `MARTLET_TEST_DEEP=1`.
    static let isDeep = getenv("MARTLET_TEST_DEEP").map { String(cString: $0) == "1" } ?? false

    /// How often a fault is repeated.
    static func rounds(_ usual: Int, deep: Int) -> Int { isDeep ? deep : usual }
}
