// SPDX-License-Identifier: Apache-2.0
// Martlet: why bytes are not a DNS message.

/// What is wrong with a message.
struct DNSFault: Error, Equatable, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
