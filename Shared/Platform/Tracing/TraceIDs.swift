// SPDX-License-Identifier: Apache-2.0
// Martlet: ids of traces and spans, without asking the system for each.
internal import Synchronization

/// SplitMix64 on a shared counter that starts at a random place; a few nanoseconds an id, and safe from any thread.
///
/// The system's own generator is a system call for each number. These ids must be unique, not secret.
enum TraceIDs {
    private static let first = Atomic<UInt64>(UInt64.random(in: 0 ... .max))
    private static let second = Atomic<UInt64>(UInt64.random(in: 0 ... .max))

    /// A number that is not zero.
    static func next() -> UInt64 { next(first) }

    /// The two halves of a trace's id, from generators of their own.
    static func trace() -> (high: UInt64, low: UInt64) { (next(second), next(first)) }

    private static func next(_ counter: borrowing Atomic<UInt64>) -> UInt64 {
        var word = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        return word == 0 ? 1 : word
    }
}
