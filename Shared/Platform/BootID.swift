// SPDX-License-Identifier: Apache-2.0
// Martlet: the identity of one run of one process, used as the owner of leases (a host name would repeat).

/// A random positive number that names this run of the process.
///
/// Two runs share an id with a chance of about one in 2^63, so a restarted process never looks like its former self.
public struct BootID: Hashable, Sendable, CustomStringConvertible {
    /// The number, 1...Int64.max.
    public let rawValue: Int64

    /// The identity of the process that asks; drawn once, from the system's generator.
    public static let current = BootID()

    /// Draws a new identity from the system's generator.
    public init() {
        var generator = SystemRandomNumberGenerator()
        rawValue = Int64.random(in: 1...Int64.max, using: &generator)
    }

    /// Takes an identity that was stored before; nil unless positive.
    public init?(rawValue: Int64) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
