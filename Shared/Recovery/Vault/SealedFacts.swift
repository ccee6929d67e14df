// SPDX-License-Identifier: Apache-2.0
// Martlet: the size and checksum of what a sealed object holds.

/// What the beginning of a sealed object says of its content.
public struct SealedFacts: Hashable, Sendable {
    /// Bytes of the content.
    public let size: Int
    /// Of the content.
    public let sum: SHA256Sum

    init(size: Int, sum: SHA256Sum) {
        self.size = size
        self.sum = sum
    }

    /// Of some content.
    public init(of plain: [UInt8]) { self.init(size: plain.count, sum: SHA256Sum(of: plain)) }

    init?(_ bytes: [UInt8]) {
        var cursor = ByteCursor(bytes)
        guard let size = cursor.number(UInt64.self), size <= UInt64(SealedObject.largest), let sum = cursor.sum(),
            cursor.left == 0
        else { return nil }
        self.init(size: Int(size), sum: sum)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt64(size))
        bytes.append(contentsOf: sum.bytes)
        return bytes
    }
}
