// SPDX-License-Identifier: Apache-2.0
// Martlet: what is known of one volume.

/// A volume's number, size and checksum.
public struct VolumeSummary: Hashable, Sendable {
    /// Its number, from 1.
    public let number: UInt32
    /// Bytes of the object.
    public let size: Int64
    /// Of the object's bytes.
    public let sum: SHA256Sum

    /// Takes the three over.
    public init(number: UInt32, size: Int64, sum: SHA256Sum) {
        self.number = number
        self.size = size
        self.sum = sum
    }
}
