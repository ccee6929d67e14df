// SPDX-License-Identifier: Apache-2.0
// Martlet: why a name could not be looked up.

/// A look-up that gave no answer, or an answer that is an error.
public struct DNSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server's verdict such as `NXDOMAIN`; nil when there was no answer.
    public let rcode: String?
    /// One line for people.
    public let description: String

    init(rcode: String? = nil, _ description: String) {
        self.rcode = rcode
        self.description = description
    }
}
