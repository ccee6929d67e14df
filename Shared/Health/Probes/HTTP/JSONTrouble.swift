// SPDX-License-Identifier: Apache-2.0
// Martlet: why a text is not JSON.

/// What is wrong, and at which byte.
struct JSONTrouble: Error, Equatable, CustomStringConvertible {
    var message: String
    var offset: Int

    var description: String { "\(message) (byte \(offset))" }
}
