// SPDX-License-Identifier: Apache-2.0
// Martlet: how an object is divided into parts.

/// Sizes of parts: they double after each 900, so that 10,000 parts hold more than the 5 TiB that an object may have.
///
/// With first parts of 8 MiB, an object of 7.5 GB has parts of 8 MiB only, one of 22 GB parts of 16 MiB at most.
struct S3PartPlan: Hashable, Sendable {
    /// Parts of one size.
    static let step = 900
    /// S3's most.
    static let most = 10_000
    /// S3's largest.
    static let largest = 5 << 30

    /// Bytes of the first parts.
    let first: Int

    /// Bytes of a part; the first has number 1.
    func size(_ number: Int) -> Int { min(first << min((number - 1) / Self.step, 20), Self.largest) }

    /// How many parts of a size may be under way: the memory of the first parts' number, but at least one.
    func atOnce(_ number: Int, most: Int) -> Int { max(1, first * most / size(number)) }
}
