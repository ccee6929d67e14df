// SPDX-License-Identifier: Apache-2.0
// Martlet: what the rows of a table come to, in whatever order they come.
internal import Glibc

/// Counts the rows of COPY's text format and adds up a hash of each.
///
/// The sum is modulo 2^64 over XXH64 (seed 0) of each line without its line feed. Sums of parts add up to the sum of the
/// whole, and the order of the rows doesn't matter: a restored table has another one. COPY escapes line feeds within
/// values, so a line is a row. It finds accidents; forgery is found by the seals of the store.
struct RowSum: Hashable, Sendable {
    /// Whole rows.
    private(set) var rows = 0
    /// The sum of their hashes.
    private(set) var sum: UInt64 = 0
    /// Bytes, with line feeds.
    private(set) var bytes = 0
    /// The beginning of a row whose end has not come yet.
    private var rest: [UInt8] = []

    /// An empty sum.
    init() {}

    /// The sum as 16 hexadecimal digits.
    var digits: String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Whether the last row was whole.
    var isWhole: Bool { rest.isEmpty }

    /// Takes the next bytes, which may begin and end anywhere in a row.
    mutating func add(_ more: [UInt8]) {
        bytes += more.count
        more.withUnsafeBytes { buffer in
            var start = 0
            if !rest.isEmpty {
                guard let end = Self.lineEnd(buffer, from: 0) else { return rest.append(contentsOf: buffer) }
                rest.append(contentsOf: buffer[..<end])
                count(rest.withUnsafeBytes { XXH64.hash($0) })
                rest = []
                start = end + 1
            }
            while let end = Self.lineEnd(buffer, from: start) {
                count(XXH64.hash(UnsafeRawBufferPointer(rebasing: buffer[start..<end])))
                start = end + 1
            }
            if start < buffer.count { rest.append(contentsOf: buffer[start...]) }
        }
    }

    /// Takes the rows of another part.
    mutating func add(_ other: RowSum) {
        rows += other.rows
        sum &+= other.sum
        bytes += other.bytes
    }

    private mutating func count(_ hash: UInt64) {
        rows += 1
        sum &+= hash
    }

    private static func lineEnd(_ buffer: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < buffer.count, let base = buffer.baseAddress else { return nil }
        return memchr(base + start, 0x0A, buffer.count - start).map { UnsafeRawPointer($0) - base }
    }
}
