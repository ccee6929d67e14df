// SPDX-License-Identifier: Apache-2.0
// Martlet: what a repair did.

/// What was copied, and what differs between stores and was left as it is.
public struct RepairReport: Sendable {
    /// Objects that were missing somewhere; an object that two stores lacked counts twice.
    public var copied = 0
    /// Damaged copies that were replaced.
    public var mended = 0
    /// Bytes of both.
    public var bytes: Int64 = 0
    /// Names under which stores hold different objects, none of which is known to be the right one; the first 100.
    public var differing: [ObjectKey] = []
    /// Copies that failed, with each place; the first 100.
    public var failures: [ObjectStoreError] = []

    /// Most entries of each list.
    public static let most = 100

    /// Notes an object that was left as it is.
    mutating func differs(_ key: ObjectKey) {
        if differing.count < Self.most { differing.append(key) }
    }

    /// Notes a copy that failed.
    mutating func failed(_ error: ObjectStoreError) {
        if failures.count < Self.most { failures.append(error) }
    }

    /// Takes over what a closer look found, which knows better what differs.
    public mutating func take(_ closer: RepairReport) {
        mended += closer.mended
        bytes += closer.bytes
        differing = closer.differing
        failures = Array((failures + closer.failures).prefix(Self.most))
    }
}
